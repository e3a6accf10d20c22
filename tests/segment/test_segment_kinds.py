"""What is particular to one way of grouping."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs
from sklearn.mixture import GaussianMixture

from recsys.segment import AgglomerativeSegments, GMMSegments, HDBSCANSegments, KMeansSegments, RFMRules
from recsys.segment.partition import Neighbours, Scores
from recsys.segment.rfm_rules import NAMES, TABLE

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(200, centers=[[0, 0], [8, 0], [0, 8]], cluster_std=0.7, random_state=1)[0]


@pytest.mark.parametrize("shape", ["full", "tied", "diag", "spherical"])
def test_memberships_are_those_of_scikit_learn(blobs, shape):
    found = GMMSegments(starts=1, floor=1e-3, covariance=shape).cluster(blobs, 3, 5)
    model = GaussianMixture(3, covariance_type=shape, reg_covar=1e-3, random_state=5).fit(blobs)
    np.testing.assert_allclose(found.partition.memberships(blobs), model.predict_proba(blobs), atol=1e-12)
    np.testing.assert_array_equal(found.partition.labels(blobs), model.predict(blobs))
    assert found.bic == pytest.approx(model.bic(blobs))


def test_a_customer_between_two_segments_belongs_to_both(known_of, shop_rows):
    known = known_of(shop_rows(200))
    found = GMMSegments(k=6).fit(known, RNG(0)).assign(known)
    assert found.memberships.argmax(axis=1).tolist() == found.codes.tolist()
    assert (found.memberships.max(axis=1) < 0.9).any()


def test_merged_customers_keep_their_cluster_and_newcomers_join_the_nearest(blobs):
    found = AgglomerativeSegments().cluster(blobs, 3, 0)
    np.testing.assert_array_equal(found.partition.labels(blobs), found.labels)
    near = found.partition.labels(blobs + 0.01)
    np.testing.assert_array_equal(near, found.labels)


def test_noise_joins_the_nearest_dense_place(blobs):
    lonely = np.array([[8.0, 5.0], [3.9, 0.0], [20.0, 0.0]])
    points = np.concatenate([blobs, lonely])
    found = HDBSCANSegments(min_size=20).cluster(points, 1, 0)
    assert found.partition.size == 3
    right = found.labels[np.abs(points - [8.0, 0.0]).sum(axis=1).argmin()]
    assert found.labels[-3] == found.labels[-1] == right
    assert (found.labels >= 0).all()


def test_where_nothing_is_dense_there_is_one_segment():
    found = HDBSCANSegments(min_size=40).cluster(RNG(0).uniform(size=(60, 2)), 1, 0)
    assert found.partition.size == 1


def test_clusters_left_out_of_a_map_hold_nobody():
    points = np.array([[0.0], [0.0], [5.0]])
    plane = Neighbours(points, np.array([2, 0, 1]), np.empty((3, 0)))
    ordered = plane.ordered(np.array([1, 0]))
    assert ordered.size == 2
    assert ordered.labels(np.array([[4.0], [0.1]])).tolist() == [0, 1]


def test_a_map_is_assigned_by_the_nearest_neighbour_in_the_features(known_of, shop_rows):
    known = known_of(shop_rows(120))
    model = KMeansSegments(reduction="t-sne", perplexity=15, k=4).fit(known, RNG(0))
    found = model.assign(known)
    assert isinstance(model.partition, Neighbours)
    assert model.partition.points.shape == (120, 3)
    habit = [int(name[1:]) % 4 for name in known.history.customers.names]
    assert pd.crosstab(habit, found.codes).gt(0).sum().sum() == 4
    (chosen,) = found.evidence
    assert chosen["silhouette"] > chosen["silhouette_features"] > 0.5


def test_pca_keeps_so_many_components(known_of, shop_rows):
    known = known_of(shop_rows(60))
    model = KMeansSegments(features="behaviour", components=2, k=3).fit(known, RNG(0))
    assert model.space.axes.shape == (2, 11)
    plain = KMeansSegments(features="behaviour", reduction="none", k=3).fit(known, RNG(0))
    np.testing.assert_array_equal(plain.space.axes, np.eye(11))


def test_grain_comes_before_the_logarithm(known_of, shop_rows):
    known = known_of(shop_rows(60))
    model = KMeansSegments(grain={"recency": 7}, reduction="none", k=3).fit(known, RNG(0))
    raw = model.assign(known).features.to_numpy()
    level = np.log1p(raw / [7, 1, 1])
    want = (level - level.mean(axis=0)) / level.std(axis=0)
    np.testing.assert_allclose(model.space.place(raw), want, atol=1e-9)


def test_unscaled_features_keep_their_variance(known_of, shop_rows):
    known = known_of(shop_rows(60))
    config = {"features": ["weekday", "recency"], "reduction": "none", "log": False, "k": 3}
    model = KMeansSegments(unscaled=["weekday"], **config).fit(known, RNG(0))
    raw = model.assign(known).features[["weekday", "recency"]].to_numpy()
    spread = model.space.place(raw).std(axis=0)
    assert spread == pytest.approx([raw[:, 0].std(), 1])


def test_every_pair_of_scores_has_one_name():
    assert TABLE.shape == (5, 5)
    assert set(TABLE.ravel()) == set(range(len(NAMES)))


@pytest.mark.parametrize(
    ("recency", "frequency", "money", "name"),
    [
        (1, 9, 900, "Champions"),
        (1, 0, 50, "New"),
        (90, 9, 900, "Cannot lose"),
        (90, 0, 50, "Hibernating"),
        (90, 5, 450, "At risk"),
        (50, 5, 450, "Need attention"),
        (50, 9, 900, "Loyal"),
        (30, 0, 50, "Promising"),
        (50, 0, 50, "About to sleep"),
        (30, 3, 250, "Potential loyalists"),
    ],
)
def test_scores_by_hand(recency, frequency, money, name):
    edges = np.array([[20, 40, 60, 80], [2, 4, 6, 8], [200, 400, 600, 800]], dtype=float)
    point = np.array([[recency, frequency, money]], dtype=float)
    assert NAMES[Scores(edges, TABLE).labels(point)[0]] == name


def test_equal_customers_have_equal_scores(known_of):
    rows = [(f"c{at}", "cup", f"i{at}", "2024-02-10", 1, 5.0) for at in range(7)]
    rows += [("c9", "cup", f"x{at}", "2024-02-20", 1, 50.0) for at in range(3)]
    known = known_of(rows)
    found = RFMRules().fit(known, RNG(0)).assign(known)
    assert len(set(found.codes[:7].tolist())) == 1
    assert found.codes[7] != found.codes[0]
    assert set(found.names) == set(NAMES)

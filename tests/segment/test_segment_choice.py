"""How many segments: each figure by hand or by scikit-learn, and the rule that weighs them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from recsys.segment import GMMSegments, KMeansSegments, choose, criteria
from recsys.segment.choose import Clusters, Trial, best
from recsys.segment.partition import Centroids


@pytest.fixture(scope="module")
def blobs():
    points, _ = make_blobs(300, centers=[[0, 0], [9, 0], [0, 9], [9, 9]], cluster_std=0.8, random_state=0)
    return points


def trial(k, silhouette, ch, db, **more):
    found = Trial(Clusters(Centroids(np.zeros((k, 1))), np.zeros(9, dtype=np.int64)), 1.0, 0.1, 0.5)
    return replace(found, silhouette=silhouette, calinski_harabasz=ch, davies_bouldin=db, **more)


def test_the_best_mean_rank_wins():
    #             silhouette  CH   DB      ranks: 1 2 1, 2 1 2, 3 3 3
    four, five, six = trial(4, 0.5, 90, 0.7), trial(5, 0.4, 95, 0.8), trial(6, 0.3, 80, 0.9)
    assert best([six, five, four], 0.03, 0.6) is four


def test_of_equal_ranks_the_better_silhouette_wins():
    assert best([trial(4, 0.3, 90, 0.7), trial(5, 0.4, 80, 0.7)], 0, 1).k == 5
    assert best([trial(5, 0.4, 90, 0.7), trial(4, 0.4, 90, 0.7)], 0, 1).k == 4


def test_too_small_or_too_large_segments_are_set_aside_unless_all_are():
    four, five = trial(4, 0.5, 90, 0.7, smallest=0.02), trial(5, 0.4, 80, 0.8)
    assert best([four, five], 0.03, 0.6) is five
    assert best([four, five], 0.5, 0.6) is four
    assert best([replace(four, smallest=0.1, largest=0.7), five], 0.03, 0.6) is five


def test_unstable_candidates_are_set_aside_unless_all_are():
    four, five = trial(4, 0.5, 90, 0.7, stability=0.6), trial(5, 0.4, 80, 0.8, stability=0.8)
    assert best([four, five], 0.03, 0.6) is five
    assert best([four, replace(five, stability=0.5)], 0.03, 0.6) is four


def test_a_figure_that_one_lacks_does_not_vote():
    one = trial(1, None, None, None)
    assert best([one, trial(2, 0.9, 50, 0.1)], 0, 1).k == 2


def test_the_elbow_votes():
    four, five, six = trial(4, 0.4, 90, 0.7), trial(5, 0.39, 91, 0.7), trial(6, 0.38, 80, 0.9)
    assert best([four, five, six], 0, 1) is four
    assert best([four, replace(five, elbow=True), six], 0, 1).k == 5


def test_every_figure_finds_the_four_blobs(blobs):
    model = KMeansSegments(k_min=2, k_max=7)
    found = choose.trials(blobs, range(2, 8), model.cluster, 0, full=True)
    assert best(found, 0.03, 0.6).k == 4
    for figure, sign in [("silhouette", 1), ("calinski_harabasz", 1), ("davies_bouldin", -1), ("gap", 1)]:
        assert max(found, key=lambda one: sign * getattr(one, figure)).k == 4, figure
    assert [one.k for one in found if one.elbow] == [4]
    by_k = {one.k: one.stability for one in found}
    assert by_k[4] > 0.99
    assert by_k[7] < 0.9
    mixtures = choose.trials(blobs, range(2, 8), GMMSegments().cluster, 0, full=False)
    assert min(mixtures, key=lambda one: one.clusters.bic).k == 4


def test_figures_are_those_of_scikit_learn(blobs):
    model = KMeans(5, n_init=1, random_state=0).fit(blobs)
    assert criteria.inertia(blobs, model.labels_) == pytest.approx(model.inertia_)
    assert criteria.calinski_harabasz(blobs, model.labels_) == calinski_harabasz_score(blobs, model.labels_)
    assert criteria.davies_bouldin(blobs, model.labels_) == davies_bouldin_score(blobs, model.labels_)


def test_one_cluster_has_no_figures(blobs):
    one = np.zeros(len(blobs), dtype=np.int64)
    assert criteria.calinski_harabasz(blobs, one) is None
    assert criteria.davies_bouldin(blobs, one) is None
    assert criteria.elbow([4, 4, 4], [1.0, 1.0, 1.0]) is None


def test_even_points_have_no_gap():
    rng = np.random.default_rng(0)
    points = rng.uniform(size=(400, 2))
    labels = KMeansSegments().cluster(points, 3, 0)
    found, error = criteria.gap(
        points,
        criteria.inertia(points, labels.labels),
        lambda drawn, seed: KMeansSegments().cluster(drawn, 3, seed).labels,
        rng,
    )
    assert abs(found) < 0.1
    assert 0 < error < 0.1


def test_what_is_found_again_is_stable(blobs):
    always = np.arange(300) % 3
    rng = np.random.default_rng(0)
    assert criteria.stability(blobs, always, lambda drawn, seed: lambda points: always, rng) == 1
    noise = criteria.stability(
        blobs, always, lambda drawn, seed: lambda points: rng.integers(0, 3, len(points)), rng
    )
    assert abs(noise) < 0.05


def test_thorough_evidence_is_only_measured_when_asked(known_of, shop_rows):
    known = known_of(shop_rows(60))
    plain = KMeansSegments(k_max=5).fit(known, np.random.default_rng(0))
    full = KMeansSegments(k_max=5, evidence="full").fit(known, np.random.default_rng(0))
    assert not {"gap", "stability", "elbow"} & set(plain.evidence[0])
    assert {"gap", "gap_error", "stability"} <= set(full.evidence[0])

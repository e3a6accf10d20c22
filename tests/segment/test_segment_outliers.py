"""The forest against scikit-learn's, and what becomes of those it finds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from recsys.segment import KMeansSegments
from recsys.segment.fitted import OUTLIERS, UNMEASURED
from recsys.segment.outliers import grow


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(size=(400, 3)), [[9.0, 9.0, 9.0], [-8.0, 0.0, 8.0]]])


def test_scores_are_those_of_scikit_learn(values):
    forest = grow(values, 0.05, seed=3)
    model = IsolationForest(contamination=0.05, random_state=3).fit(values)
    np.testing.assert_allclose(forest.scores(values), -model.score_samples(values), atol=1e-9)
    assert (forest.outlying(values) == (model.predict(values) == -1)).mean() > 0.995
    assert forest.outlying(values)[-2:].all()


def test_the_share_is_set_apart(values):
    assert grow(values, 0.1, 0).outlying(values).sum() == 41  # a tenth of 402, the bound between two of them


def test_customers_who_are_all_alike_have_no_outlier():
    alike = np.ones((50, 2))
    assert not grow(alike, 0.1, 0).outlying(alike).any()
    assert not grow(alike[:1], 0.1, 0).outlying(alike[:1]).any()


def fit(known, **config):
    model = KMeansSegments(**config).fit(known, np.random.default_rng(7))
    return model, model.assign(known)


def test_outliers_are_a_segment_and_the_last(known_of, shop_rows):
    rows = [*shop_rows(120), *[("c9999", "p01", f"x{at}", "2024-02-27", 900.0, 90.0) for at in range(40)]]
    known = known_of(rows)
    model, found = fit(known, outliers="isolation-forest", outlier_share=0.02, k=4)
    assert found.names[-1] == OUTLIERS
    assert len(found.codes) == 121
    assert found.codes[known.history.customers.codes(["c9999"])[0]] == len(found.names) - 1
    assert (found.codes == len(found.names) - 1).sum() == 3
    without = found.codes != len(found.names) - 1
    points = model.space.place(found.features.to_numpy()[without])
    assert points.mean(axis=0) == pytest.approx([0] * points.shape[1], abs=1e-9)


def test_later_outliers_join_by_the_same_forest(known_of, shop_rows):
    model, _ = fit(known_of(shop_rows(120)), outliers="isolation-forest", outlier_share=0.02, k=4)
    rows = [*shop_rows(120), *[("c0003", "p01", f"x{at}", "2024-03-05", 900.0, 90.0) for at in range(40)]]
    later = known_of(rows, "2024-03-08")
    assert model.assign(later).codes[3] == 4


def test_clipped_figures_bound_the_space_and_nobody_leaves(known_of, shop_rows):
    known = known_of([*shop_rows(120), ("c0000", "p01", "x", "2024-02-27", 9e6, 90.0)])
    model, found = fit(known, outliers="clip", clip_share=0.05, reduction="none", k=4, grain={})
    raw = found.features.to_numpy()
    level = np.log1p(raw)
    low, high = np.quantile(level, [0.05, 0.95], axis=0)
    np.testing.assert_allclose([model.space.low, model.space.high], [low, high])
    clipped = np.clip(level, low, high)
    want = (clipped - clipped.mean(axis=0)) / clipped.std(axis=0)
    np.testing.assert_allclose(model.space.place(raw), want, atol=1e-9)
    assert OUTLIERS not in found.names
    assert found.features["monetary"].max() > 1e6  # the figures that are shown are not clipped


def test_an_unknown_feature_makes_a_segment_of_its_own(known_of, shop_rows):
    known = known_of([*shop_rows(120), ("c9999", "p01", "x", "2024-02-27", 1.0, 1.0)])
    _, found = fit(known, features=["gap_over_lines", "recency"], k=3)
    assert found.names[-1] == UNMEASURED
    assert np.flatnonzero(found.codes == 3).tolist() == [120]
    assert np.isnan(found.features["gap_over_lines"].iloc[120])

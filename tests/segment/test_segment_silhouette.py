"""The silhouette against scikit-learn's, clusters of one included."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from recsys.segment.criteria import silhouettes


@pytest.mark.parametrize("clusters", [2, 5])
def test_silhouette_is_scikit_learns(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    points = rng.normal(size=(300, 3))
    labels = rng.integers(0, clusters, 300).astype(np.int32)
    labels[7] = 40  # alone
    want = silhouette_score(points, labels)
    assert silhouettes(points, [labels])[0] == pytest.approx(want, abs=1e-6)


def test_two_far_pairs_are_nearly_one() -> None:
    points = np.array([[0.0], [1.0], [100.0], [101.0]])
    labels = np.array([0, 0, 1, 1], dtype=np.int32)
    want = np.mean([1 - 1 / 100.5, 1 - 1 / 99.5, 1 - 1 / 99.5, 1 - 1 / 100.5])
    assert silhouettes(points, [labels])[0] == pytest.approx(want)


def test_undefined_for_one_cluster_or_all_alone() -> None:
    points = np.arange(4.0)[:, None]
    assert silhouettes(points, [np.zeros(4, dtype=np.int32)])[0] is None
    assert silhouettes(points, [np.arange(4, dtype=np.int32)])[0] is None


def test_equal_points_score_nothing() -> None:
    points = np.zeros((4, 2))
    assert silhouettes(points, [np.array([0, 0, 1, 1], dtype=np.int32)])[0] == 0

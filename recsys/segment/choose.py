"""How many segments: the k with the best silhouette, with the inertia of each k kept for the elbow.

Silhouette: Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE = 5_000
"""Customers among whom k is chosen: their distances take SAMPLE ** 2 * 4 bytes, 100 MB."""
CUSTOMERS_PER_SEGMENT = 10
"""k: auto asks for no more segments than the customers make at this many each."""
STARTS = 10
"""K-means runs per k, of which the one with the least inertia is kept."""


@dataclass(frozen=True, eq=False)
class Trial:
    """K-means at one k. centroids: (k, components). silhouette: None where it is undefined."""

    centroids: NDArray[np.float64]
    inertia: float
    silhouette: float | None

    @property
    def k(self) -> int:
        """Clusters that were found."""
        return len(self.centroids)


def candidates(points: NDArray[np.float64], k: int | None, k_min: int, k_max: int) -> range:
    """The numbers of segments worth trying; k None: choose within k_min to k_max."""
    most = len(np.unique(points.round(9), axis=0))
    if k is not None:
        return range(min(k, most), min(k, most) + 1)
    high = max(1, min(k_max, most, len(points) // CUSTOMERS_PER_SEGMENT))
    low = k_min if high >= k_min else min(2, high)
    return range(low, high + 1)


def choose(points: NDArray[np.float64], ks: Sequence[int], rng: np.random.Generator) -> list[Trial]:
    """One trial per k, best silhouette first (ties: fewer segments), the best fitted on all points.

    points: (n, components). Runs on one thread, so that the result does not depend on their number.
    """
    import sklearn.cluster  # noqa: F401  threadpool_limits sees only libraries that are loaded
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    sample = points
    if len(points) > SAMPLE:
        sample = points[np.sort(rng.choice(len(points), SAMPLE, replace=False))]
    with threadpool_limits(1):
        trials = _trials(sample, ks, seed)
        trials.sort(key=lambda trial: (-(trial.silhouette or -1.0), trial.k))
        if sample is not points:
            centroids, _, _ = _kmeans(points, trials[0].k, seed)
            trials[0] = Trial(centroids, trials[0].inertia, trials[0].silhouette)
    return trials


def evidence(trials: Sequence[Trial], notes: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """One row per k, in order: k, inertia, silhouette, chosen, note."""
    rows = [
        {
            "k": trial.k,
            "inertia": trial.inertia,
            "silhouette": trial.silhouette,
            "chosen": trial is trials[0],
            "note": "; ".join(notes) if trial is trials[0] else "",
        }
        for trial in trials
    ]
    return tuple(sorted(rows, key=lambda row: row["k"]))


def _trials(points: NDArray[np.float64], ks: Sequence[int], seed: int) -> list[Trial]:
    distances = _distances(points) if len(points) > 2 else None
    trials = []
    for k in ks:
        centroids, labels, inertia = _kmeans(points, k, seed)
        trials.append(Trial(centroids, inertia, _silhouette(distances, labels)))
    return trials


def _kmeans(
    points: NDArray[np.float64], k: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int32], float]:
    """Centroids (k, components), labels (n,) and inertia."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        # A sample may hold fewer distinct points than k; clusters that stay empty are dropped later.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = KMeans(k, n_init=STARTS, random_state=seed).fit(points)
    return model.cluster_centers_, model.labels_, float(model.inertia_)


def _distances(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Between all pairs, computed once for every k. Shape (n, n)."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(points, points), dtype=np.float32)


def _silhouette(distances: NDArray[np.float32] | None, labels: NDArray[np.int32]) -> float | None:
    """Mean silhouette (Rousseeuw 1987) as one matrix product; scikit-learn's walks the rows one by one.

    Per point: (b - a) / max(a, b), a being the mean distance to its own cluster's others and b the smallest
    mean distance to another cluster; 0 for a cluster of one. None where it is undefined.
    """
    cluster, label = np.unique(labels, return_inverse=True)
    if distances is None or not 2 <= len(cluster) < len(labels):
        return None
    size = np.bincount(label)
    member = (label[:, None] == np.arange(len(cluster))).astype(np.float32)
    total = (distances @ member).astype(np.float64)
    row = np.arange(len(label))
    own = total[row, label] / np.maximum(size[label] - 1, 1)
    total[row, label] = np.inf
    other = (total / size).min(axis=1)
    widest = np.maximum(own, other)
    score = np.divide(other - own, widest, out=np.zeros_like(own), where=widest > 0)
    return float(np.where(size[label] > 1, score, 0.0).mean())

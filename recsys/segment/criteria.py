"""What speaks for a number of segments: one function for each figure.

Silhouette: Rousseeuw 1987, doi:10.1016/0377-0427(87)90125-7. Calinski, Harabasz 1974,
doi:10.1080/03610927408827101. Davies, Bouldin 1979, doi:10.1109/TPAMI.1979.4766909. Elbow: Satopaa, Albrecht,
Irwin, Raghavan, "Finding a Kneedle in a Haystack", ICDCSW 2011. Gap: Tibshirani, Walther, Hastie 2001,
doi:10.1111/1467-9868.00293. Stability: Hubert, Arabie 1985, doi:10.1007/BF01908075, of bootstrap samples, as
in Hennig 2007, doi:10.1016/j.csda.2006.11.025.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Labels = NDArray[np.int64]
BLOCK = 1_000
"""Customers whose distances to all others are held at a time: BLOCK * 20,000 * 4 bytes, 80 MB."""
RESAMPLES = 20
REFERENCES = 10


def silhouettes(points: Points, labelings: Sequence[Labels]) -> list[float | None]:
    """Mean silhouette of each labeling; None where it is undefined. points: (n, components).

    Per point: (b - a) / max(a, b), a being the mean distance to its own cluster's others and b the smallest
    mean distance to another cluster; 0 for a cluster of one. The distances are computed once for all
    labelings, a block of customers at a time.
    """
    coded = [np.unique(labels, return_inverse=True)[1] for labels in labelings]
    sizes = [np.bincount(labels) for labels in coded]
    usable = [2 <= len(size) < len(points) for size in sizes]
    if not any(usable):
        return [None] * len(coded)
    members = [np.eye(len(size), dtype=np.float32)[labels] for labels, size in zip(coded, sizes, strict=True)]
    member = np.concatenate(members, axis=1)
    edges = np.cumsum([0, *(len(size) for size in sizes)])
    total = np.zeros(len(coded))
    for start in range(0, len(points), BLOCK):
        sums = _distances(points[start : start + BLOCK], points) @ member
        for at, (labels, size) in enumerate(zip(coded, sizes, strict=True)):
            own = labels[start : start + BLOCK]
            total[at] += _scores(sums[:, edges[at] : edges[at + 1]].astype(np.float64), own, size).sum()
    means = total / len(points)
    return [float(mean) if fine else None for mean, fine in zip(means, usable, strict=True)]


def each_silhouette(points: Points, labels: Labels) -> Points:
    """Each point's silhouette, (n,), as `silhouettes` has their mean; there must be two clusters or more."""
    _, label = np.unique(labels, return_inverse=True)
    size = np.bincount(label)
    member = np.eye(len(size), dtype=np.float32)[label]
    blocks = [slice(start, start + BLOCK) for start in range(0, len(points), BLOCK)]
    sums = ((_distances(points[block], points) @ member).astype(np.float64) for block in blocks)
    return np.concatenate(
        [_scores(sum_, label[block], size) for sum_, block in zip(sums, blocks, strict=True)]
    )


def _distances(some: Points, points: Points) -> NDArray[np.float32]:
    """Between each of some and each of all, as a matrix product; rounding is taken for no distance."""
    square, length = -2.0 * (some @ points.T), np.einsum("nc,nc->n", points, points)
    square += length + np.einsum("nc,nc->n", some, some)[:, None]
    square[square < 1e-12 * max(float(length.max()), 1e-300)] = 0.0
    return np.sqrt(square, out=square).astype(np.float32)


def _scores(sums: Points, label: Labels, size: Labels) -> Points:
    """Each row's silhouette from the sum of its distances to each cluster."""
    row = np.arange(len(label))
    own = sums[row, label] / np.maximum(size[label] - 1, 1)
    sums[row, label] = np.inf
    other = (sums / size).min(axis=1)
    widest = np.maximum(own, other)
    score = np.divide(other - own, widest, out=np.zeros_like(own), where=(widest > 0) & np.isfinite(widest))
    return np.where(size[label] > 1, score, 0.0)


def inertia(points: Points, labels: Labels) -> float:
    """Sum of squared distances to the mean of one's cluster."""
    _, label = np.unique(labels, return_inverse=True)
    size = np.bincount(label)
    spread = 0.0
    for axis in points.T:
        mean = np.bincount(label, weights=axis) / size
        spread += float(((axis - mean[label]) ** 2).sum())
    return spread


def calinski_harabasz(points: Points, labels: Labels) -> float | None:
    """Spread between segments over spread inside them; more is better."""
    from sklearn.metrics import calinski_harabasz_score

    return float(calinski_harabasz_score(points, labels)) if _several(labels) else None


def davies_bouldin(points: Points, labels: Labels) -> float | None:
    """Mean over segments of how near their like is; less is better."""
    from sklearn.metrics import davies_bouldin_score

    return float(davies_bouldin_score(points, labels)) if _several(labels) else None


def _several(labels: Labels) -> bool:
    return 2 <= len(np.unique(labels)) < len(labels)


def elbow(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """The k after which inertia falls no longer fast; None where the curve has no knee, or under three ks."""
    if len(set(ks)) < 3:
        return None
    from kneed import KneeLocator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no knee
        knee = KneeLocator(list(ks), list(inertias), curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def gap(
    points: Points, spread: float, clustered: Callable[[Points, int], Labels], rng: np.random.Generator
) -> tuple[float, float]:
    """The gap statistic and its error: log inertia of uniform points less that of ours; more is better.

    The uniform points fill the box of `points`, whose axes are the principal ones where there is a PCA.
    clustered: labels of points, with a seed.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    logs = np.array(
        [
            np.log(max(inertia(drawn, clustered(drawn, seed)), 1e-12))
            for seed, drawn in enumerate(rng.uniform(low, high, (REFERENCES, *points.shape)))
        ]
    )
    error = float(logs.std() * np.sqrt(1 + 1 / REFERENCES))
    return float(logs.mean() - np.log(max(spread, 1e-12))), error


def stability(
    points: Points,
    labels: Labels,
    again: Callable[[Points, int], Callable[[Points], Labels]],
    rng: np.random.Generator,
) -> float:
    """Mean adjusted Rand index between `labels` and what bootstrap samples make of the same points.

    again: clusters a sample, with a seed; returns who labels any points.
    """
    from sklearn.metrics import adjusted_rand_score

    agreed = []
    for seed in range(RESAMPLES):
        drawn = np.sort(rng.integers(0, len(points), len(points)))
        agreed.append(adjusted_rand_score(labels, again(points[drawn], seed)(points)))
    return float(np.mean(agreed))

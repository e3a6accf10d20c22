"""How many segments: every candidate's figures, and the rule that picks one of them.

The rule of `k: auto`: candidates whose smallest segment holds under `min_share` of the customers, or whose
largest holds over `max_share`, are set aside, unless all are; so are, where stability was measured, those
below STABLE. The rest are ranked by each figure there is (silhouette, Calinski-Harabasz, Davies-Bouldin; BIC
of a mixture; with `evidence: full` nearness to the elbow of the inertia, gap and stability), and the best
mean rank wins; of equals the better silhouette, then fewer segments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.segment import criteria
from recsys.segment.partition import Partition

SAMPLE = 20_000
"""Customers among whom k is chosen, and to whom the silhouette is exact; beyond, so many are drawn."""
CUSTOMERS_PER_SEGMENT = 10
"""k: auto asks for no more segments than the customers make at this many each."""
STABLE = 0.75
"""A bootstrap adjusted Rand index that lets a segmentation count as found again (Hennig 2007)."""

Points = NDArray[np.float64]
Fit = Callable[[Points, int, int], "Clusters"]
"""points, k, seed -> clusters."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """labels: (n,) of the points that were fitted. bic: of a mixture."""

    partition: Partition
    labels: NDArray[np.int64]
    bic: float | None = None


@dataclass(frozen=True, eq=False)
class Trial:
    """One number of segments and what speaks for it; None: undefined, or not measured."""

    clusters: Clusters
    inertia: float
    smallest: float
    largest: float
    silhouette: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None
    elbow: bool | None = None
    gap: float | None = None
    gap_error: float | None = None
    stability: float | None = None
    silhouette_features: float | None = None

    @property
    def k(self) -> int:
        """Clusters that were found."""
        return self.clusters.partition.size

    def moved(self, points: Points, partition: Partition) -> Trial:
        """The same clusters told from other points, with their silhouette there; points: (n, features)."""
        (score,) = criteria.silhouettes(points, [self.clusters.labels])
        return replace(self, clusters=replace(self.clusters, partition=partition), silhouette_features=score)


FIGURES = (
    *("inertia", "smallest", "largest", "silhouette", "calinski_harabasz", "davies_bouldin"),
    *("bic", "elbow", "gap", "gap_error", "stability", "silhouette_features"),
)


def candidates(points: Points, k: int | None, k_min: int, k_max: int) -> range:
    """The numbers of segments worth trying; k None: choose within k_min to k_max."""
    most = _distinct(points, k or k_max)
    if k is not None:
        return range(min(k, most), min(k, most) + 1)
    high = max(1, min(k_max, most, len(points) // CUSTOMERS_PER_SEGMENT))
    low = k_min if high >= k_min else min(2, high)
    return range(low, high + 1)


def _distinct(points: Points, enough: int) -> int:
    """How many points differ; stops counting where a part of them is enough."""
    part = points[:: max(1, len(points) // SAMPLE)]
    found = len(np.unique(part.round(9), axis=0))
    if found >= enough or len(part) == len(points):
        return found
    return len(np.unique(points.round(9), axis=0))


def sampled(points: Points, most: int, rng: np.random.Generator) -> Points:
    """At most so many of the points, in their order."""
    if len(points) <= most:
        return points
    return points[np.sort(rng.choice(len(points), most, replace=False))]


def trials(points: Points, ks: Sequence[int], fit: Fit, seed: int, *, full: bool) -> list[Trial]:
    """One for each k. full: elbow, gap and stability too; the last two cluster some thirty times more."""
    found = [fit(points, k, seed) for k in ks]
    scores = criteria.silhouettes(points, [clusters.labels for clusters in found])
    spreads = [criteria.inertia(points, clusters.labels) for clusters in found]
    knee = criteria.elbow(ks, spreads) if full else None
    made = []
    for clusters, score, spread, k in zip(found, scores, spreads, ks, strict=True):
        sizes = np.bincount(clusters.labels) / len(points)
        trial = Trial(
            clusters,
            spread,
            float(sizes[sizes > 0].min()),
            float(sizes.max()),
            score,
            criteria.calinski_harabasz(points, clusters.labels),
            criteria.davies_bouldin(points, clusters.labels),
            None if knee is None else k == knee,
        )
        made.append(_looked_into(trial, points, k, fit, seed) if full and len(points) > k > 1 else trial)
    return made


def _looked_into(trial: Trial, points: Points, k: int, fit: Fit, seed: int) -> Trial:
    """With gap and stability."""
    rng = np.random.default_rng([seed, k])
    gap, error = criteria.gap(points, trial.inertia, lambda drawn, at: fit(drawn, k, at).labels, rng)
    stability = criteria.stability(
        points, trial.clusters.labels, lambda drawn, at: fit(drawn, k, at).partition.labels, rng
    )
    return replace(trial, gap=gap, gap_error=error, stability=stability)


def best(found: Sequence[Trial], min_share: float, max_share: float) -> Trial:
    """The trial that the rule of the module's docstring picks."""
    fit = [one for one in found if one.smallest >= min_share and one.largest <= max_share] or list(found)
    fit = [one for one in fit if one.stability is None or one.stability >= STABLE] or fit
    ranks = sum((_ranks(values) for values in _votes(fit)), np.zeros(len(fit)))
    order = sorted(range(len(fit)), key=lambda at: (ranks[at], -(fit[at].silhouette or -1.0), fit[at].k))
    return fit[order[0]]


def _votes(fit: Sequence[Trial]) -> list[list[float]]:
    """One list for each figure that all have, less being better."""
    knee = next((one.k for one in fit if one.elbow), None)
    columns: list[list[float | None]] = [
        [None if knee is None else abs(one.k - knee) for one in fit],
        *([_negative(getattr(one, name)) for one in fit] for name in ("silhouette", "calinski_harabasz")),
        [one.davies_bouldin for one in fit],
        [one.clusters.bic for one in fit],
        *([_negative(getattr(one, name)) for one in fit] for name in ("gap", "stability")),
    ]
    return [[value for value in column if value is not None] for column in columns if None not in column]


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    return np.asarray(rankdata(np.round(values, 9)))


def evidence(found: Sequence[Trial], chosen: Trial, notes: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """One row per k, in order: k, the figures that were measured, chosen, note."""
    rows = []
    for trial in found:
        held = {name: getattr(trial, name, trial.clusters.bic) for name in FIGURES}
        always = ("inertia", "silhouette")
        row: dict[str, Any] = {"k": trial.k}
        row |= {name: value for name, value in held.items() if value is not None or name in always}
        row |= {"chosen": trial is chosen, "note": "; ".join(notes) if trial is chosen else ""}
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: row["k"]))

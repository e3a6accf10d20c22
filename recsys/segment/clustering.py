"""From what is known to segments: features, outliers, space, clusters, names; what all kinds share.

A kind says only how points are clustered (`cluster`) and which numbers of segments there are to try
(`numbers`). Where a t-SNE map is clustered, its clusters are those of the customers on it; the map has no
place for anybody else, so that everyone, at the fit and later, belongs to the cluster of the nearest of those
customers in the standardised features.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Known
from recsys.segment import choose
from recsys.segment.choose import Clusters, Trial
from recsys.segment.columns import Columns, learn_columns
from recsys.segment.fitted import OUTLIERS, UNMEASURED, FittedSegments, by_worth
from recsys.segment.naming import EVERYONE, name_segments
from recsys.segment.outliers import Forest, grow
from recsys.segment.partition import Neighbours
from recsys.segment.settings import Settings
from recsys.segment.space import Space, fit_space

Points = NDArray[np.float64]
MAP = 10_000
"""Most customers on a t-SNE map; beyond, so many are drawn."""


class Clustering(Settings, frozen=True, extra="forbid"):
    """Segments of customers whose features are near each other."""

    most: ClassVar[int | None] = None
    """Customers who can be clustered at once; beyond, so many are drawn. None: any number."""

    @abstractmethod
    def cluster(self, points: Points, k: int, seed: int) -> Clusters:
        """At most k clusters of points, (n, components)."""

    def numbers(self, points: Points) -> Sequence[int]:
        """The numbers of segments to try."""
        return [1]

    def picked(self, found: Sequence[Trial]) -> Trial:
        """The one that is kept."""
        return found[0]

    @property
    def thorough(self) -> bool:
        """Whether figures that take long are measured."""
        return False

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSegments:
        """Space, clusters and names from what is known at this cutoff.

        Raises SegmentError for features that the log cannot give.
        """
        import sklearn.cluster  # noqa: F401  threadpool_limits sees only libraries that are loaded
        from threadpoolctl import threadpool_limits

        # One thread, so that the result does not depend on their number.
        with threadpool_limits(1):
            return self._fit(known, rng)

    def _fit(self, known: Known, rng: np.random.Generator) -> FittedSegments:
        seed = int(rng.integers(2**31))
        columns = learn_columns(self.features, known, self.families)
        figures = columns.of(known)
        values = _sorted_rows(figures[list(columns.names)].to_numpy())
        space, forest, inside = self._space(columns, values, seed)
        points = space.place(inside)
        sample = choose.sampled(points, min(choose.SAMPLE, self.most or choose.SAMPLE), rng)
        trial, found = self._tried(sample, seed, rng)
        partition = trial.clusters.partition
        if len(sample) < len(points) and self.most is None and self.reduction != "t-sne":
            partition = self.cluster(points, trial.k, seed).partition
        notes = _notes(known, columns, self.wanted, trial.k, len(sample), len(points))
        apart = [OUTLIERS] * (forest is not None) + [UNMEASURED] * _may_lack(columns)
        evidence = choose.evidence(found, trial, notes)
        plain = FittedSegments(columns, space, partition, (), evidence, forest, tuple(apart))
        return _named(plain, figures)

    @property
    def wanted(self) -> int:
        """Segments that fewer of are worth a note."""
        return 1

    def _space(self, columns: Columns, values: Points, seed: int) -> tuple[Space, Forest | None, Points]:
        """The space, who is set apart, and the figures of the others."""
        measured = values[~np.isnan(values).any(axis=1)]
        if len(measured) == 0:
            measured = np.zeros((1, values.shape[1]))
        clip = self.clip_share if self.outliers == "clip" else 0.0
        forest = None

        def fitted(rows: Points) -> Space:
            return fit_space(
                columns.names,
                rows,
                log=self.log,
                grain=self.grain,
                clip=clip,
                unscaled=self.unscaled,
                pca=self.pca,
            )

        space = fitted(measured)
        if self.outliers == "isolation-forest":
            level = space.level(measured)
            forest = grow(level, self.outlier_share, seed)
            measured = measured[~forest.outlying(level)]
            space = fitted(measured)
        return space, forest, measured

    def _tried(self, points: Points, seed: int, rng: np.random.Generator) -> tuple[Trial, list[Trial]]:
        """The trial that is kept, and all."""
        if self.reduction == "t-sne":
            from recsys.segment.tsne import tsne_map

            features = choose.sampled(points, MAP, rng)
            points = tsne_map(features, self.perplexity, seed)
        found = choose.trials(points, self.numbers(points), self.cluster, seed, full=self.thorough)
        trial = self.picked(found)
        if self.reduction == "t-sne":
            shares = trial.clusters.partition.memberships(points)
            at = Neighbours(
                features, trial.clusters.labels, np.empty((len(points), 0)) if shares is None else shares
            )
            kept = trial.moved(features, at)
            found[found.index(trial)] = kept
            trial = kept
        return trial, found


def _named(plain: FittedSegments, figures: pd.DataFrame) -> FittedSegments:
    """Segments put in order of worth, and named; those set apart come last."""
    labels, apart = plain.labels(figures)
    here = figures[~apart.any(axis=1)] if apart.shape[1] else figures
    if len(here) == 0:
        return plain.with_names(np.arange(1), (EVERYONE, *plain.apart))
    kept = labels[~apart.any(axis=1)] if apart.shape[1] else labels
    order = by_worth(here, kept)
    place = np.zeros(plain.partition.size, dtype=np.int64)
    place[order] = np.arange(len(order))
    names = name_segments(here, place[kept].astype(np.int16), len(order))
    return plain.with_names(order, (*names, *plain.apart))


def _sorted_rows(values: Points) -> Points:
    """In an order that does not depend on that of the customers."""
    return values[np.lexsort(values.T)]


def _may_lack(columns: Columns) -> bool:
    return "gap_over_lines" in columns.names


def _notes(known: Known, columns: Columns, asked: int, found: int, sampled: int, customers: int) -> list[str]:
    """What a reader of the report must know about how k was chosen."""
    notes = []
    everyone = len(known.history.customers)
    if not known.history.priced:
        notes.append("the log has no prices: units stand in for money")
    if columns.absent:
        notes.append(f"the log does not hold {', '.join(columns.absent)}: left out")
    if found < asked:
        notes.append(f"{found} instead of {asked} segments: {everyone:,} customers do not make more")
    if sampled < customers:
        notes.append(f"k was chosen among {sampled:,} of {customers:,} customers, drawn at random")
    return notes

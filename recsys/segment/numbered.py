"""Clusterings whose number of segments is asked for, or chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.segment import choose
from recsys.segment.choose import Trial
from recsys.segment.clustering import Clustering
from recsys.segment.settings import Numbered


class NumberedClustering(Numbered, Clustering, frozen=True, extra="forbid"):
    """A clustering with k."""

    def numbers(self, points: NDArray[np.float64]) -> Sequence[int]:
        """k, or each from k_min to k_max, as far as the customers make so many."""
        return choose.candidates(points, self.asked, self.k_min, self.k_max)

    def picked(self, found: Sequence[Trial]) -> Trial:
        """By the rule of `choose`."""
        return choose.best(found, self.min_share, self.max_share)

    @property
    def thorough(self) -> bool:
        """Whether gap and stability are measured."""
        return self.evidence == "full"

    @property
    def wanted(self) -> int:
        """Segments that fewer of are worth a note."""
        return self.asked or self.k_min

"""Lists laid over the truth: the arrays every metric reads; `measure.judge` makes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Judged:
    """Ranked lists beside what was bought.

    hits: (n, k) bool, whether the product at each rank is in the truth.
    hit_spend: (n, k) float64, what the customer later spent on that product; 0 where it is no hit.
    truth_sizes, truth_spend: (n,), products in the truth and the spend on them.
    lists: (n, k) int32 product codes, NOTHING where padded.
    catalogue: products that could be recommended.
    """

    hits: NDArray[np.bool_]
    hit_spend: NDArray[np.float64]
    truth_sizes: NDArray[np.int64]
    truth_spend: NDArray[np.float64]
    lists: NDArray[np.int32]
    catalogue: int

    def take(self, rows: NDArray[np.intp]) -> Judged:
        """Some of the customers."""
        return Judged(
            self.hits[rows],
            self.hit_spend[rows],
            self.truth_sizes[rows],
            self.truth_spend[rows],
            self.lists[rows],
            self.catalogue,
        )

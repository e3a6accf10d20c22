"""How much recommenders say the same: the mean Jaccard index of their lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray


def mean_jaccard(lists: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """(recommenders, recommenders): mean over customers of |A and B| / |A or B|; NaN where nobody has either.

    lists: each (customers, k) product codes, NOTHING where padded, rows of the same customers.
    """
    every = np.stack(lists)
    products = int(every.max(initial=-1)) + 1
    total, counted = _compared(every, products)
    found = np.divide(total, counted, out=np.full(total.shape, np.nan), where=counted > 0)
    return np.where(np.tri(len(lists), dtype=bool), found.T, found)


@njit(nogil=True, cache=True)
def _compared(lists, products):  # type: ignore[no-untyped-def]
    """Sum of the index and how many customers have one, of every pair a <= b."""
    recommenders, customers, k = lists.shape
    total = np.zeros((recommenders, recommenders))
    counted = np.zeros((recommenders, recommenders))
    mark = np.full(products, -1, dtype=np.int64)
    for row in range(customers):
        for a in range(recommenders):
            size = 0
            for i in range(k):
                if lists[a, row, i] >= 0:
                    mark[lists[a, row, i]] = row * recommenders + a
                    size += 1
            for b in range(a, recommenders):
                both, other = 0, 0
                for i in range(k):
                    if lists[b, row, i] >= 0:
                        other += 1
                        both += mark[lists[b, row, i]] == row * recommenders + a
                if size + other > 0:
                    total[a, b] += both / (size + other - both)
                    counted[a, b] += 1
    return total, counted

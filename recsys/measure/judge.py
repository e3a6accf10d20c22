"""Lists laid over the truth once, for every metric to read."""

from __future__ import annotations

import numpy as np
from numba import njit

from recsys.core.fold import Truth
from recsys.core.judged import Judged
from recsys.core.parallel import over_blocks
from recsys.core.topk import TopK
from recsys.measure.beside import lay_beside, pattern
from recsys.measure.context import Context

ROWS = 1 << 14  # customers laid over at a time


def judge(lists: TopK, truth: Truth, context: Context | None = None) -> Judged:
    """Row i of `lists` beside row i of `truth`; with a context, beside what was known before too."""
    if len(lists) != len(truth):
        raise ValueError(f"{len(lists)} lists for {len(truth)} judged customers")
    bought, spend = truth.bought, truth.spend
    shape = lists.products.shape
    hits = np.zeros(shape, dtype=bool, order="F")  # metrics walk from place to place
    worth = np.zeros(shape, dtype=np.float64, order="F")

    held, paid = pattern(bought), (*pattern(spend), spend.data.astype(np.float64, copy=False))

    def work(start: int, stop: int) -> None:
        _lay_over(start, stop, lists.products, *held, *paid, bought.shape[1], hits, worth)

    over_blocks(len(lists), ROWS, work)
    return Judged(
        hits=hits,
        hit_spend=worth,
        truth_sizes=truth.sizes,
        truth_spend=np.asarray(spend.sum(axis=1), dtype=np.float64).ravel(),
        lists=lists.products,
        catalogue=bought.shape[1],
        beside=None if context is None else lay_beside(lists, truth, context),
    )


@njit(nogil=True, cache=True)
def _lay_over(  # type: ignore[no-untyped-def]
    start, stop, lists, ptr, held, paid_ptr, paid_for, paid, products, hits, worth
):
    """Fill hits and worth (rows x k): a product in the truth carries the row's mark."""
    mark = np.full(products, -1, dtype=np.int64)
    value = np.zeros(products, dtype=np.float64)
    for row in range(start, stop):
        for j in range(ptr[row], ptr[row + 1]):
            mark[held[j]] = row
            value[held[j]] = 0.0
        for j in range(paid_ptr[row], paid_ptr[row + 1]):
            value[paid_for[j]] = paid[j]
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p >= 0 and mark[p] == row:
                hits[row, i] = True
                worth[row, i] = value[p]

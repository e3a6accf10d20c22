"""Lists laid over the truth: the arrays every metric reads, computed once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Truth
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK


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


def judge(lists: TopK, truth: Truth) -> Judged:
    """Row i of `lists` beside row i of `truth`."""
    if len(lists) != len(truth):
        raise ValueError(f"{len(lists)} lists for {len(truth)} judged customers")
    bought = truth.bought
    products = bought.shape[1]
    row = np.repeat(np.arange(len(truth), dtype=np.int64), np.diff(bought.indptr))
    held = row * products + bought.indices  # sorted: rows ascend, indices ascend within a row
    wanted = np.arange(len(lists), dtype=np.int64)[:, None] * products + lists.products
    at = np.minimum(np.searchsorted(held, wanted), max(len(held) - 1, 0))
    hits = np.zeros(wanted.shape, dtype=bool)
    if len(held):
        hits = (held[at] == wanted) & (lists.products != NOTHING)
    return Judged(
        hits=hits,
        hit_spend=_spend_of(hits, lists, truth.spend),
        truth_sizes=truth.sizes,
        truth_spend=np.asarray(truth.spend.sum(axis=1), dtype=np.float64).ravel(),
        lists=lists.products,
        catalogue=products,
    )


def _spend_of(hits: NDArray[np.bool_], lists: TopK, spend: sparse.csr_matrix) -> NDArray[np.float64]:
    worth = np.zeros(hits.shape)
    row, rank = np.nonzero(hits)
    if len(row):
        worth[row, rank] = np.asarray(spend[row, lists.products[row, rank]]).ravel()
    return worth

"""What was known of customers and products, laid beside their lists by compiled loops."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Truth
from recsys.core.judged import Beside
from recsys.core.parallel import over_blocks
from recsys.core.topk import TopK
from recsys.measure.context import Context

ROWS = 1 << 14  # customers laid beside at a time

Pattern = tuple[NDArray[np.int64], NDArray[np.int32]]


def lay_beside(lists: TopK, truth: Truth, context: Context) -> Beside:
    """Row i of `lists` and of `truth` beside what is known of that customer and those products."""
    shown, who, wanted = lists.products, truth.customers, pattern(truth.bought)
    customers, products = context.bought.shape
    if truth.bought.shape[1] != products or who.max(initial=-1) >= customers:
        raise ValueError(f"truth has other customers or products than the context's {customers} x {products}")
    own = pattern(context.bought)
    before, truth_before = _flags(shown), np.zeros(len(who), dtype=np.int64)
    kept = truth.kept
    count, units = kept.data.astype(np.float64, copy=False), np.zeros(shown.shape, order="F")

    def work(start: int, stop: int) -> None:
        _lay_before(start, stop, shown, who, *own, *wanted, products, before, truth_before)
        _lay_units(start, stop, shown, *pattern(kept), count, products, units)

    over_blocks(len(who), ROWS, work)
    in_category, first_of_category, truth_categories = _categories(shown, wanted, context.category)
    return Beside(
        before=before,
        truth_before=truth_before,
        own_share=context.own_share[who],
        own_price=context.own_price[who],
        share=context.share,
        price=context.price,
        cost=context.cost,
        units=units,
        alike=None if context.words is None else _alike(shown, context.words),
        in_category=in_category,
        first_of_category=first_of_category,
        truth_categories=truth_categories,
    )


def pattern(matrix: sparse.csr_matrix) -> Pattern:
    """Row pointers and columns, in the types that compiled loops take."""
    return matrix.indptr.astype(np.int64, copy=False), matrix.indices.astype(np.int32, copy=False)


def _flags(shown: NDArray[np.int32]) -> NDArray[np.bool_]:
    """False per customer and place; metrics walk from place to place."""
    return np.zeros(shown.shape, dtype=bool, order="F")


def _alike(shown: NDArray[np.int32], words: sparse.csr_matrix) -> NDArray[np.float64]:
    found = np.full(shown.shape, np.nan, order="F")
    ptr, word = pattern(words)

    def work(start: int, stop: int) -> None:
        _lay_alike(start, stop, shown, ptr, word, words.data, words.shape[1], found)

    over_blocks(len(shown), ROWS, work)
    return found


def _categories(
    shown: NDArray[np.int32], wanted: Pattern, category: NDArray[np.int32] | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]] | tuple[None, None, None]:
    if category is None:
        return None, None, None
    inside, first = _flags(shown), _flags(shown)
    sizes = np.zeros(len(shown), dtype=np.int64)
    number = int(category.max(initial=-1)) + 1

    def work(start: int, stop: int) -> None:
        _lay_categories(start, stop, shown, *wanted, category, number, inside, first, sizes)

    over_blocks(len(shown), ROWS, work)
    return inside, first, sizes


@njit(nogil=True, cache=True)
def _lay_before(  # type: ignore[no-untyped-def]
    start, stop, lists, customers, own_ptr, own, ptr, wanted, products, before, truth_before
):
    """Fill before (rows x k) and truth_before: a product bought before carries the row's mark."""
    mark = np.full(products, -1, dtype=np.int64)
    for row in range(start, stop):
        who = customers[row]
        if who < 0:
            continue
        for j in range(own_ptr[who], own_ptr[who + 1]):
            mark[own[j]] = row
        for j in range(ptr[row], ptr[row + 1]):
            if mark[wanted[j]] == row:
                truth_before[row] += 1
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p >= 0 and mark[p] == row:
                before[row, i] = True


@njit(nogil=True, cache=True)
def _lay_units(start, stop, lists, ptr, kept, count, products, units):  # type: ignore[no-untyped-def]
    """Fill units (rows x k): a product that was kept carries the row's mark, and how many."""
    mark = np.full(products, -1, dtype=np.int64)
    number = np.zeros(products, dtype=np.float64)
    for row in range(start, stop):
        for j in range(ptr[row], ptr[row + 1]):
            mark[kept[j]] = row
            number[kept[j]] = count[j]
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p >= 0 and mark[p] == row:
                units[row, i] = number[p]


@njit(nogil=True, cache=True)
def _lay_alike(start, stop, lists, ptr, word, weight, words, alike):  # type: ignore[no-untyped-def]
    """Fill alike (rows x k): the product's vector times the sum of those above it."""
    above = np.zeros(words, dtype=np.float64)
    for row in range(start, stop):
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p < 0 or ptr[p] == ptr[p + 1]:
                continue
            total = 0.0
            for j in range(ptr[p], ptr[p + 1]):
                total += weight[j] * above[word[j]]
                above[word[j]] += weight[j]
            alike[row, i] = total
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p >= 0:
                for j in range(ptr[p], ptr[p + 1]):
                    above[word[j]] = 0.0


@njit(nogil=True, cache=True)
def _lay_categories(  # type: ignore[no-untyped-def]
    start, stop, lists, ptr, wanted, category, categories, inside, first, sizes
):
    """Fill inside and first (rows x k) and sizes (rows): a category of the truth carries the row's mark."""
    mark = np.full(categories, -1, dtype=np.int64)
    met = np.full(categories, -1, dtype=np.int64)
    for row in range(start, stop):
        for j in range(ptr[row], ptr[row + 1]):
            c = category[wanted[j]]
            if c >= 0 and mark[c] != row:
                mark[c] = row
                sizes[row] += 1
        for i in range(lists.shape[1]):
            p = lists[row, i]
            if p < 0:
                continue
            c = category[p]
            if c >= 0 and mark[c] == row:
                inside[row, i] = True
                first[row, i] = met[c] != row
                met[c] = row

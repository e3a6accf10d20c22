"""The one place that sorts scores: exact top-k under seen-masking, allowed products and tie-breaks.

A score block comes in one of five forms: dense (a function of a block of rows), factors (left @ right.T),
a product of two sparse matrices, sparse rows, or one order for everybody. Each row is ranked by score, then
by `Rules.rank`, in blocks of rows on several threads; memory is bounded by the blocks, never by
customers x products. Compiled code releases the GIL and is cached on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.core.parallel import over_blocks

Ranked = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Products (n, k) int32 padded with NOTHING, and their scores (n, k) float32 padded with NaN."""

DENSE_CELLS = 1 << 21  # scores in one dense block: 8 MB of float32, which stays near the cache
SPARSE_ROWS = 256


@dataclass(frozen=True, eq=False)
class Rules:
    """What a list may hold.

    k: places. hidden: (n x products) csr, products each row must not get; None: none.
    allowed: (products,) bool, or None for all. rank: (products,) int32, distinct; the lower wins a tie.
    """

    k: int
    hidden: sparse.csr_matrix | None
    allowed: NDArray[np.bool_] | None
    rank: NDArray[np.int32]

    @property
    def products(self) -> int:
        return len(self.rank)

    def of(self, rows: NDArray[np.intp]) -> Rules:
        """The rules of some of the rows."""
        return replace(self, hidden=None if self.hidden is None else self.hidden[rows])

    def mask(self) -> NDArray[np.bool_]:
        """`allowed` written out."""
        return np.ones(self.products, dtype=bool) if self.allowed is None else self.allowed

    def hides(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`hidden` as (indptr, indices)."""
        if self.hidden is None:
            return np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
        return self.hidden.indptr.astype(np.int64), self.hidden.indices.astype(np.int32)

    def places(self, n: int) -> Ranked:
        """Empty lists to rank into."""
        shape = (n, self.k)
        return np.full(shape, NOTHING, dtype=np.int32), np.full(shape, np.nan, dtype=np.float32)


def rank_dense(block: Callable[[int, int], NDArray[np.float32]], n: int, rules: Rules) -> Ranked:
    """Rank dense scores; block(start, stop) gives rows start..stop, (rows, products) float32.

    Scores of -inf or NaN are never recommended.
    """
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    mask = rules.mask()

    def work(start: int, stop: int) -> None:
        _dense(block(start, stop), start, indptr, indices, mask, rules.rank, products, scores)

    over_blocks(n, max(1, DENSE_CELLS // max(1, rules.products)), work)
    return products, scores


def rank_factors(left: NDArray[np.float32], right: NDArray[np.float32], rules: Rules) -> Ranked:
    """Rank left @ right.T; left: (n, factors), right: (products, factors)."""
    columns = np.ascontiguousarray(right.T)
    return rank_dense(lambda start, stop: left[start:stop] @ columns, len(left), rules)


def rank_product(left: sparse.csr_matrix, right: sparse.csr_matrix, rules: Rules) -> Ranked:
    """Rank left @ right row by row; left: n x m, right: m x products; only scores above 0."""
    n = left.shape[0]
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    mask = rules.mask()
    a, b = _parts(left), _parts(right)

    def work(start: int, stop: int) -> None:
        _product(start, stop, *a, *b, indptr, indices, mask, rules.rank, products, scores)

    over_blocks(n, SPARSE_ROWS, work)
    return products, scores


def rank_rows(rows: sparse.csr_matrix, rules: Rules) -> Ranked:
    """Rank the entries of sparse rows (n x products); only scores above 0."""
    n = rows.shape[0]
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    mask = rules.mask()
    own = _parts(rows)

    def work(start: int, stop: int) -> None:
        _rows(start, stop, *own, indptr, indices, mask, rules.rank, products, scores)

    over_blocks(n, SPARSE_ROWS * 16, work)
    return products, scores


def rank_order(values: NDArray[np.float64], n: int, rules: Rules) -> Ranked:
    """The same scores (products,) for all n rows: walk one order; only scores above 0."""
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    usable = np.flatnonzero((values > 0) & rules.mask())
    order = usable[np.lexsort((rules.rank[usable], -values[usable]))].astype(np.int32)
    worth = values[order].astype(np.float32)

    def work(start: int, stop: int) -> None:
        _order(start, stop, order, worth, indptr, indices, rules.products, products, scores)

    over_blocks(n, SPARSE_ROWS * 16, work)
    return products, scores


COSINE, DOT, JACCARD = 0, 1, 2


def neighbours(
    weighted: sparse.csr_matrix,
    norms: NDArray[np.float64],
    form: int,
    shrink: float,
    rules: Rules,
    keep_self: bool = False,
) -> sparse.csr_matrix:
    """Each column's `rules.k` most similar other columns, from dot products of the columns of `weighted`.

    form COSINE: dot / (norm_i * norm_j + shrink). JACCARD: dot / (norm_i + norm_j - dot + shrink), norms
    being counts. DOT: dot, divided by dot + shrink if shrink > 0. Returns products x products csr, float32,
    row i = neighbours of i, only similarities above 0; i itself is none of them unless `keep_self`.
    """
    items = weighted.T.tocsr()
    n = items.shape[0]
    products, scores = rules.places(n)
    a, b = _parts(items), _parts(weighted)
    mask = rules.mask()

    def work(start: int, stop: int) -> None:
        _neighbours(start, stop, *a, *b, norms, form, shrink, keep_self, mask, rules.rank, products, scores)

    over_blocks(n, 64, work)
    held = products != NOTHING
    indptr = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    matrix = sparse.csr_matrix((scores[held], products[held], indptr), shape=(n, n))
    matrix.sort_indices()
    return matrix


def _parts(matrix: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    return (
        matrix.indptr.astype(np.int64, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float32, copy=False),
    )


# -- compiled ----------------------------------------------------------------------------------------
# A list under construction is a heap with its worst entry on top: most products cost one comparison.


@njit(nogil=True, cache=True)
def _worse(score_a, rank_a, score_b, rank_b):  # type: ignore[no-untyped-def]
    return score_a < score_b or (score_a == score_b and rank_a > rank_b)


@njit(nogil=True, cache=True)
def _sift_down(products, scores, rank, size):  # type: ignore[no-untyped-def]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            return
        right = child + 1
        if right < size and _worse(
            scores[right], rank[products[right]], scores[child], rank[products[child]]
        ):
            child = right
        if not _worse(scores[child], rank[products[child]], scores[at], rank[products[at]]):
            return
        products[at], products[child] = products[child], products[at]
        scores[at], scores[child] = scores[child], scores[at]
        at = child


@njit(nogil=True, cache=True)
def _offer(products, scores, rank, size, product, score):  # type: ignore[no-untyped-def]
    """Put one product into the heap if there is room or it beats the worst; returns the new size."""
    if size < len(products):
        at = size
        products[at] = product
        scores[at] = score
        while at > 0:
            parent = (at - 1) // 2
            if not _worse(scores[at], rank[products[at]], scores[parent], rank[products[parent]]):
                break
            products[at], products[parent] = products[parent], products[at]
            scores[at], scores[parent] = scores[parent], scores[at]
            at = parent
        return size + 1
    if _worse(scores[0], rank[products[0]], score, rank[product]):
        products[0] = product
        scores[0] = score
        _sift_down(products, scores, rank, size)
    return size


@njit(nogil=True, cache=True)
def _finish(products, scores, rank, size):  # type: ignore[no-untyped-def]
    """Turn the heap into a list, best first, by taking the worst to the end again and again."""
    for last in range(size - 1, 0, -1):
        products[0], products[last] = products[last], products[0]
        scores[0], scores[last] = scores[last], scores[0]
        _sift_down(products, scores, rank, last)


@njit(nogil=True, cache=True)
def _dense(block, start, hide_ptr, hide, allowed, rank, products, scores):  # type: ignore[no-untyped-def]
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for i in range(block.shape[0]):
        row = start + i
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for p in range(block.shape[1]):
            score = block[i, p]
            if score > -np.inf and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, score)
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def _row_times_matrix(  # type: ignore[no-untyped-def]
    row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met
):
    """Add up one row of a @ b into `total`; returns how many places of `touched` it wrote."""
    count = 0
    for j in range(a_ptr[row], a_ptr[row + 1]):
        weight = np.float64(a_val[j])
        middle = a_idx[j]
        for m in range(b_ptr[middle], b_ptr[middle + 1]):
            p = b_idx[m]
            if met[p] != row:
                met[p] = row
                total[p] = 0.0
                touched[count] = p
                count += 1
            total[p] += weight * b_val[m]
    return count


@njit(nogil=True, cache=True)
def _product(  # type: ignore[no-untyped-def]
    start, stop, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, hide_ptr, hide, allowed, rank, products, scores
):
    total = np.zeros(len(rank), dtype=np.float64)
    touched = np.empty(len(rank), dtype=np.int32)
    met = np.full(len(rank), -1, dtype=np.int64)
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        count = _row_times_matrix(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met)
        size = 0
        for t in range(count):
            p = touched[t]
            if total[p] > 0 and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, np.float32(total[p]))
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    start, stop, ptr, idx, val, hide_ptr, hide, allowed, rank, products, scores
):
    hidden = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for j in range(ptr[row], ptr[row + 1]):
            p = idx[j]
            if val[j] > 0 and allowed[p] and hidden[p] != row:
                size = _offer(products[row], scores[row], rank, size, p, val[j])
        _finish(products[row], scores[row], rank, size)


@njit(nogil=True, cache=True)
def _order(start, stop, order, worth, hide_ptr, hide, width, products, scores):  # type: ignore[no-untyped-def]
    hidden = np.full(width, -1, dtype=np.int64)
    k = products.shape[1]
    for row in range(start, stop):
        for h in range(hide_ptr[row], hide_ptr[row + 1]):
            hidden[hide[h]] = row
        size = 0
        for j in range(len(order)):
            if size == k:
                break
            if hidden[order[j]] != row:
                products[row, size] = order[j]
                scores[row, size] = worth[j]
                size += 1


@njit(nogil=True, cache=True)
def _neighbours(  # type: ignore[no-untyped-def]
    start,
    stop,
    a_ptr,
    a_idx,
    a_val,
    b_ptr,
    b_idx,
    b_val,
    norms,
    form,
    shrink,
    keep_self,
    allowed,
    rank,
    products,
    scores,
):
    total = np.zeros(len(rank), dtype=np.float64)
    touched = np.empty(len(rank), dtype=np.int32)
    met = np.full(len(rank), -1, dtype=np.int64)
    for row in range(start, stop):
        count = _row_times_matrix(row, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, total, touched, met)
        size = 0
        for t in range(count):
            p = touched[t]
            dot = total[p]
            if (p == row and not keep_self) or dot <= 0 or not allowed[p]:
                continue
            below = 1.0
            if form == 0:
                below = norms[row] * norms[p] + shrink
            elif form == 2:
                below = norms[row] + norms[p] - dot + shrink
            elif shrink > 0:
                below = dot + shrink
            if below > 0:
                size = _offer(products[row], scores[row], rank, size, p, np.float32(dot / below))
        _finish(products[row], scores[row], rank, size)

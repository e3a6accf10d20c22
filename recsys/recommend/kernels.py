"""The one place that sorts scores: exact top-k under seen-masking, allowed products and tie-breaks.

A score block comes in one of five forms: dense (a function of a block of rows), factors (left @ right.T),
a product of two sparse matrices, sparse rows, or one order for everybody. Each row is ranked by score, then
by `Rules.rank`, in blocks of rows on several threads; memory is bounded by the blocks, never by
customers x products. Inside, products are named by their place in the order that breaks ties, and those that
are not allowed are left out, so that no loop looks at a rank or a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.core.parallel import over_blocks
from recsys.recommend.compiled import (
    finish_block,
    neighbours_block,
    order_block,
    product_block,
    rows_block,
    tile_block,
    weights_block,
)

Ranked = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Products (n, k) int32 padded with NOTHING, and their scores (n, k) float32 padded with NaN."""

DENSE_CELLS = 1 << 21  # scores in one dense block: 8 MB of float32
TILE = (1008, 512)  # rows and products of a block of factor scores: 2 MB of float32, which stays in the cache
EVEN = 48  # rows of factors come in multiples of this: BLAS rounds the rest of a block otherwise than a whole
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

    @cached_property
    def order(self) -> NDArray[np.int32]:
        """Allowed products, by rank: the product at each place."""
        order = np.argsort(self.rank).astype(np.int32)
        return order if self.allowed is None else order[self.allowed[order]]

    @cached_property
    def place(self) -> NDArray[np.int32]:
        """Where each product stands in `order`; len(order) for one that is not allowed. Shape (products,)."""
        place = np.full(self.products, len(self.order), dtype=np.int32)
        place[self.order] = np.arange(len(self.order), dtype=np.int32)
        return place

    def hides(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`hidden` as (indptr, indices)."""
        if self.hidden is None:
            return np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
        return self.hidden.indptr.astype(np.int64), self.hidden.indices.astype(np.int32, copy=False)

    def hidden_places(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """`hidden` of rows start..stop as (indptr, places), ascending in each row."""
        if self.hidden is None:
            return np.zeros(stop - start + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
        pointer = self.hidden.indptr[start : stop + 1].astype(np.int64)
        row = np.repeat(np.arange(stop - start, dtype=np.int64), np.diff(pointer))
        key = row * (len(self.order) + 1) + self.place[self.hidden.indices[pointer[0] : pointer[-1]]]
        key.sort()
        return pointer - pointer[0], (key % (len(self.order) + 1)).astype(np.int32)

    def places(self, n: int) -> Ranked:
        """Empty lists to rank into."""
        shape = (n, self.k)
        return np.full(shape, NOTHING, dtype=np.int32), np.full(shape, np.nan, dtype=np.float32)


def rank_dense(block: Callable[[int, int], NDArray[np.float32]], n: int, rules: Rules) -> Ranked:
    """Rank dense scores; block(start, stop) gives rows start..stop, (rows, products) float32.

    Scores of -inf or NaN are never recommended.
    """

    def tiles(start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        yield np.take(block(start, stop), rules.order, axis=1)

    return _rank_tiles(tiles, n, max(1, DENSE_CELLS // max(1, rules.products)), rules)


def rank_factors(left: NDArray[np.float32], right: NDArray[np.float32], rules: Rules) -> Ranked:
    """Rank left @ right.T; left: (n, factors), right: (products, factors).

    A NaN or -inf score is never recommended.
    """
    columns = np.ascontiguousarray(right[rules.order].T, dtype=np.float32)
    rows, width = TILE

    def tiles(start: int, stop: int) -> Iterator[NDArray[np.float32]]:
        people, n = left[start:stop], stop - start
        if n % EVEN:
            people = np.concatenate([people, np.zeros((-n % EVEN, left.shape[1]), dtype=people.dtype)])
        room = np.empty(len(people) * width, dtype=np.float32)
        for first in range(0, columns.shape[1], width):
            part = columns[:, first : first + width]
            tile = room[: len(people) * part.shape[1]].reshape(len(people), part.shape[1])
            yield np.matmul(people, part, out=tile)[:n]

    return _rank_tiles(tiles, len(left), rows, rules)


def rank_weights(
    left: sparse.csr_matrix,
    right: NDArray[np.float32],
    rules: Rules,
    codes: NDArray[np.int32] | None = None,
) -> Ranked:
    """Rank left @ right; left: n x m csr, right: (m, products) float32.

    codes: the product of each column of `right`, where it does not hold all of them; the others are never
    recommended. A NaN or -inf score is never recommended.
    """
    if codes is not None:
        mask = np.zeros(rules.products, dtype=bool)
        mask[codes] = True if rules.allowed is None else rules.allowed[codes]
        rules = replace(rules, allowed=mask)
    column = np.arange(rules.products, dtype=np.int32)
    if codes is not None:
        column[codes] = np.arange(len(codes), dtype=np.int32)
    n, rows, order = left.shape[0], _parts(left), rules.order
    products, scores = rules.places(n)
    pointer, hidden = rules.hidden_places(0, n)
    cursor, sizes = pointer[:-1].copy(), np.zeros(n, dtype=np.int64)
    state = pointer, hidden, cursor, sizes, products, scores
    for first in range(0, len(order), TILE[1]):
        weights = np.ascontiguousarray(right[:, column[order[first : first + TILE[1]]]])
        over_blocks(n, SPARSE_ROWS, partial(weights_block, rows, weights, first, state))
    over_blocks(n, TILE[0], lambda a, b: finish_block(sizes[a:b], order, products[a:b], scores[a:b]))
    return products, scores


def _rank_tiles(
    tiles: Callable[[int, int], Iterator[NDArray[np.float32]]], n: int, rows: int, rules: Rules
) -> Ranked:
    """Rank what tiles(start, stop) yields: the scores of these rows, place after place; overwritten here."""
    products, scores = rules.places(n)
    order = rules.order

    def work(start: int, stop: int) -> None:
        pointer, hidden = rules.hidden_places(start, stop)
        cursor, sizes = pointer[:-1].copy(), np.zeros(stop - start, dtype=np.int64)
        own = products[start:stop], scores[start:stop]
        first = 0
        for tile in tiles(start, stop):
            tile_block(tile, first, pointer, hidden, cursor, sizes, *own)
            first += tile.shape[1]
        finish_block(sizes, order, *own)

    over_blocks(n, rows, work)
    return products, scores


def rank_product(
    left: sparse.csr_matrix, right: sparse.csr_matrix, rules: Rules, *, largest: bool = False
) -> Ranked:
    """Rank left @ right row by row; left: n x m, right: m x products; only scores above 0.

    largest: a score is the largest left_ui * right_ij, in place of their sum over i.
    """
    n = left.shape[0]
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    order, place = rules.order, rules.place
    a, b = _parts(left), _placed(right, place)

    def work(start: int, stop: int) -> None:
        product_block(start, stop, *a, *b, largest, indptr, indices, place, order, products, scores)

    over_blocks(n, SPARSE_ROWS, work)
    return products, scores


def rank_rows(rows: sparse.csr_matrix, rules: Rules) -> Ranked:
    """Rank the entries of sparse rows (n x products); only scores above 0."""
    n = rows.shape[0]
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    order, place = rules.order, rules.place
    own = _parts(rows)

    def work(start: int, stop: int) -> None:
        rows_block(start, stop, *own, indptr, indices, place, order, products, scores)

    over_blocks(n, SPARSE_ROWS * 16, work)
    return products, scores


def rank_order(values: NDArray[np.float64], n: int, rules: Rules) -> Ranked:
    """The same scores (products,) for all n rows: walk one order; only scores above 0."""
    products, scores = rules.places(n)
    indptr, indices = rules.hides(n)
    usable = rules.order[values[rules.order] > 0]
    order = usable[np.argsort(-values[usable], kind="stable")]
    worth = values[order].astype(np.float32)

    def work(start: int, stop: int) -> None:
        order_block(start, stop, order, worth, indptr, indices, rules.products, products, scores)

    over_blocks(n, SPARSE_ROWS * 16, work)
    return products, scores


@dataclass(frozen=True, eq=False)
class Similarity:
    """How the dot product of two columns becomes their similarity.

    multiply: dot / (left_i * right_j + shrink), else dot / (left_i + right_j - overlap * dot + shrink).
    left, right: (products,) of the product whose neighbours are sought, and of the neighbour.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    shrink: float = 0.0
    multiply: bool = True
    overlap: float = 0.0


def neighbours(
    weighted: sparse.csr_matrix, similarity: Similarity, rules: Rules, keep_self: bool = False
) -> sparse.csr_matrix:
    """Each column's `rules.k` most similar columns of `weighted` (rows x n).

    Returns n x n csr, float32, row i = neighbours of i; only similarities above 0; i itself is none of them
    unless `keep_self`.
    """
    items = weighted.T.tocsr()
    n = items.shape[0]
    products, scores = rules.places(n)
    order, place = rules.order, rules.place
    a, b = _parts(items), _placed(weighted, place)
    form = (similarity.multiply, similarity.overlap, similarity.shrink)
    how = (similarity.left, similarity.right[order], *form, keep_self)

    def work(start: int, stop: int) -> None:
        neighbours_block(start, stop, *a, *b, *how, place, order, products, scores)

    over_blocks(n, 64, work)
    held = products != NOTHING
    indptr = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    matrix = sparse.csr_matrix((scores[held], products[held], indptr), shape=(n, n))
    matrix.sort_indices()
    return matrix


def warm() -> None:
    """Load or compile every loop once, so that the first recommender does not pay for it."""
    one = sparse.csr_matrix(np.ones((1, 1), dtype=np.float32))
    rules = Rules(1, one, None, np.zeros(1, dtype=np.int32))
    rank_factors(np.ones((1, 1), dtype=np.float32), np.ones((1, 1), dtype=np.float32), rules)
    rank_product(one, one, rules)
    rank_rows(one, rules)
    rank_order(np.ones(1), 1, rules)
    neighbours(one, Similarity(np.ones(1), np.ones(1)), rules)


Parts = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]


def _parts(matrix: sparse.csr_matrix) -> Parts:
    return (
        matrix.indptr.astype(np.int64, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data.astype(np.float32, copy=False),
    )


def _placed(matrix: sparse.csr_matrix, place: NDArray[np.int32]) -> Parts:
    """The parts with columns named by their place."""
    indptr, indices, data = _parts(matrix)
    return indptr, place[indices], data

"""Which product goes with which: bought together, similar, complementary, dearer alternatives.

bought together  on the same invoices more often than by chance, by leverage (see association.py)
similar          by the cosine of the descriptions' TF-IDF vectors
complementary    on the same invoice or on the customer's next one more often than by chance, by the sum of
                 both leverages, and neither of one family nor alike in words (cosine below ALIKE)
dearer           the same kind of thing at a higher price, within a band: of one family or, for a product of
                 none, alike in words (cosine of at least ALIKE); by the cosine
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.parallel import over_blocks
from recsys.core.topk import TopK
from recsys.recommend.base import Shelf
from recsys.recommend.baskets import Baskets
from recsys.recommend.kernels import Rules, rank_rows
from recsys.recommend.texts import learn_words, texts_of

Kept = Callable[[NDArray[np.int32], sparse.csr_matrix], sparse.csr_matrix]
"""Of the product behind each entry of a block of cosines, and the block: the block with some entries at 0."""

ALIKE = 0.3  # cosine from which two descriptions are taken to name the same kind of thing
BLOCK = 256  # products counted or compared at once
ENTRIES = 1 << 20  # pairs whose descriptions are compared at once
MAX_SHARE = 0.5  # words of more products than this tell nothing apart


@dataclass(frozen=True, eq=False)
class Pairs:
    """Lists of products for products; in each TopK `customers` are the products that the lists are for.

    allowed: (products,) mask, of both sides; None for all. family: (products,), NOTHING for one of none.
    least: events (an invoice, or one and the next) that must hold both.
    """

    known: Known
    k: int
    least: int
    allowed: NDArray[np.bool_] | None
    family: NDArray[np.int32]

    def together(self) -> TopK:
        """Bought together; the score is the leverage."""
        return self._ranked(self._same)

    def complementary(self) -> TopK:
        """What completes a product; the score is the sum of the leverages."""
        both = (self._same + self._next).tocsr()
        row = np.repeat(np.arange(both.shape[0]), np.diff(both.indptr))
        other = both.indices
        akin = (self.family[row] != NOTHING) & (self.family[row] == self.family[other])
        for start in range(0, both.nnz, ENTRIES):
            at = slice(start, start + ENTRIES)
            cosine = self._words[row[at]].multiply(self._words[other[at]]).sum(axis=1)
            akin[at] |= np.asarray(cosine).ravel() >= ALIKE
        both.data[akin] = 0.0
        return self._ranked(both)

    def similar(self) -> TopK:
        """Described alike; the score is the cosine."""
        return self._by_words(lambda first, cosine: cosine)

    def dearer(self, band: tuple[float, float]) -> TopK:
        """The same kind of thing at band[0] to band[1] times the price; the score is the cosine."""
        price = self.known.catalogue["price"].to_numpy(dtype=np.float64)

        def within(first: NDArray[np.int32], cosine: sparse.csr_matrix) -> sparse.csr_matrix:
            times = price[cosine.indices] / np.where(price[first] > 0, price[first], np.nan)
            own, other = self.family[first], self.family[cosine.indices]
            same = np.where(own == NOTHING, cosine.data >= ALIKE, own == other)
            kept = same & (times >= band[0]) & (times <= band[1])
            cosine.data[~kept] = 0.0
            return cosine

        return self._by_words(within)

    @cached_property
    def events(self) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """Invoices with the same customer's next one: (events x products) before, and after."""
        baskets = Baskets.of(self.known.history)
        first = np.flatnonzero(baskets.later > 0)  # a customer's invoices stand together, oldest first
        return baskets.held[first], baskets.held[first + 1]

    def joint(self, lists: TopK) -> NDArray[np.int64]:
        """Invoices that hold both products, for each place of lists; 0 where padded. Shape (n, k)."""
        row, place = np.nonzero(lists.products != NOTHING)
        found = np.zeros(lists.products.shape, dtype=np.int64)
        by_product = sparse.csr_matrix(self._held.T)
        for start in range(0, len(row), ENTRIES):
            at = slice(start, start + ENTRIES)
            left = by_product[lists.customers[row[at]]]
            both = left.multiply(by_product[lists.products[row[at], place[at]]]).sum(axis=1)
            found[row[at], place[at]] = np.asarray(both).ravel()
        return found

    @cached_property
    def _held(self) -> sparse.csr_matrix:
        return Baskets.of(self.known.history).held

    @cached_property
    def _same(self) -> sparse.csr_matrix:
        return leverages(self._held, self._held, self.least)

    @cached_property
    def _next(self) -> sparse.csr_matrix:
        return leverages(*self.events, self.least)

    @cached_property
    def _words(self) -> sparse.csr_matrix:
        texts = texts_of(self.known.catalogue, attributes=False, as_words=True)
        return sparse.csr_matrix(learn_words(texts, MAX_SHARE)[0])

    @cached_property
    def _products(self) -> NDArray[np.int32]:
        """Whom the lists are for."""
        every = np.arange(len(self.known.catalogue), dtype=np.int32)
        return every if self.allowed is None else every[self.allowed]

    def _rules(self) -> Rules:
        return Rules(self.k, None, self.allowed, Shelf.of(self.known).rank)

    def _ranked(self, worth: sparse.csr_matrix) -> TopK:
        rows = sparse.csr_matrix(worth[self._products], dtype=np.float32)
        return TopK(self._products, *rank_rows(rows, self._rules()))

    def _by_words(self, kept: Kept) -> TopK:
        """The best by cosine of what `kept` leaves, block by block."""
        words, across = self._words, sparse.csr_matrix(self._words.T)
        whole, rules = TopK.empty(self._products, self.k), self._rules()
        for start, codes in self._blocks():
            cosine = sparse.csr_matrix(words[codes] @ across)
            row = np.repeat(np.arange(len(codes)), np.diff(cosine.indptr))
            cosine.data[cosine.indices == codes[row]] = 0.0
            part = rank_rows(sparse.csr_matrix(kept(codes[row], cosine), dtype=np.float32), rules)
            whole.products[start : start + len(codes)], whole.scores[start : start + len(codes)] = part
        return whole

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.int32]]]:
        for start in range(0, len(self._products), BLOCK):
            yield start, self._products[start : start + BLOCK]


def leverages(before: sparse.csr_matrix, after: sparse.csr_matrix, least: int) -> sparse.csr_matrix:
    """Products x products: n_ij / N - n_i n_j / N^2 where it is above 0 and n_ij at least `least`.

    before, after: N events x products, 1 where the event holds the product; n_ij: events with i before and j
    after. No product goes with itself.
    """
    events, products = before.shape
    of_first = np.bincount(before.indices, minlength=products).astype(np.float64)
    of_second = np.bincount(after.indices, minlength=products).astype(np.float64)
    usual = np.flatnonzero(of_first >= least)
    left = sparse.csr_matrix(before[:, usual].T)
    found: dict[int, tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]] = {}

    def work(start: int, stop: int) -> None:
        joint = sparse.coo_matrix(left[start:stop] @ after)
        i, j, both = usual[joint.row + start], joint.col, joint.data.astype(np.float64)
        worth = both / events - of_first[i] * of_second[j] / float(events) ** 2
        kept = (i != j) & (both >= least) & (worth > 0)
        found[start] = (worth[kept], i[kept], j[kept])

    over_blocks(len(usual), BLOCK, work)
    if not found:
        return sparse.csr_matrix((products, products))
    worth, first, second = map(np.concatenate, zip(*(found[start] for start in sorted(found)), strict=True))
    return sparse.csr_matrix((worth, (first, second)), shape=(products, products))

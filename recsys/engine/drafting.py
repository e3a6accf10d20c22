"""Lists under the rules of an export: few of a family, dearer ones first, room in only so many lists.

Rules that strike products out need longer lists to choose from; where these do not last, longer ones yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.core.errors import ConfigError
from recsys.core.fold import Known, Target
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted
from recsys.core.topk import TopK
from recsys.engine.serve import Server
from recsys.engine.spec import Export
from recsys.export.capacity import share_out
from recsys.export.rules import dearer_first, few_of_a_family, first_kept, kept, price_places
from recsys.segment.families import family_of, learn_families

BLOCK = 20_000  # customers ranked at a time
POOL = 5  # times k: among so many of the most relevant products price_weight chooses
SPARE = 2  # times k: the length of lists that a capacity is shared out from


@dataclass(frozen=True, eq=False)
class ListRules:
    """k: places. worth: (products,) places of the prices, where price_weight is above 0. family: (products,).

    most: products of one family in a list; None: any number.
    """

    k: int
    price_weight: float = 0.0
    worth: NDArray[np.float64] | None = None
    most: int | None = None
    family: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, wanted: Export, k: int, known: Known) -> ListRules:
        """The rules of a config at a state of knowledge. Raises ConfigError where the log lacks the means."""
        worth = family = None
        if wanted.price_weight:
            if not known.history.priced:
                raise ConfigError(
                    f"export.price_weight is {wanted.price_weight:g}, but the log has no prices: expected a "
                    "price column; map source.columns.price or set price_weight: 0"
                )
            worth = price_places(known.catalogue["price"].to_numpy(dtype=np.float64))
        if wanted.max_per_family is not None:
            if not known.described():
                raise ConfigError(
                    f"export.max_per_family is {wanted.max_per_family}, but products have no descriptions to "
                    "read families off: expected a description column; map source.columns.description"
                )
            family = families(known)
        return cls(k, wanted.price_weight, worth, wanted.max_per_family, family)

    @property
    def chooses(self) -> bool:
        """Whether more products than are served have to be looked at."""
        return self.worth is not None or self.family is not None

    def applied(self, lists: TopK) -> TopK:
        """The lists in the order that the rules give them, without what they strike out."""
        if self.worth is not None:
            lists = dearer_first(lists, self.worth, self.price_weight, POOL * self.k)
        if self.family is not None and self.most is not None:
            lists = few_of_a_family(lists, self.family, self.most)
        return lists


def families(known: Known) -> NDArray[np.int32]:
    """Each product's family, by the word its description ends with; NOTHING for one of none."""
    texts = known.catalogue["description"].tolist()
    words = learn_families(texts, len(texts))
    found = family_of(texts, words)
    return np.where(found == len(words), NOTHING, found).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Drafter:
    """Makes lists of `rules.k` places for customers, under the server's rules on products and `rules`."""

    server: Server
    rules: ListRules
    target: Target

    def lists(
        self,
        fitted: Fitted,
        customers: NDArray[np.int32],
        width: int | None = None,
        among: NDArray[np.bool_] | None = None,
    ) -> TopK:
        """The lists of a block of customers. width: places, by default k. among: (products,), if given."""
        width = width or self.rules.k
        if not self.rules.chooses:
            return self._filled(fitted, customers, width, among)
        depth = max(2 * width, POOL * self.rules.k)
        found = TopK.empty(customers, width)
        rows = np.arange(len(customers))
        while len(rows):
            deep = self._filled(fitted, customers[rows], depth, among)
            ruled = self.rules.applied(deep)
            part = ruled.head(width)
            found.products[rows], found.scores[rows] = part.products, part.scores
            rows = rows[(part.lengths < width) & (deep.lengths == depth)]
            depth *= 2
        return found

    def shared(
        self,
        groups: Sequence[tuple[Fitted, NDArray[np.int32]]],
        most: int,
        lot: NDArray[np.uint64],
        done: Callable[[], None] = lambda: None,
    ) -> list[TopK]:
        """The lists of each group (recommender, customers), no product in more than `most` of all of them.

        Shared out from longer lists; whoever ends short is asked again for products that still have room,
        as long as that adds any. lot: of all these customers in order. done: called when a block is ranked.
        """
        k, products = self.rules.k, len(self.server.known.catalogue)
        starts = np.cumsum([0, *(len(customers) for _, customers in groups)])
        wide = self._wide(groups, done=done)
        held = share_out(wide.products, np.full(len(wide), k), np.full(products, most), lot)
        every = first_kept(wide, held, k)
        del wide, held
        while True:
            room = most - np.bincount(every.products[every.products != NOTHING], minlength=products)
            short = np.flatnonzero(every.lengths < k)
            if not len(short) or not (room > 0).any():
                break
            cuts = np.searchsorted(short, starts)
            parts = [
                (fitted, customers[short[a:b] - start])
                for (fitted, customers), start, a, b in zip(
                    groups, starts[:-1], cuts[:-1], cuts[1:], strict=True
                )
            ]
            longer = self._joined(every, short, self._wide(parts, room > 0))
            got = self._shared_again(every, short, longer, room, lot)
            if not got.any():
                break
            added = first_kept(longer, got, k)
            every.products[short], every.scores[short] = added.products, added.scores
        return [
            TopK(customers, every.products[a:b], every.scores[a:b])
            for (_, customers), a, b in zip(groups, starts[:-1], starts[1:], strict=True)
        ]

    def _wide(
        self,
        groups: Sequence[tuple[Fitted, NDArray[np.int32]]],
        among: NDArray[np.bool_] | None = None,
        done: Callable[[], None] = lambda: None,
    ) -> TopK:
        """The lists of all groups, one under another, SPARE times as long; ranked block by block."""
        codes = [np.empty(0, dtype=np.int32), *(customers for _, customers in groups)]
        found, row = TopK.empty(np.concatenate(codes), SPARE * self.rules.k), 0
        for fitted, customers in groups:
            for at in range(0, len(customers), BLOCK):
                part = self.lists(fitted, customers[at : at + BLOCK], found.k, among)
                rows = slice(row, row := row + len(part))
                found.products[rows], found.scores[rows] = part.products, part.scores
                done()
        return found

    def _joined(self, every: TopK, rows: NDArray[np.intp], more: TopK) -> TopK:
        """What these rows hold, in its places, then what they lack and could add under the rules."""
        found = TopK.empty(more.customers, every.k + more.k)
        for at in range(0, len(rows), BLOCK):
            block = slice(at, at + BLOCK)
            held = TopK(more.customers[block], every.products[rows[block]], every.scores[rows[block]])
            part = TopK(held.customers, more.products[block], more.scores[block])
            fresh = ~(part.products[:, :, None] == held.products[:, None, :]).any(2)
            added = kept(part, fresh & (part.products != NOTHING))
            found.products[block] = np.hstack([held.products, added.products])
            found.scores[block] = np.hstack([held.scores, added.scores])
            if self.rules.family is not None and self.rules.most is not None:
                both = TopK(held.customers, found.products[block], found.scores[block])
                few = few_of_a_family(both, self.rules.family, self.rules.most)
                found.products[block], found.scores[block] = few.products, few.scores
        return found

    def _shared_again(
        self,
        every: TopK,
        short: NDArray[np.intp],
        longer: TopK,
        room: NDArray[np.int64],
        lot: NDArray[np.uint64],
    ) -> NDArray[np.bool_]:
        """Which places of the longer lists the short ones have then, beside those they had; none: no more."""
        theirs = np.zeros(longer.products.shape, dtype=bool)
        theirs[:, : every.k] = every.products[short] != NOTHING
        asked = np.where(theirs, NOTHING, longer.products)
        got = share_out(asked, every.k - every.lengths[short], room, lot[short])
        return got | theirs if got.any() else got

    def _filled(
        self, fitted: Fitted, customers: NDArray[np.int32], k: int, among: NDArray[np.bool_] | None
    ) -> TopK:
        own = self.server.own(fitted, customers, k, self.target, among)
        return self.server.filled(own, self.target, among)

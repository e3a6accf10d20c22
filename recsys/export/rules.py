"""Rules on ranked lists that look at a whole list: dearer products first, few of a family.

All work on blocks of lists at once and leave the order alone where the rule says nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.core.topk import TopK

ROWS = 1 << 15


def price_places(price: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each price's place among all, from 0 (the lowest) to 1 (the highest); 0 where it is unknown.

    Places, not prices: one product at a thousand times the usual price would outweigh everything.
    """
    place = np.zeros(len(price))
    known = np.flatnonzero(~np.isnan(price))
    _, of, count = np.unique(price[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2  # equal prices share the mean of their places
    place[known] = middle[of] / max(len(known) - 1, 1)
    return place


def dearer_first(lists: TopK, worth: NDArray[np.float64], weight: float, pool: int) -> TopK:
    """The first `pool` places ordered by (1 - weight) * relevance + weight * worth.

    worth: (products,) from 0 to 1. relevance: a product's score from 0 (the last of the pool) to 1 (the
    first). Places without a score stay behind those that have one; ties stay in order.
    """
    if not weight:
        return lists
    products, scores = lists.products[:, :pool], lists.scores[:, :pool].astype(np.float64)
    ranked = ~np.isnan(scores)
    first = np.max(np.where(ranked, scores, -np.inf), axis=1, keepdims=True)
    last = np.min(np.where(ranked, scores, np.inf), axis=1, keepdims=True)
    span = np.where(first > last, first - last, 1.0)
    relevance = np.where(first > last, (scores - last) / span, 1.0)
    value = np.where(ranked, (1 - weight) * relevance + weight * worth[products], -1.0)
    order = np.argsort(-value, axis=1, kind="stable")
    order = (
        np.hstack([order, np.tile(np.arange(pool, lists.k), (len(lists), 1))]) if pool < lists.k else order
    )
    return _ordered(lists, order)


def few_of_a_family(lists: TopK, family: NDArray[np.int32], most: int) -> TopK:
    """Lists with at most `most` products of each family, the best ones; what comes after moves up.

    family: (products,), NOTHING for a product of none, of which any number may stay.
    """
    own = np.where(lists.products == NOTHING, NOTHING, family[lists.products])
    return kept(lists, (own == NOTHING) | (_nth_of_its_kind(own) < most))


def kept(lists: TopK, keep: NDArray[np.bool_]) -> TopK:
    """Lists without some places, (n, k); what comes after moves up."""
    keep = keep & (lists.products != NOTHING)
    order = np.argsort(~keep, axis=1, kind="stable")
    found = _ordered(lists, order)
    gone = ~np.take_along_axis(keep, order, axis=1)
    found.products[gone], found.scores[gone] = NOTHING, np.nan
    return found


def first_kept(lists: TopK, keep: NDArray[np.bool_], k: int) -> TopK:
    """The first k places of `kept`, made a part of the rows at a time."""
    found = TopK.empty(lists.customers, k)
    for at in range(0, len(lists), ROWS):
        rows = slice(at, at + ROWS)
        part = kept(TopK(lists.customers[rows], lists.products[rows], lists.scores[rows]), keep[rows])
        found.products[rows], found.scores[rows] = part.products[:, :k], part.scores[:, :k]
    return found


def _nth_of_its_kind(kinds: NDArray[np.int32]) -> NDArray[np.intp]:
    """How many equal values stand before each one in its row. Shape as given."""
    order = np.argsort(kinds, axis=1, kind="stable")
    found = np.take_along_axis(kinds, order, axis=1)
    place = np.broadcast_to(np.arange(kinds.shape[1]), kinds.shape)
    first = np.ones(kinds.shape, dtype=bool)
    first[:, 1:] = found[:, 1:] != found[:, :-1]
    start = np.maximum.accumulate(np.where(first, place, 0), axis=1)
    nth = np.empty(kinds.shape, dtype=np.intp)
    np.put_along_axis(nth, order, place - start, axis=1)
    return nth


def _ordered(lists: TopK, order: NDArray[np.intp]) -> TopK:
    """The lists with their places in another order; new arrays."""
    products = np.take_along_axis(lists.products, order, axis=1)
    return TopK(lists.customers, products, np.take_along_axis(lists.scores, order, axis=1))

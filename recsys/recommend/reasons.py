"""From a model's own sums to the reason for each listed product.

A linear model's score is a sum over what the customer bought; the greatest addend is its reason, as in
Bilgic, Mooney, "Explaining recommendations: satisfaction vs. promotion", 2005 (influence). Hu, Koren,
Volinsky, 2008, section 5, show that the same holds of ALS. A model made of others is explained by the part
that has the product highest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.core.parallel import over_blocks
from recsys.core.protocols import Explains, Fitted, Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.compiled_reasons import best_dense, best_direction

ROWS = 1 << 10
LEAST = 0.5
"""Share of a score from which what lies along one product of the customer's own is its reason."""


def parts_of(matrix: sparse.csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """A matrix as compiled loops take it."""
    return matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data


def strongest(
    lists: TopK, own: sparse.csr_matrix, kind: Why, search: Callable[..., None], *given: Any
) -> Reasons:
    """What adds most to each listed product, found by search(start, stop, lists, own rows, *given, found).

    own: customers x products. Where a product speaks most for itself, the customer's own buying does.
    """
    found = np.full(lists.products.shape, NOTHING, dtype=np.int32)
    rows = np.flatnonzero(lists.customers != NOTHING)
    listed, of_rows = lists.products[rows], np.full((len(rows), lists.k), NOTHING, dtype=np.int32)
    mine = parts_of(own[lists.customers[rows]])
    over_blocks(len(rows), ROWS, lambda a, b: search(a, b, listed, mine, *given, of_rows))
    found[rows] = of_rows
    kinds = np.where(found == NOTHING, Why.NONE, np.where(found == lists.products, Why.OWN, kind))
    found[kinds == Why.OWN] = NOTHING
    return Reasons(kinds.astype(np.int8), found, np.full(found.shape, np.nan, dtype=np.float32))


def strongest_weight(
    lists: TopK, own: sparse.csr_matrix, weights: NDArray[np.float32], products: NDArray[np.int32]
) -> Reasons:
    """Of scores own[:, products] @ weights: the own product that adds most. weights: a row for each of
    `products` first, and a column for each.
    """
    position = np.full(own.shape[1], NOTHING, dtype=np.int64)
    position[products] = np.arange(len(products))
    return strongest(lists, own, Why.WITH, best_dense, weights, position)


def along_own(
    lists: TopK,
    own: sparse.csr_matrix,
    people: NDArray[np.float32],
    vectors: NDArray[np.float32],
) -> Reasons:
    """Of scores people @ vectors.T, where a person is no sum over products: what points the same way.

    The part of the score that lies along the vector of an own product i, (person . i)(i . j) / (i . i), is
    what person and product share with i. The greatest is told where it is at least `LEAST` of the score; of a
    score that is not above 0 nothing is, since then it was no taste that put the product in the list.
    own: customers x products. people: (customers, f). vectors: (products, f), NaN for one that is unknown.
    """
    asked = np.ascontiguousarray(people[lists.customers[lists.customers != NOTHING]])
    return strongest(lists, own, Why.NEAR, best_direction, asked, np.ascontiguousarray(vectors), LEAST)


def bought_of(lists: TopK, own: sparse.csr_matrix) -> NDArray[np.bool_]:
    """Where a list holds what its customer has in `own`, customers x products. Shape (n, k)."""
    row, place = np.nonzero((lists.products != NOTHING) & (lists.customers != NOTHING)[:, None])
    found = np.zeros(lists.products.shape, dtype=bool)
    if len(row):
        customers, products = lists.customers[row], lists.products[row, place]
        found[row, place] = np.asarray(own[customers, products]).ravel() > 0
    return found


def own_or_alike(lists: TopK, own: sparse.csr_matrix, mix: sparse.csr_matrix) -> Reasons:
    """Of scores mix @ own: the customer's own part of the score if it is at least half, else the others'.

    own: customers x products. mix: customers x customers.
    """
    row, place = np.nonzero((lists.products != NOTHING) & (lists.customers != NOTHING)[:, None])
    customers, products = lists.customers[row], lists.products[row, place]
    found = Reasons.none(lists.products.shape)
    if len(row):
        mine = mix.diagonal()[customers] * np.asarray(own[customers, products]).ravel()
        score = lists.scores[row, place]
        found.kinds[row, place] = np.where((mine > 0) & (2 * mine >= score), Why.OWN, Why.ALIKE)
    return found


def explained(
    fitted: Fitted, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
) -> Reasons:
    """What a recommender says of these lists; nothing where it has no words."""
    if not hasattr(fitted, "explain"):
        return Reasons.none(lists.products.shape)
    return cast(Explains, fitted).explain(lists, seen=seen, allowed=allowed)


def masked(lists: TopK, where: NDArray[np.bool_]) -> TopK:
    """The lists with gaps wherever the mask (n, k) does not hold."""
    products = np.where(where, lists.products, NOTHING).astype(np.int32)
    return TopK(lists.customers, products, np.where(where, lists.scores, np.nan).astype(np.float32))


def by_highest_part(
    lists: TopK,
    parts: Sequence[Fitted],
    worth: Sequence[NDArray[np.floating]],
    *,
    seen: Seen,
    allowed: NDArray[np.bool_] | None,
) -> Reasons:
    """Each product explained by the part that has it highest; where that has no words, by the next.

    worth: for each part (n, k), the more the higher; 0 where it does not have the product.
    """
    order = np.argsort(-np.stack(worth), axis=0, kind="stable")
    found = Reasons.none(lists.products.shape)
    for turn in range(len(parts)):
        for at, part in enumerate(parts):
            where = (order[turn] == at) & (worth[at] > 0) & (found.kinds == Why.NONE)
            if where.any():
                said = explained(part, masked(lists, where), seen=seen, allowed=allowed)
                found = found.elsewhere(said)
    return found


def worth_in(lists: TopK, others: TopK, worth: NDArray[np.floating]) -> NDArray[np.float64]:
    """What each listed product is worth in another list of the same customer; 0 where it is not in it.

    worth: (n, width), of the places of `others`.
    """
    products = int(max(lists.products.max(initial=0), others.products.max(initial=0))) + 1
    row, place = np.nonzero(others.products != NOTHING)
    key = row.astype(np.int64) * products + others.products[row, place]
    order = np.argsort(key)
    at_row, at_place = np.nonzero(lists.products != NOTHING)
    wanted = at_row.astype(np.int64) * products + lists.products[at_row, at_place]
    found = np.zeros(lists.products.shape)
    if len(key):
        near = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
        hit = key[near] == wanted
        found[at_row[hit], at_place[hit]] = worth[row[near[hit]], place[near[hit]]]
    return found

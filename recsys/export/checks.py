"""What must hold of lists before anything is sent; a failed check is an error of a recommender, not a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.errors import RunError
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK


def check_lists(
    lists: TopK,
    names: NDArray[np.object_],
    *,
    allowed: NDArray[np.bool_] | None = None,
    bought: sparse.csr_matrix | None = None,
) -> None:
    """No product twice in a list, none that is not allowed, none bought before. Raises RunError.

    names: (products,) external ids. allowed: (products,), None for all. bought: customers x products that
    lists must not hold, where they are not to.
    """
    held = lists.products != NOTHING
    ordered = np.sort(lists.products, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NOTHING)
    _refuse(twice.any(axis=1), lists, "a product twice", "each product once")
    if allowed is not None:
        wrong = held & ~allowed[lists.products]
        product = names[lists.products[wrong][0]] if wrong.any() else ""
        _refuse(wrong.any(axis=1), lists, f"product {product!r}", "only products that `candidates` allow")
    if bought is not None:
        row, place = np.nonzero(held & (lists.customers != NOTHING)[:, None])
        before = np.zeros(held.shape, dtype=bool)
        if len(row):
            customers, products = lists.customers[row], lists.products[row, place]
            before[row, place] = np.asarray(bought[customers, products]).ravel() > 0
        _refuse(before.any(axis=1), lists, "a product bought before", "none of those for target 'new'")


def check_capacity(count: NDArray[np.int64], most: int, names: NDArray[np.object_]) -> None:
    """No product stands in more than `most` lists; count: (products,). Raises RunError."""
    over = np.flatnonzero(count > most)
    if len(over):
        raise RunError(
            f"product {names[over[0]]!r} stands in {count[over[0]]:,} lists: expected at most {most:,} "
            "(export.max_lists); nothing was written"
        )


def check_everyone(
    served: NDArray[np.int32], left_out: NDArray[np.int32], everyone: int, blocked: NDArray[np.bool_]
) -> None:
    """Each customer is either served or left out, once, and nobody blocked is served. Raises RunError."""
    count = np.bincount(served, minlength=everyone) + np.bincount(left_out, minlength=everyone)
    if (count != 1).any():
        raise RunError(
            f"{(count > 1).sum():,} customers are in the files twice and {(count == 0).sum():,} in none: "
            "expected each once; nothing was written"
        )
    if blocked[served].any():
        raise RunError(
            f"{blocked[served].sum():,} blocked customers have a list: expected none of "
            "export.blocked_customers; nothing was written"
        )


def _refuse(wrong: Any, lists: TopK, found: str, expected: str) -> None:
    if np.any(wrong):
        raise RunError(
            f"{np.sum(wrong):,} of {len(lists):,} lists hold {found}: expected {expected}; nothing was "
            "written, and the recommender that made them needs mending"
        )

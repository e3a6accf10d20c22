"""Lists and truths written out, as what metrics read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from recsys.core.fold import Target, Truth
from recsys.core.ids import NOTHING
from recsys.core.judged import Judged
from recsys.core.topk import TopK
from recsys.measure.context import Context
from recsys.measure.judge import judge

PRODUCTS = 40


def judged(
    lists: Sequence[Sequence[int]],
    truths: Sequence[Sequence[int]],
    *,
    k: int | None = None,
    spend: Sequence[dict[int, float]] | None = None,
    units: Sequence[dict[int, float]] | None = None,
    products: int = PRODUCTS,
    before: Sequence[Sequence[int]] | None = None,
    context: Context | None = None,
    customers: Sequence[int] | None = None,
) -> Judged:
    """Row i: a list (short ones are padded to k places) beside a truth; spend and units 1 where not given.

    before: what each customer code had bought, where that is to be known; or all of the context. customers:
    the code of each row; i where not given.
    """
    places = max(map(len, lists), default=1) if k is None else k
    padded = [[*shown, *[NOTHING] * (places - len(shown))] for shown in lists]
    shown = np.array(padded, dtype=np.int32).reshape(len(lists), places)
    paid = spend or [dict.fromkeys(truth, 1.0) for truth in truths]
    bought, worth = np.zeros((len(truths), products)), np.zeros((len(truths), products))
    for row, truth in enumerate(truths):
        bought[row, list(truth)] = 1.0
        for product, amount in paid[row].items():
            worth[row, product] = amount
    codes = np.arange(len(lists), dtype=np.int32) if customers is None else np.array(customers, np.int32)
    names = np.array([f"c{i}" for i in codes], dtype=object)
    kept = None if units is None else bought.copy()
    for row, told in enumerate(units or ()):
        for product, number in told.items():
            kept[row, product] = number  # type: ignore[index]
    truth = Truth(
        *(Target.ANY, codes, sparse.csr_matrix(bought), sparse.csr_matrix(worth), names),
        units=None if kept is None else sparse.csr_matrix(kept),
    )
    context = known(before, products) if before is not None else context
    return judge(TopK(codes, shown, np.zeros(shown.shape, np.float32)), truth, context)


def known(before: Sequence[Sequence[int]], products: int = PRODUCTS, **told: Any) -> Context:
    """What customers had bought, and whatever else is told: an array has an entry per product or customer."""
    rows = matrix(before, products)
    buyers = np.bincount(rows.indices, minlength=products)
    plain = {
        "share": buyers / max(len(before), 1),
        "own_share": np.full(len(before), np.nan),
        "price": np.full(products, np.nan),
        "own_price": np.full(len(before), np.nan),
        "cost": np.full(products, np.nan),
    }
    arrays = {name: np.append(told.pop(name, values), np.nan) for name, values in plain.items()}
    return Context(rows, **arrays, **told)


def matrix(rows: Sequence[Sequence[int]], columns: int) -> sparse.csr_matrix:
    """1 at each column that a row names."""
    held = np.zeros((len(rows), columns))
    for at, row in enumerate(rows):
        held[at, list(row)] = 1.0
    return sparse.csr_matrix(held)


def random_cases(seed: int, n: int = 150, k: int = 12) -> tuple[list[list[int]], list[list[int]]]:
    """Lists of 0 to k products, truths of 1 to 20: hits at any rank, none at all, all of them."""
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(PRODUCTS)[: rng.integers(k + 1)].tolist() for _ in range(n)]
    truths = [rng.permutation(PRODUCTS)[: rng.integers(1, 21)].tolist() for _ in range(n)]
    return lists, truths

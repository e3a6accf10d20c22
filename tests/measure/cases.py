"""Lists and truths written out, as what metrics read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from recsys.core.fold import Target, Truth
from recsys.core.ids import NOTHING
from recsys.core.judged import Judged
from recsys.core.topk import TopK
from recsys.measure.judge import judge

PRODUCTS = 40


def judged(
    lists: Sequence[Sequence[int]],
    truths: Sequence[Sequence[int]],
    *,
    k: int | None = None,
    spend: Sequence[dict[int, float]] | None = None,
    products: int = PRODUCTS,
) -> Judged:
    """Row i: a list (short ones are padded to k places) beside a truth; spend 1 each where not given."""
    places = max(map(len, lists), default=1) if k is None else k
    padded = [[*shown, *[NOTHING] * (places - len(shown))] for shown in lists]
    shown = np.array(padded, dtype=np.int32).reshape(len(lists), places)
    paid = spend or [dict.fromkeys(truth, 1.0) for truth in truths]
    bought, worth = np.zeros((len(truths), products)), np.zeros((len(truths), products))
    for row, truth in enumerate(truths):
        bought[row, list(truth)] = 1.0
        for product, amount in paid[row].items():
            worth[row, product] = amount
    customers = np.arange(len(lists), dtype=np.int32)
    names = np.array([f"c{i}" for i in customers], dtype=object)
    truth = Truth(Target.ANY, customers, sparse.csr_matrix(bought), sparse.csr_matrix(worth), names)
    return judge(TopK(customers, shown, np.zeros(shown.shape, np.float32)), truth)


def random_cases(seed: int, n: int = 150, k: int = 12) -> tuple[list[list[int]], list[list[int]]]:
    """Lists of 0 to k products, truths of 1 to 20: hits at any rank, none at all, all of them."""
    rng = np.random.default_rng(seed)
    lists = [rng.permutation(PRODUCTS)[: rng.integers(k + 1)].tolist() for _ in range(n)]
    truths = [rng.permutation(PRODUCTS)[: rng.integers(1, 21)].tolist() for _ in range(n)]
    return lists, truths

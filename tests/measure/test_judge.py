"""Lists laid over the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys.core.fold import Target, Truth
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.measure.judge import judge


def truth(bought: list[list[int]], spend: list[list[float]] | None = None) -> Truth:
    """Rows of 0 and 1 per product; spend is 2 each where not given."""
    held = sparse.csr_matrix(np.array(bought, dtype=np.float64))
    paid = held * 2.0 if spend is None else sparse.csr_matrix(np.array(spend))
    n = held.shape[0]
    return Truth(Target.ANY, np.arange(n, dtype=np.int32), held, paid, np.array([f"c{i}" for i in range(n)]))


def lists(rows: list[list[int]]) -> TopK:
    products = np.array(rows, dtype=np.int32)
    return TopK(np.arange(len(rows), dtype=np.int32), products, np.zeros(products.shape, np.float32))


def test_hits_are_where_the_product_is_in_the_truth_of_that_row() -> None:
    judged = judge(lists([[2, 0], [2, 0]]), truth([[1, 1, 0], [0, 0, 1]]))
    assert judged.hits.tolist() == [[False, True], [True, False]]
    assert judged.hit_spend.tolist() == [[0.0, 2.0], [2.0, 0.0]]
    assert judged.truth_sizes.tolist() == [2, 1]
    assert judged.truth_spend.tolist() == [4.0, 2.0]
    assert judged.catalogue == 3


def test_padding_is_never_a_hit() -> None:
    """NOTHING in row 1 would be the last product of row 0 if rows were run together."""
    judged = judge(lists([[NOTHING, NOTHING], [0, NOTHING]]), truth([[0, 1], [0, 1]]))
    assert not judged.hits.any()


def test_bought_for_nothing_is_a_hit_worth_nothing() -> None:
    judged = judge(lists([[0]]), truth([[1, 1]], [[0.0, 3.0]]))
    assert judged.hits.tolist() == [[True]]
    assert judged.hit_spend.tolist() == [[0.0]]
    assert judged.truth_spend.tolist() == [3.0]


def test_nobody_judged_is_empty() -> None:
    nobody = np.empty(0, dtype=np.int32)
    nothing = Truth(
        Target.ANY, nobody, sparse.csr_matrix((0, 4)), sparse.csr_matrix((0, 4)), nobody.astype(object)
    )
    assert judge(TopK.empty(nobody, 3), nothing).hits.shape == (0, 3)


def test_rows_must_match() -> None:
    with pytest.raises(ValueError, match="1 lists for 2 judged customers"):
        judge(lists([[0]]), truth([[1], [1]]))


def test_judging_is_what_a_loop_gives() -> None:
    rng = np.random.default_rng(2)
    held = rng.random((60, 9)) < 0.3
    shown = np.stack([rng.permutation(np.r_[np.arange(9), [NOTHING] * 3])[:6] for _ in range(60)])
    judged = judge(lists(shown.tolist()), truth(held.astype(int).tolist()))
    for row in range(60):
        want = [p != NOTHING and bool(held[row, p]) for p in shown[row]]
        assert judged.hits[row].tolist() == want


def test_take_keeps_rows_together() -> None:
    judged = judge(lists([[0], [1], [2]]), truth([[1, 0, 0], [1, 1, 0], [1, 1, 0]]))
    part = judged.take(np.array([2, 1]))
    assert part.hits.tolist() == [[False], [True]]
    assert part.truth_sizes.tolist() == [2, 2]
    assert part.lists.tolist() == [[2], [1]]
    assert part.catalogue == 3

"""The best list there could have been."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import sparse

from recsys.core.fold import Target, Truth
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.measure.catalog import metrics
from recsys.measure.ceiling import best_lists
from recsys.measure.judge import judge
from recsys.measure.money import Revenue
from tests.measure.cases import known, matrix, random_cases


def truth(spend: list[list[float]], bought: list[list[int]] | None = None) -> Truth:
    """Rows of spend by product, bought where above 0 unless told."""
    paid = np.array(spend, dtype=np.float64)
    held = (paid > 0).astype(np.float64) if bought is None else np.array(bought, dtype=np.float64)
    n = len(paid)
    names = np.array([f"c{i}" for i in range(n)], dtype=object)
    codes = np.arange(n, dtype=np.int32)
    return Truth(Target.ANY, codes, sparse.csr_matrix(held), sparse.csr_matrix(paid), names)


def test_dearest_come_first_and_short_truths_leave_places_empty() -> None:
    one = truth([[1.0, 5.0, 0.0, 3.0], [0.0, 0.0, 2.0, 0.0]])
    assert best_lists(one, 2, one.spend).products.tolist() == [[1, 3], [2, NOTHING]]
    assert best_lists(one, 3, one.spend).products.tolist() == [[1, 3, 0], [2, NOTHING, NOTHING]]


def test_bought_for_nothing_is_a_hit_all_the_same() -> None:
    one = truth([[0.0, 5.0, 0.0]], [[1, 1, 0]])
    assert best_lists(one, 3, one.spend).products.tolist() == [[1, 0, NOTHING]]


def test_what_loses_money_is_left_out() -> None:
    one = truth([[1.0, 1.0, 1.0]])
    assert best_lists(one, 3, sparse.csr_matrix([[-1.0, 2.0, 0.0]])).products.tolist() == [[1, 2, NOTHING]]


def test_equal_worth_is_in_the_order_of_codes() -> None:
    one = truth([[2.0, 2.0, 2.0]])
    assert best_lists(one, 2, one.spend).products.tolist() == [[0, 1]]


def test_only_candidates_are_listed() -> None:
    one = truth([[1.0, 5.0, 0.0, 3.0]])
    allowed = np.array([True, False, True, True])
    assert best_lists(one, 3, one.spend, allowed=allowed).products.tolist() == [[3, 0, NOTHING]]


def test_reminder_lists_only_what_was_bought_before() -> None:
    one = truth([[1.0, 5.0, 0.0, 3.0], [1.0, 1.0, 1.0, 1.0]])
    before = matrix([[0, 2, 3], []], 4)
    found = best_lists(one, 2, one.spend, bought=before).products.tolist()
    assert found == [[3, 0], [NOTHING, NOTHING]]


def test_nobody_has_no_lists() -> None:
    nobody = truth([[1.0, 2.0]])
    nobody = Truth(Target.ANY, nobody.customers[:0], nobody.bought[:0], nobody.spend[:0], nobody.names[:0])
    assert best_lists(nobody, 3, nobody.spend).products.shape == (0, 3)


@pytest.mark.parametrize("seed", range(5))
def test_no_list_of_few_products_does_better(seed: int) -> None:
    """Every order of three of five products, for every metric where more is better."""
    rng = np.random.default_rng(seed)
    spend = np.round(rng.uniform(0, 9, (1, 5)) * (rng.random((1, 5)) < 0.6), 2)
    spend[0, 0] = 1.0
    one = truth(spend.tolist())
    context = known([[]], 5, price=rng.uniform(1, 5, 5))
    best = best_lists(one, 3, one.spend)
    value = one.bought @ sparse.diags_array(context.price[:-1])
    richest = Revenue(3).per_customer(judge(best_lists(one, 3, value.tocsr()), one, context))[0]
    for order in permutations(range(5), 3):
        lists = TopK(one.customers, np.array([order], dtype=np.int32), np.zeros((1, 3), np.float32))
        judged, top = judge(lists, one, context), judge(best, one)
        for metric in metrics([1, 3], money=True):
            assert metric.per_customer(judged)[0] <= metric.per_customer(top)[0] + 1e-12, metric.name
        assert Revenue(3).per_customer(judged)[0] <= richest + 1e-12


def test_perfect_lists_reach_what_the_sizes_allow() -> None:
    _, truths = random_cases(91)
    one = truth(matrix(truths, 40).toarray().tolist())
    judged = judge(best_lists(one, 10, one.spend), one)
    scores = {metric.name: metric.per_customer(judged) for metric in metrics([10], money=False)}
    sizes = one.sizes
    np.testing.assert_allclose(scores["precision@10"], np.minimum(sizes, 10) / 10)
    np.testing.assert_allclose(scores["recall@10"], np.minimum(sizes, 10) / sizes)
    for name in ("map@10", "ndcg@10", "hit@10", "mrr@10"):
        np.testing.assert_allclose(scores[name], 1.0)

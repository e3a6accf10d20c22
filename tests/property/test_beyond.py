"""What every figure beyond accuracy owes, whatever the lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.core.protocols import Metric
from recsys.measure.repeat import RecallExplore, RecallRepeat, RepeatShare
from tests.measure.cases import PRODUCTS, judged
from tests.property.profile import few

K = 6
product = st.integers(0, PRODUCTS - 1)
shown = st.lists(product, max_size=2 * K, unique=True)
wanted = st.lists(product, min_size=1, max_size=15, unique=True)
bought = st.lists(product, max_size=15, unique=True)
cases = st.lists(st.tuples(shown, wanted, bought), min_size=1, max_size=12)
SHARES = (RecallRepeat, RecallExplore, RepeatShare)


@few
@given(cases)
def test_shares_are_between_zero_and_one_or_undefined(
    rows: list[tuple[list[int], list[int], list[int]]],
) -> None:
    laid = judged(*([row[at] for row in rows] for at in (0, 1)), k=2 * K, before=[b for _, _, b in rows])
    for metric in (kind(k) for kind in SHARES for k in (1, K, 50)):
        found = metric.per_customer(laid)
        assert found.dtype == np.float64
        assert found.shape == (len(rows),)
        assert (np.isnan(found) | ((found >= 0) & (found <= 1))).all()


@few
@given(cases, st.randoms(use_true_random=False))
def test_customers_in_another_order_have_the_same_scores(
    rows: list[tuple[list[int], list[int], list[int]]], rnd: object
) -> None:
    order = list(range(len(rows)))
    rnd.shuffle(order)  # type: ignore[attr-defined]
    lists, truths, before = ([row[at] for row in rows] for at in range(3))
    straight = judged(lists, truths, k=2 * K, before=before)
    mixed = judged(
        [lists[i] for i in order], [truths[i] for i in order], k=2 * K, before=before, customers=order
    )
    for metric in (kind(K) for kind in SHARES):
        want = metric.per_customer(straight)[order]
        np.testing.assert_array_equal(want, metric.per_customer(mixed))
        np.testing.assert_array_equal(want, metric.per_customer(straight.take(np.array(order))))


@pytest.mark.parametrize("metric", [RecallRepeat(K), RecallExplore(K)], ids=lambda metric: metric.name)
@few
@given(st.lists(product, min_size=1, max_size=2 * K, unique=True), wanted, bought, st.data())
def test_better_list_never_scores_lower(
    metric: Metric, one: list[int], truth: list[int], before: list[int], data: st.DataObject
) -> None:
    """Any product gives way to one of the truth that the list lacks."""
    missing = [p for p in truth if p not in one]
    wrong = [at for at, p in enumerate(one) if p not in truth]
    if not missing or not wrong:
        return
    other = list(one)
    other[data.draw(st.sampled_from(wrong))] = data.draw(st.sampled_from(missing))
    laid = judged([one, other], [truth, truth], k=2 * K, before=[before, before])
    worse, better = np.nan_to_num(metric.per_customer(laid))
    assert better >= worse

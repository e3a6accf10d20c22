"""What every metric owes, whatever the lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.core.protocols import Metric
from recsys.measure.catalog import list_metrics, metrics
from tests.measure.cases import PRODUCTS, judged
from tests.property.profile import few

K = 6
product = st.integers(0, PRODUCTS - 1)
shown = st.lists(product, max_size=2 * K, unique=True)
wanted = st.lists(product, min_size=1, max_size=15, unique=True)
cases = st.lists(st.tuples(shown, wanted), min_size=1, max_size=12)
EVERY = pytest.mark.parametrize("metric", metrics([K], money=True), ids=lambda metric: metric.name)


@few
@given(cases)
def test_scores_are_between_zero_and_one(rows: list[tuple[list[int], list[int]]]) -> None:
    laid = judged([s for s, _ in rows], [t for _, t in rows], k=2 * K)
    for metric in metrics([1, K, 2 * K, 50], money=True):
        found = metric.per_customer(laid)
        assert found.dtype == np.float64
        assert found.shape == (len(rows),)
        assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    for whole in list_metrics([1, K]):
        assert 0 <= whole.overall(laid) <= 1


@few
@given(cases, st.randoms(use_true_random=False))
def test_customers_in_another_order_have_the_same_scores(
    rows: list[tuple[list[int], list[int]]], rnd: object
) -> None:
    order = list(range(len(rows)))
    rnd.shuffle(order)  # type: ignore[attr-defined]
    straight = judged([s for s, _ in rows], [t for _, t in rows], k=2 * K)
    mixed = judged([rows[i][0] for i in order], [rows[i][1] for i in order], k=2 * K)
    for metric in metrics([K], money=True):
        assert (metric.per_customer(straight)[order] == metric.per_customer(mixed)).all()
        assert (metric.per_customer(straight.take(np.array(order))) == metric.per_customer(mixed)).all()
    for whole in list_metrics([K]):
        assert whole.overall(straight) == whole.overall(mixed)


@EVERY
@few
@given(st.lists(product, min_size=2, max_size=2 * K, unique=True), wanted, st.data())
def test_better_list_never_scores_lower(
    metric: Metric, one: list[int], truth: list[int], data: st.DataObject
) -> None:
    """A hit that changes places with a miss above it."""
    hits = [at for at, p in enumerate(one) if p in truth and at > 0]
    below = data.draw(st.sampled_from(hits)) if hits else 1
    above = data.draw(st.integers(0, below - 1))
    if one[above] in truth:
        return
    other = list(one)
    other[above], other[below] = other[below], other[above]
    before, after = metric.per_customer(judged([one, other], [truth, truth], k=2 * K))
    assert after >= before - 1e-12 if one[below] in truth else after == before


@EVERY
@few
@given(shown, wanted, product)
def test_one_more_product_at_the_end_never_scores_lower(
    metric: Metric, one: list[int], truth: list[int], extra: int
) -> None:
    longer = [*one, extra] if extra not in one else one
    before, after = metric.per_customer(judged([one, longer], [truth, truth], k=2 * K + 1))
    assert after >= before - 1e-12


@few
@given(cases)
def test_scores_at_k_are_those_of_the_first_k_places(rows: list[tuple[list[int], list[int]]]) -> None:
    truths = [t for _, t in rows]
    whole = judged([s for s, _ in rows], truths, k=2 * K)
    head = judged([s[:K] for s, _ in rows], truths, k=K)
    for metric in metrics([K], money=True):
        assert (metric.per_customer(whole) == metric.per_customer(head)).all()
    for metric in list_metrics([K]):
        assert metric.overall(whole) == metric.overall(head)


@few
@given(wanted)
def test_perfect_list_scores_one(truth: list[int]) -> None:
    for metric in metrics([15], money=True):
        want = len(truth) / 15 if metric.name.startswith("precision") else 1.0
        assert metric.per_customer(judged([truth], [truth], k=15))[0] == pytest.approx(want)

"""Sentences by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.core.ids import NOTHING
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.engine.habits import LogHabits
from recsys.export.words import Habit, in_words
from tests.logs import make_log

END = np.datetime64("2024-02-01", "s")


class Fixed:
    """The same habit of everyone."""

    def __init__(self, *told: int) -> None:
        self._told = told

    def of(self, customers: np.ndarray, products: np.ndarray) -> Habit:
        return Habit(*(np.full(len(customers), value) for value in self._told))


def said(
    kind: Why, *, product: int = NOTHING, days: float = np.nan, habit: tuple[int, ...] = (0, 0, 0)
) -> str:
    lists = TopK(np.zeros(1, np.int32), np.array([[0, NOTHING]], np.int32), np.ones((1, 2), np.float32))
    reasons = Reasons.none((1, 2))
    reasons.kinds[0, 0], reasons.products[0, 0], reasons.days[0, 0] = kind, product, days
    called = np.array(["HAT", "TEA"], dtype=object)
    found = in_words(reasons, lists, called, "Champions", Fixed(*habit), END).to_pylist()
    assert len(found) == 1
    return str(found[0])


def test_one_sentence_for_each_kind() -> None:
    assert said(Why.NONE) == ""
    assert said(Why.WITH, product=1) == "bought with TEA"
    assert said(Why.LIKE, product=1) == "similar to TEA"
    assert said(Why.ALIKE) == "bought by customers like you"
    assert said(Why.BESTSELLER) == "bestseller"
    assert said(Why.BESTSELLER, days=28) == "bestseller, last 28 days"
    assert said(Why.SEGMENT) == "bestseller in Champions"
    assert said(Why.SEGMENT, days=7) == "bestseller in Champions, last 7 days"


@pytest.mark.parametrize(
    ("days", "span", "since", "sentence"),
    [
        (1, 0, 1, "bought on 2024-01-31"),
        (2, 30, 2, "bought 2 times, last on 2024-01-30"),
        (3, 60, 60, "you buy this every 30 days"),
        (3, 60, 61, "bought 3 times, last on 2023-12-02"),
        (4, 3, 1, "you buy this every day"),
        (0, 0, 0, ""),
    ],
)
def test_a_rhythm_lasts_until_it_is_long_overdue(days: int, span: int, since: int, sentence: str) -> None:
    assert said(Why.OWN, habit=(days, span, since)) == sentence


def test_each_place_gets_its_own_sentence_and_gaps_get_none() -> None:
    products = np.array([[0, NOTHING, 1], [1, 0, NOTHING]], dtype=np.int32)
    lists = TopK(np.arange(2, dtype=np.int32), products, np.ones((2, 3), np.float32))
    reasons = Reasons.none((2, 3))
    reasons.kinds[:] = [[Why.WITH, 0, Why.BESTSELLER], [Why.LIKE, Why.WITH, 0]]
    reasons.products[:] = [[1, -1, -1], [0, 1, -1]]
    called = np.array(["HAT", "TEA"], dtype=object)
    found = in_words(reasons, lists, called, "all", Fixed(0, 0, 0), END).to_pylist()
    assert found == ["bought with TEA", "bestseller", "similar to HAT", "bought with TEA"]


def test_habits_are_counted_in_days_from_the_log() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01 09:00", 1, 1.0),
        ("ann", "tea", "2", "2024-01-01 17:00", 1, 1.0),
        ("ann", "tea", "3", "2024-01-11", 1, 1.0),
        ("bob", "hat", "4", "2024-01-31", 1, 1.0),
    ]
    log = make_log(rows)
    assert log.end == np.datetime64("2024-02-01")
    who, what = log.customers.codes(["ann", "bob", "ann"]), log.products.codes(["tea", "hat", "hat"])
    found = LogHabits(log).of(who, what)
    assert found.days.tolist() == [2, 1, 0]
    assert found.span.tolist()[:2] == [10, 0]
    assert found.since.tolist()[:2] == [21, 1]

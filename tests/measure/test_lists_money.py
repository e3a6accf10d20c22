"""Metrics of all lists together, and of money."""

from __future__ import annotations

import math

from recsys.measure.lists import Coverage
from recsys.measure.money import CapturedSpend
from tests.measure.cases import judged


def test_three_of_four_products_are_three_quarters() -> None:
    assert Coverage(2).overall(judged([[0, 1], [1, 2]], [[0], [0]], products=4)) == 3 / 4


def test_padding_covers_nothing() -> None:
    assert Coverage(3).overall(judged([[0], []], [[0], [0]], k=3, products=4)) == 1 / 4
    assert Coverage(3).overall(judged([[], []], [[0], [0]], k=3, products=4)) == 0.0


def test_coverage_counts_the_first_k_places() -> None:
    assert Coverage(1).overall(judged([[0, 1], [0, 2]], [[0], [0]], products=4)) == 1 / 4


def test_coverage_of_everything_is_one() -> None:
    assert Coverage(4).overall(judged([[3, 2, 1, 0]], [[0]], products=4)) == 1.0


def test_dear_hit_of_nine_out_of_ten_is_nine_tenths() -> None:
    rows = judged([[5, 1]], [[1, 2]], spend=[{1: 9.0, 2: 1.0}])
    assert CapturedSpend(2).per_customer(rows).tolist() == [0.9]
    assert CapturedSpend(1).per_customer(rows).tolist() == [0.0]


def test_all_of_the_spend_is_one() -> None:
    rows = judged([[2, 1, 7]], [[1, 2]], spend=[{1: 9.0, 2: 1.0}])
    assert CapturedSpend(3).per_customer(rows).tolist() == [1.0]


def test_nothing_spent_is_undefined() -> None:
    rows = judged([[1]], [[1]], spend=[{1: 0.0}])
    assert math.isnan(CapturedSpend(1).per_customer(rows)[0])

"""Metrics of all lists together, and of money."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys.measure.accuracy import AtK
from recsys.measure.context import Context
from recsys.measure.lists import Coverage, Gini
from recsys.measure.money import BasketValue, CapturedSpend, Margin, Revenue
from tests.measure.cases import PRODUCTS, judged, known, random_cases

NAN = math.nan


def test_three_of_four_products_are_three_quarters() -> None:
    assert Coverage(2).overall(judged([[0, 1], [1, 2]], [[0], [0]], products=4)) == 3 / 4


def test_padding_covers_nothing() -> None:
    assert Coverage(3).overall(judged([[0], []], [[0], [0]], k=3, products=4)) == 1 / 4
    assert Coverage(3).overall(judged([[], []], [[0], [0]], k=3, products=4)) == 0.0


def test_coverage_counts_the_first_k_places() -> None:
    assert Coverage(1).overall(judged([[0, 1], [0, 2]], [[0], [0]], products=4)) == 1 / 4


def test_coverage_of_everything_is_one() -> None:
    assert Coverage(4).overall(judged([[3, 2, 1, 0]], [[0]], products=4)) == 1.0


def test_one_of_four_products_for_everybody_is_three_quarters_of_inequality() -> None:
    assert Gini(1).overall(judged([[2], [2]], [[0], [0]], products=4)) == 3 / 4


def test_every_product_equally_often_is_equal() -> None:
    assert Gini(2).overall(judged([[0, 1], [3, 2]], [[0], [0]], products=4)) == 0.0


def test_three_places_and_one_are_unequal_by_hand() -> None:
    """Exposure 0, 1, 3: (-2 x 0 + 0 x 1 + 2 x 3) / (3 x 4)."""
    rows = judged([[0, 1], [0], [0]], [[0]] * 3, k=2, products=3)
    assert Gini(2).overall(rows) == pytest.approx(1 / 2)
    assert Gini(1).overall(rows) == pytest.approx(2 / 3)


def test_nothing_shown_is_equal() -> None:
    assert Gini(3).overall(judged([[], []], [[0], [0]], k=3, products=4)) == 0.0


def test_gini_is_half_the_relative_mean_difference() -> None:
    rows = judged(*random_cases(71), k=12)
    x = np.bincount(rows.lists[rows.lists >= 0], minlength=PRODUCTS)
    want = np.abs(x[:, None] - x[None, :]).mean() / (2 * x.mean())
    assert Gini(12).overall(rows) == pytest.approx(want)


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


# -- what hits are worth ---------------------------------------------------------------------------------


def shop(**told: object) -> Context:
    """Tea at 2, a pot at 9, a cup at 4, and something without a price."""
    return known([[]], 4, price=np.array([2.0, 9.0, 4.0, NAN]), **told)


def worth(metric: AtK, shown: list[int], units: dict[int, float], context: Context | None = None) -> float:
    """Of one customer who went on to buy these units."""
    rows = judged(
        [shown], [list(units)], units=[units], products=4, context=context or shop(), customers=[0], k=4
    )
    (found,) = metric.per_customer(rows)  # type: ignore[attr-defined]
    return float(found)


def test_three_teas_and_a_pot_are_fifteen() -> None:
    assert worth(Revenue(4), [1, 2, 0], {0: 3.0, 1: 1.0}) == 15.0
    assert worth(Revenue(2), [1, 2, 0], {0: 3.0, 1: 1.0}) == 9.0


def test_what_was_sent_back_is_worth_nothing_though_it_was_a_hit() -> None:
    assert worth(Revenue(4), [0, 2], {0: 0.0, 2: 1.0}) == 4.0
    assert worth(BasketValue(4), [0], {0: 0.0}) == 0.0


def test_what_has_no_price_is_worth_nothing() -> None:
    assert worth(Revenue(4), [3, 0], {3: 5.0, 0: 1.0}) == 2.0


def test_revenue_without_a_hit_is_nothing_and_there_is_no_basket() -> None:
    assert worth(Revenue(4), [2], {0: 3.0}) == 0.0
    assert math.isnan(worth(BasketValue(4), [2], {0: 3.0}))
    assert worth(BasketValue(4), [2, 0], {0: 3.0}) == 6.0
    assert math.isnan(worth(BasketValue(1), [2, 0], {0: 3.0}))


def test_margin_is_what_is_left_of_the_price() -> None:
    """Tea leaves 0.5 a unit, the pot -1, the cup's cost is not known."""
    context = shop(cost=np.array([1.5, 10.0, NAN, 1.0]))
    assert worth(Margin(4), [0, 1, 2], {0: 4.0, 1: 1.0, 2: 7.0}, context) == 1.0
    assert worth(Margin(1), [0, 1, 2], {0: 4.0, 1: 1.0, 2: 7.0}, context) == 2.0


def test_one_unit_each_where_no_units_are_told() -> None:
    rows = judged([[0, 1]], [[0, 1]], products=4, context=shop(), customers=[0])
    assert Revenue(2).per_customer(rows).tolist() == [11.0]


@pytest.mark.parametrize("k", [1, 5, 12])
def test_money_is_what_a_loop_gives(k: int) -> None:
    lists, truths = random_cases(72)
    rng = np.random.default_rng(73)
    price = np.where(rng.random(PRODUCTS) < 0.1, NAN, rng.uniform(0, 30, PRODUCTS))
    cost = np.where(rng.random(PRODUCTS) < 0.1, NAN, rng.uniform(0, 30, PRODUCTS))
    units = [{p: float(rng.integers(0, 9)) for p in truth} for truth in truths]
    context = known([[]] * len(lists), price=price, cost=cost)
    rows = judged(lists, truths, k=12, units=units, context=context)
    kinds = (Revenue, Margin, BasketValue)
    found = np.column_stack([kind(k).per_customer(rows) for kind in kinds])
    for row, (shown, truth, bought) in enumerate(zip(lists, truths, units, strict=True)):
        hits = [p for p in shown[:k] if p in truth]
        revenue = sum(bought[p] * price[p] for p in hits if not math.isnan(price[p]))
        gain = sum(bought[p] * (price[p] - cost[p]) for p in hits if not math.isnan(price[p] - cost[p]))
        np.testing.assert_allclose(found[row], [revenue, gain, revenue if hits else NAN], atol=1e-9)

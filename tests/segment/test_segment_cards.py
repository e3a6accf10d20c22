"""Cards of small shops, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import contingency

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment.actions import ACTIONS, action
from recsys.segment.cards import as_table, cards
from recsys.segment.features import features
from tests.logs import all_of, make_log

NAMES = ("tea drinkers", "others", "nobody")


def shop(drinkers: int = 30, others: int = 60) -> Known:
    """Two thirds of the drinkers bought tea, a tenth of the others; everyone bought a mug, each once."""
    rows = []
    for at in range(drinkers + others):
        who, day = f"c{at:03}", f"2024-01-{1 + at % 28:02}"
        rows.append((who, "mug", f"m{at}", day, 1, 10.0 if at < drinkers else 1.0, "A MUG"))
        if (at < drinkers and at % 3 < 2) or (at >= drinkers and at % 10 == 0):
            rows.append((who, "tea", f"m{at}", day, 1, 2.0, "FINE TEA"))
    known = all_of(make_log(rows))
    codes = np.array([0 if at < drinkers else 1 for at in range(drinkers + others)], dtype=np.int16)
    return known.with_segments(
        Segmentation(NAMES, codes, features(known, ["recency", "frequency", "monetary"]))
    )


def test_sizes_and_shares() -> None:
    first, second, _ = cards(shop())
    assert (first.customers, second.customers) == (30, 60)
    assert first.customer_share == pytest.approx(1 / 3)
    assert first.revenue == pytest.approx(30 * 10 + 20 * 2)
    assert (first.orders, first.order_share) == (30, pytest.approx(1 / 3))
    assert first.medians["frequency"] == 1
    assert first.top_products == "A MUG; FINE TEA"


def test_what_sets_it_apart_is_standardised_on_the_log_scale() -> None:
    known = shop()
    assert known.segmentation is not None
    level = np.log1p(known.segmentation.features["monetary"].to_numpy())
    (trait, *_) = cards(known)[0].apart
    assert trait.feature == "monetary"
    assert trait.word == "upper"
    assert trait.difference == pytest.approx((level[:30].mean() - level.mean()) / level.std())
    assert "frequency" not in [one.feature for one in cards(known)[0].apart]  # all alike


def test_a_product_bought_more_is_over_represented_as_scipy_says() -> None:
    first, second, _ = cards(shop())
    (lift,) = first.lifted
    assert (lift.product, lift.label, lift.buyers) == ("tea", "FINE TEA", 20)
    assert lift.lift == pytest.approx((20 / 30) / (6 / 60))
    assert lift.share == pytest.approx(2 / 3)
    low = contingency.relative_risk(20, 30, 6, 60).confidence_interval(0.95).low
    assert lift.low == pytest.approx(low, rel=1e-4)
    assert second.lifted == ()


def test_a_product_of_few_buyers_says_nothing() -> None:
    rows = [(f"c{at}", "mug", f"i{at}", "2024-01-01", 1, 1.0) for at in range(60)]
    rows += [(f"c{at}", "rare", f"i{at}", "2024-01-01", 1, 1.0) for at in range(4)]
    known = all_of(make_log(rows))
    codes = np.array([int(name[1:]) >= 30 for name in known.history.customers.names], dtype=np.int16)
    known = known.with_segments(Segmentation(("a", "b"), codes, features(known, ["recency"])))
    assert cards(known)[0].lifted == ()


def test_few_customers_are_withheld() -> None:
    first, second, none = cards(shop(19, 60))
    assert first.withheld
    assert not second.withheld
    assert first.warnings == ("fewer than 20 customers: figures are withheld",)
    assert none.warnings == ("nobody is in it now",)
    told = as_table(cards(shop(19, 60)))
    row = told.set_index("segment").loc["tea drinkers"]
    shown = row.drop(["apart", "top_products", "lifted", "action", "warnings"])
    assert pd.to_numeric(shown).isna().all()
    assert (row[["apart", "top_products", "lifted", "action"]] == "").all()
    assert not cards(shop(19, 60), least=19)[0].withheld


def test_a_card_warns_of_small_numbers_and_of_money_in_few_hands() -> None:
    first, second, _ = cards(shop(30, 120))
    assert first.warnings == ("30 customers: a handful of them moves these figures",)
    assert second.warnings == ()
    rows = [(f"c{at:03}", "mug", f"i{at}", "2024-01-01", 1, 1.0 if at else 900.0) for at in range(120)]
    known = all_of(make_log(rows))
    one = Segmentation(("all",), np.zeros(120, dtype=np.int16), features(known, ["recency", "monetary"]))
    (card,) = cards(known.with_segments(one))
    assert card.warnings == ("88% of what it is worth comes from one customer",)
    assert card.action == ""  # no frequency among the features
    assert card.lifted == ()  # nobody else to compare with


def test_without_prices_money_is_absent() -> None:
    rows = [(f"c{at:03}", "mug", f"i{at}", "2024-01-01", 1, math.nan) for at in range(30)]
    known = all_of(make_log(rows))
    one = Segmentation(("all",), np.zeros(30, dtype=np.int16), features(known, ["recency", "units"]))
    (card,) = cards(known.with_segments(one))
    assert math.isnan(card.revenue)
    assert card.customers == 30


def test_without_segments_there_are_no_cards() -> None:
    with pytest.raises(ValueError, match="no segments"):
        cards(all_of(make_log([("ann", "tea", "1", "2024-01-01", 1, 1.0)])))


@pytest.mark.parametrize(
    ("recency", "frequency", "value", "one_order", "expected"),
    [
        (0.1, 0.5, 0.5, True, "second order"),
        (0.4, 0.5, 0.5, True, "second order"),
        (0.6, 0.5, 0.9, True, "rest"),
        (0.9, 0.5, 0.9, True, "rest"),
        (0.9, 0.9, 0.9, False, "win back"),
        (0.2, 0.9, 0.9, False, "keep"),
        (0.8, 0.5, 0.4, False, "remind"),
        (0.2, 0.9, 0.4, False, "basket"),
        (0.2, 0.5, 0.4, False, "grow"),
    ],
)
def test_what_to_do(recency: float, frequency: float, value: float, one_order: bool, expected: str) -> None:
    ranks = {"recency": recency, "frequency": frequency, "value": value}
    assert action(ranks, one_order) == expected
    assert expected in ACTIONS


def test_a_figure_below_nothing_is_mirrored_and_not_cut() -> None:
    """Falling spend sets a segment apart as rising spend does."""
    known = shop()
    assert known.segmentation is not None
    trend = np.where(known.segmentation.codes == 0, -50.0, 5.0)
    frame = pd.DataFrame({"month_spend_trend": trend})
    falling = cards(known.with_segments(Segmentation(NAMES, known.segmentation.codes, frame)))[0].apart
    assert [(one.feature, one.word) for one in falling] == [("month_spend_trend", "falling")]
    level = np.sign(trend) * np.log1p(np.abs(trend))
    assert falling[0].difference == pytest.approx((level[:30].mean() - level.mean()) / level.std())

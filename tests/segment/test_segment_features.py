"""Each feature on four invoices that can be worked out by hand; the cutoff is 1 March, 00:00."""

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.segment import features as module
from recsys.segment.features import customer_features, features
from recsys.segment.vocabulary import BEHAVIOUR, FEATURES, TASTE

NAN = float("nan")
ROWS = [
    # ann: invoices at ages 60, 30, 20 and 1 day(s); one cancelled
    ("ann", "cup", "1", "2024-01-01", 2, 5.0),
    ("ann", "pot", "1", "2024-01-01", 1, 20.0),
    ("ann", "cup", "2", "2024-01-31", 4, 5.0),
    ("ann", "cup", "2", "2024-01-31", 1, 5.0),
    ("ann", "jar", "3", "2024-02-10", 2, 7.5),
    ("ann", "lid", "4", "2024-02-29", 1, 10.0),
    ("ann", "pot", "C5", "2024-02-11", -1, 20.0),
    # bob: one invoice, cancelled for more than it was worth
    ("bob", "cup", "6", "2024-02-20", 3, 5.0),
    ("bob", "cup", "C7", "2024-02-21", -4, 5.0),
    # after the cutoff: nothing of it may show
    ("ann", "cup", "8", "2024-03-01", 99, 99.0),
    ("ann", "cup", "C9", "2024-03-02", -99, 99.0),
    ("eve", "cup", "10", "2024-03-05", 1, 5.0),
]
BY_HAND = {
    "recency": (1, 10),
    "frequency": (4, 1),
    "monetary": (10 + 20 + 25 + 15 + 10 - 20, 0),
    "basket_value": (80 / 4, 15),
    "basket_units": (11 / 4, 3),
    "products": (4, 1),
    "gap_mean": ((60 - 1) / 3, 10),
    "gap_deviation": (np.std([30, 10, 19]), 0),
    "cancellation_rate": (1 / 5, 1 / 2),
    "tenure": (60, 10),
    "repeat_share": (1 / 4, 0),
    "units": (11, 3),
    "basket_lines": (6 / 4, 1),
    "cancellations": (1, 1),
    # ann: 10 + 20 + 25 in January, 15 + 10 - 20 in February; bob: 15 - 20
    "month_spend": (30, -5),
    "month_spend_deviation": (np.std([55, 5], ddof=1), 0),
    "month_spend_trend": (-50, 0),
    "weekday": (0, 1),  # ann: two lines on a Monday and on a Wednesday; bob on a Tuesday
    "hour": (0, 0),
    "weekend_share": (1 / 4, 0),  # 10 February 2024 was a Saturday
    "price_level": (52.5 / 6, 5),
    "discount_share": (0, 0),
    "transactions": (5, 2),
    "net_spend": (60, -5),
    "transaction_value": (60 / 5, -5 / 2),
    "net_units": (10, -1),
    "gap_over_lines": (59 / 6, 1),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_feature_by_hand(known_of, name):
    assert features(known_of(ROWS), [name])[name].tolist() == pytest.approx(BY_HAND[name])


ONLY_RETURNED = [
    # cid gave back what was bought before the log begins: on Tuesday 20 and on Wednesday 28 February, at ten
    ("cid", "cup", "C8", "2024-02-20T10:00", -3, 5.0),
    ("cid", "pot", "C8", "2024-02-20T10:00", -1, 20.0),
    ("cid", "cup", "C9", "2024-02-28T10:00", -1, 5.0),
    # dan gave back what nobody else is known to have bought
    ("dan", "hat", "C10", "2024-02-20", -1, 5.0),
]
OF_RETURNS = {
    "recency": 1 + 14 / 24,
    "tenure": 9 + 14 / 24,
    "gap_mean": 1 + 14 / 24,  # as of one purchase: its age
    "gap_over_lines": 8 / 2,
    "net_spend": -40,
    "net_units": -5,
    "transactions": 2,
    "transaction_value": -20,
    "cancellations": 2,
    "cancellation_rate": 1,
    "month_spend": -40,
    "weekday": 1,
    "hour": 10,
}


@pytest.mark.parametrize("netted", [False, True])
def test_who_only_returned_is_known_by_the_returns_where_asked(known_of, netted):
    rows = [*ROWS[:6], *ONLY_RETURNED]
    assert list(known_of(rows, netted=netted).history.customers.names) == ["ann"]
    known = known_of(rows, netted=netted, returners=True)
    assert list(known.history.customers.names) == ["ann", "cid"]
    of_lines = [name for name in FEATURES if name not in ("home_country", *TASTE)]
    found = features(known, of_lines).loc[1].to_dict()
    want = dict.fromkeys(of_lines, 0) | OF_RETURNS
    if netted:  # what returns are worth is off the purchases already
        want |= dict.fromkeys(["net_spend", "net_units", "transaction_value", "month_spend"], 0)
    assert found == pytest.approx(want)
    pd.testing.assert_frame_equal(
        features(known_of(rows, netted=netted), of_lines), features(known, of_lines).iloc[:1]
    )


def test_columns_come_in_the_order_asked(known_of):
    asked = ["units", "frequency", "recency"]
    frame = features(known_of(ROWS), asked)
    assert list(frame) == asked
    assert set(frame.dtypes.astype(str)) == {"float64"}


def test_two_invoices_on_one_day_are_a_gap_of_zero(known_of):
    rows = [("ann", "cup", i, "2024-02-01", 1, 1.0) for i in ("1", "2")]
    frame = features(known_of(rows), ["frequency", "gap_mean"])
    assert frame.iloc[0].tolist() == [2, 0]


def test_netted_returns_are_taken_off_once(known_of):
    rows = [("ann", "cup", "1", "2024-02-01", 5, 2.0), ("ann", "cup", "C2", "2024-02-02", -2, 2.0)]
    for netted in (False, True):
        frame = features(known_of(rows, netted=netted), ["monetary", "cancellation_rate"])
        assert frame.iloc[0].tolist() == [6.0, 0.5]


def test_days_and_hours_go_by_the_calendar(known_of):
    rows = [
        ("ann", "cup", "1", "2024-02-03T00:00", 1, 1.0),  # Saturday
        ("ann", "pot", "2", "2024-02-03T12:59", 1, 1.0),
        ("ann", "jar", "2", "2024-02-03T12:59", 1, 1.0),
        ("ann", "pot", "3", "2024-02-09T23:59", 1, 1.0),  # Friday
    ]
    names = ["weekday", "hour", "weekend_share", "gap_over_lines"]
    assert features(known_of(rows), names).iloc[0].tolist() == [5, 12, 2 / 3, 2]
    assert features(known_of(rows[:3]), names).iloc[0].tolist() == [5, 12, 1, 0]
    assert features(known_of(rows[:1]), ["gap_over_lines"])["gap_over_lines"].isna().all()


def test_the_trend_follows_the_calendar(known_of):
    """Spend of 10, nothing, 40 and 20 in four months: the slope over months 0, 2 and 3."""
    rows = [
        ("ann", "cup", "1", "2023-11-30T23:00", 1, 10.0),
        ("ann", "cup", "2", "2024-01-31T23:00", 4, 10.0),
        ("ann", "cup", "3", "2024-02-01T01:00", 2, 10.0),
    ]
    names = ["month_spend", "month_spend_deviation", "month_spend_trend"]
    slope = np.polyfit([0, 2, 3], [10, 40, 20], 1)[0]
    assert features(known_of(rows), names).iloc[0].tolist() == pytest.approx(
        [70 / 3, np.std([10, 40, 20], ddof=1), slope]
    )


def test_an_unknown_price_is_worth_nothing(known_of):
    rows = [("ann", "cup", "1", "2024-02-01", 5, NAN), ("ann", "pot", "2", "2024-02-02", 1, 3.0)]
    assert features(known_of(rows), ["monetary", "units"]).iloc[0].tolist() == [3.0, 6.0]


def test_the_log_is_left_as_found(known_of):
    known = known_of(ROWS)
    lines, cancelled = known.history.lines.copy(), known.history.cancellations.copy()
    features(known, BY_HAND)
    pd.testing.assert_frame_equal(known.history.lines, lines)
    pd.testing.assert_frame_equal(known.history.cancellations, cancelled)


ROW = st.tuples(
    st.sampled_from(["ann", "bob", "cid"]),
    st.sampled_from(["cup", "pot", "jar"]),
    st.integers(0, 5),
    st.integers(-3, 6).filter(bool),
    st.sampled_from([0.5, 2.0, 3.25]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_features_agree_with_a_loop_over_customers(known_of, drawn):
    # One day per invoice number, and an invoice belongs to one customer.
    rows = [
        (who, what, f"{'C' if n < 0 else ''}{who}{day}", f"2024-02-{day * 4 + 1:02}", n, price)
        for who, what, day, n, price in [*drawn, ("ann", "cup", 0, 1, 2.0)]
    ]
    known = known_of(rows)
    frame = features(known, BEHAVIOUR)
    for code, who in enumerate(known.history.customers.names):
        assert frame.loc[code].to_dict() == pytest.approx(_loop([r for r in rows if r[0] == who], known))


def _loop(rows, known):
    """The features of one customer, the slow way."""
    bought = [r for r in rows if r[4] > 0]
    sold = set(known.history.products.names)
    cancelled = [r for r in rows if r[4] < 0 and r[1] in sold]
    days = sorted({r[3] for r in bought})
    ages = [(np.datetime64("2024-03-01") - np.datetime64(d)).astype(int) for d in days]
    gaps = -np.diff(ages)
    spend = sum(r[4] * r[5] for r in bought)
    products = {r[1] for r in bought}
    invoices = {r[2] for r in bought}
    returns = {r[2] for r in cancelled}
    again = [p for p in products if len({r[2] for r in bought if r[1] == p}) > 1]
    return {
        "recency": ages[-1],
        "frequency": len(invoices),
        "monetary": max(0, spend + sum(r[4] * r[5] for r in cancelled)),
        "basket_value": spend / len(invoices),
        "basket_units": sum(r[4] for r in bought) / len(invoices),
        "products": len(products),
        "gap_mean": gaps.mean() if len(gaps) else ages[0],
        "gap_deviation": gaps.std() if len(gaps) else 0,
        "cancellation_rate": len(returns) / (len(returns) + len(invoices)),
        "tenure": ages[0],
        "repeat_share": len(again) / len(products),
    }


def test_polars_gives_the_same_figures(known_of, shop_rows):
    rows = [*shop_rows(40), *ROWS, *ONLY_RETURNED]
    history = known_of(rows, returners=True).history
    frames = module._purchases(history, with_price=True), module._returns(history)
    of_lines = [name for name in FEATURES if name not in ("home_country", *TASTE)]
    given = {"names": of_lines, "end": history.end}
    on_pandas = customer_features(*(nw.from_native(f) for f in frames), **given).to_native()
    on_polars = customer_features(*(nw.from_native(pl.from_pandas(f)) for f in frames), **given)
    np.testing.assert_allclose(on_polars.to_numpy(), on_pandas.to_numpy(), rtol=1e-12, atol=1e-12)

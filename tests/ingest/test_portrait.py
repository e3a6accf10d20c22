"""A log small enough to be counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from recsys.core.log import TransactionLog
from recsys.core.netting import net
from recsys.ingest import portrait
from tests.logs import make_log

ROWS = [
    ("ann", "tea", "1", "2024-01-01 09:00", 2, 3.0),  # a Monday
    ("ann", "pot", "1", "2024-01-01 09:00", 1, 10.0),
    ("bob", "tea", "2", "2024-01-02 09:30", 1, 3.0),
    ("ann", "tea", "3", "2024-03-09 17:00", 1, 3.0),  # a Saturday
    ("ann", "mug", "3", "2024-03-09 17:00", 1, 4.0),
    ("cat", "mug", "4", "2024-03-10 17:00", 1, 4.0),
    ("bob", "tea", "5", "2024-03-10 18:00", -1, 3.0),
]


@pytest.fixture
def log() -> TransactionLog:
    return make_log(ROWS, customer_columns={"country": ["at", "at", "de", "at", "at", "fr", "de"]})


def test_facts(log: TransactionLog) -> None:
    found = portrait.facts(log)
    assert (found["lines"], found["customers"], found["products"], found["invoices"]) == (6, 3, 3, 4)
    assert found["revenue"] == 6 + 10 + 3 + 3 + 4 + 4
    assert found["days"] == 70
    assert found["density"] == pytest.approx(5 / 9)


def test_days_without_a_purchase_are_there(log: TransactionLog) -> None:
    days = portrait.by_day(log)
    assert len(days) == 70
    assert days.set_index("day")["lines"].loc[["2024-01-01", "2024-01-03", "2024-03-10"]].tolist() == [
        2,
        0,
        1,
    ]
    assert days["revenue"].sum() == portrait.facts(log)["revenue"]
    assert portrait.by_day(make_log([("ann", "tea", "1", "2024-01-01", 1, np.nan)]))["revenue"].isna().all()


def test_months_without_a_purchase_are_there(log: TransactionLog) -> None:
    months = portrait.by_month(log)
    assert months["month"].tolist() == ["2024-01", "2024-02", "2024-03"]
    assert months["lines"].tolist() == [3, 0, 3]
    assert months["customers"].tolist() == [2, 0, 2]
    assert months["revenue"].tolist() == [19, 0, 11]


def test_weekdays_and_hours(log: TransactionLog) -> None:
    assert portrait.by_weekday(log)["lines"].tolist() == [2, 1, 0, 0, 0, 2, 1]
    hours = portrait.by_hour(log)
    assert hours.loc[hours["lines"] > 0, "hour"].tolist() == [9, 17]
    days = make_log([("ann", "tea", "1", "2024-01-01", 1, 1.0)])
    assert portrait.by_hour(days).empty


def test_baskets_and_purchases(log: TransactionLog) -> None:
    classes, spread = portrait.baskets(log)
    assert classes["invoices"].tolist()[:2] == [2, 2]
    assert spread["mean"] == 1.5
    classes, spread = portrait.purchases(log)
    assert classes["customers"].tolist()[:2] == [2, 1]
    assert portrait.between(log)["median"] == pytest.approx(68 + 8 / 24)


def test_who_gave_everything_back_has_no_purchases(log: TransactionLog) -> None:
    netted = replace(log, lines=net(log.lines, log.cancellations), gross=log.lines, _matrices={})
    assert netted.invoices.tolist().count(0) == 1  # bob
    classes, spread = portrait.purchases(netted)
    assert classes["customers"].tolist()[:2] == [1, 1]
    assert (spread["min"], spread["mean"]) == (1, 1.5)


def test_concentration(log: TransactionLog) -> None:
    top = portrait.concentration(log)
    assert top["products"].tolist() == [1, 1, 1, 2]
    assert top["lines"].iloc[0] == pytest.approx(3 / 6)
    assert top["revenue"].iloc[0] == pytest.approx(12 / 30)


def test_countries_beyond_the_largest_are_one_row(log: TransactionLog) -> None:
    assert portrait.countries(log)["country"].tolist() == ["at", "de", "fr"]
    few = portrait.countries(log, most=1)
    assert few["country"].tolist() == ["at", "(others: 2)"]
    assert few["lines"].tolist() == [4, 2]
    assert portrait.countries(make_log(ROWS)).empty


def test_a_price_far_from_the_usual_is_odd(log: TransactionLog) -> None:
    assert portrait.prices(log)[1].empty
    rows = [("ann", "tea", str(at), f"2024-01-0{at}", 1, 3.0) for at in range(1, 6)]
    spread, odd = portrait.prices(make_log([*rows, ("ann", "tea", "9", "2024-01-09", 1, 300.0)]))
    assert odd[["product", "price", "usual", "lines"]].to_numpy().tolist() == [["tea", 300.0, 3.0, 1]]
    assert spread["max"] == 300


def test_the_shelf(log: TransactionLog) -> None:
    shelf = portrait.shelf(log)
    assert shelf["on_sale"].tolist() == [2, 0, 2]
    assert shelf["first"].tolist() == [2, 0, 1]
    assert shelf["last"].tolist() == [1, 0, 2]


def test_the_last_days_seen_from_their_start(log: TransactionLog) -> None:
    week = portrait.ahead(log, days=(7,)).iloc[0]
    assert week["pairs"] == 3  # ann: tea, mug; cat: mug
    assert week["repeats"] == pytest.approx(1 / 3)
    assert week["known"] == pytest.approx(1 / 3)
    assert week["came_before"] == pytest.approx(1 / 2)
    assert week["returned"] == pytest.approx(1 / 2)
    assert portrait.ahead(log, days=(36,)).empty  # less history than window


def test_returns(log: TransactionLog) -> None:
    assert portrait.returns(log) == {"lines": 1, "customers": 1, "units": 1.0, "revenue": 3.0}


def test_without_prices_money_is_unknown() -> None:
    log = make_log([(*row[:5], math.nan) for row in ROWS])
    assert np.isnan(portrait.by_month(log)["revenue"].iloc[0])
    assert portrait.prices(log)[0] == {}
    assert np.isnan(portrait.concentration(log)["revenue"]).all()

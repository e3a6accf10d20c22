"""Slices of a log: half-open, whole invoices, and no id without a line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.core.ids import NOTHING
from recsys.core.log import check_lines, midnight_after
from tests.logs import make_log, random_log

DAY = np.datetime64


def test_slice_holds_its_start_and_not_its_end() -> None:
    log = make_log([("ann", "tea", str(d), f"2024-01-0{d}T12:00", 1, 1.0) for d in range(1, 6)])
    part = log.between(DAY("2024-01-02T12:00"), DAY("2024-01-04T12:00"))
    assert part.lines["time"].dt.day.tolist() == [2, 3]
    assert part.end == DAY("2024-01-04T12:00")


def test_datetime_and_datetime64_cut_alike() -> None:
    log = random_log(1)
    one = log.between(pd.Timestamp("2024-01-10").to_pydatetime(), pd.Timestamp("2024-02-01").to_pydatetime())
    other = log.between(DAY("2024-01-10"), DAY("2024-02-01"))
    pd.testing.assert_frame_equal(one.lines, other.lines)


def test_invoice_over_midnight_stays_whole() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01T23:59", 1, 1.0),
        ("ann", "pot", "1", "2024-01-02T00:01", 1, 1.0),
        ("bob", "tea", "2", "2024-01-02T00:00", 1, 1.0),
    ]
    log = make_log(rows)
    assert len(log.between(None, DAY("2024-01-02")).lines) == 2
    assert len(log.between(DAY("2024-01-02"), log.end).lines) == 1


@pytest.mark.parametrize("day", range(1, 90, 8))
def test_no_invoice_is_on_both_sides_of_a_cutoff(day: int) -> None:
    log = random_log(2)
    cutoff = DAY("2024-01-01") + np.timedelta64(day, "D")
    before, after = log.between(None, cutoff), log.between(cutoff, log.end)
    assert len(before.lines) + len(after.lines) == len(log.lines)
    assert not set(before.lines["basket"]) & set(after.lines["basket"])


def test_slice_that_ends_before_it_starts_is_empty() -> None:
    assert len(random_log(1).between(DAY("2024-02-01"), DAY("2024-01-01")).lines) == 0


def test_slicing_leaves_the_log_as_it_was() -> None:
    log = random_log(1)
    before = log.lines.copy()
    log.between(None, DAY("2024-02-01")).recoded().matrix()
    pd.testing.assert_frame_equal(log.lines, before)


def test_recoded_holds_no_id_without_a_line() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0, "green tea"),
        ("bob", "pot", "2", "2024-01-02", 1, 1.0, "iron pot"),
        ("cat", "tea", "3", "2024-01-03", 1, 1.0, "tea, green"),
        ("bob", "tea", "4", "2024-01-01", -1, 1.0),
    ]
    views = [("ann", "pot", "2024-01-01", 0.5), ("bob", "tea", "2024-01-01", 0.5)]
    early = make_log(rows, views=views).between(None, DAY("2024-01-02")).recoded()
    assert list(early.customers.names) == ["ann"]
    assert list(early.products.names) == ["tea"]
    assert list(early.descriptions.names) == ["green tea"]
    assert len(early.cancellations) == 0  # bob's return: bob is not known
    assert len(early.evidence) == 0  # ann saw a pot that nobody had bought


def test_the_log_counts_who_kept_something() -> None:
    """Ann gave all back on day 2: a customer on day 1, and no more in the whole log."""
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "pot", "2", "2024-01-01", 1, 1.0)]
    log = make_log([*rows, ("ann", "tea", "3", "2024-01-02", -1, 1.0)], nets=True)
    assert log.held == (1, 1)
    assert log.between(None, DAY("2024-01-02")).held == (2, 2)
    assert log.shape == (2, 2)
    assert log.recoded().shape == (1, 1)


def test_a_customer_without_a_line_has_the_attributes_of_the_returns() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0),
        ("bob", "tea", "2", "2024-01-01", 1, 1.0),
        ("ann", "tea", "3", "2024-01-02", -1, 1.0),
        ("bob", "tea", "4", "2024-01-02", 1, 1.0),
        ("bob", "tea", "5", "2024-01-03", -1, 1.0),
    ]
    log = make_log(
        rows, nets=True, customer_columns={"country": ["Spain", "France", "Italy", "Malta", "Oman"]}
    )
    assert log.customer_attributes["country"].tolist() == ["Italy", "France"]


def test_recoded_holds_no_category_without_a_line() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "pot", "2", "2024-01-03", 1, 1.0)]
    log = make_log(rows, customer_columns={"country": pd.Categorical(["here", "there"])})
    past = log.between(None, DAY("2024-01-02")).recoded()
    assert past.lines["country"].cat.categories.tolist() == ["here"]
    assert past.customer_attributes["country"].cat.categories.tolist() == ["here"]
    assert log.lines["country"].cat.categories.tolist() == ["here", "there"]


def test_recoding_keeps_every_line_by_name() -> None:
    log = random_log(4).between(DAY("2024-02-01"), DAY("2024-02-10"))
    short = log.recoded()
    assert len(short.customers) < len(log.customers)
    for column, ids in (("customer", "customers"), ("product", "products"), ("description", "descriptions")):
        names = getattr(log, ids).take(log.lines[column])
        assert list(getattr(short, ids).take(short.lines[column])) == list(names)
        assert set(short.lines[column]) == set(range(len(getattr(short, ids))))
    check_lines(short.lines)


def test_recoding_twice_changes_nothing() -> None:
    once = random_log(4).between(None, DAY("2024-01-20")).recoded()
    twice = once.recoded()
    pd.testing.assert_frame_equal(once.lines, twice.lines)
    assert list(once.customers.names) == list(twice.customers.names)


def test_lines_without_description_stay_without() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0, "late text"),
        ("ann", "pot", "2", "2024-01-02", 1, 1.0),
        ("ann", "cup", "3", "2024-01-03", 1, 1.0, "cup"),
    ]
    log = make_log(rows).between(DAY("2024-01-02"), DAY("2024-01-04")).recoded()
    assert log.lines["description"].tolist() == [NOTHING, 0]
    assert list(log.descriptions.names) == ["cup"]


def test_attributes_are_the_latest_at_the_cutoff() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0),
        ("ann", "tea", "2", "2024-01-02", 1, 1.0),
        ("ann", "tea", "3", "2024-01-03", 1, 1.0),
        ("bob", "tea", "4", "2024-01-03", 1, 1.0),
    ]
    country = ["Chile", "Peru", None, None]
    shelf = ["hot", "hot", "cold", "cold"]
    log = make_log(rows, customer_columns={"country": country}, product_columns={"shelf": shelf})
    assert log.customer_attributes["country"].tolist()[0] == "Peru"  # what is missing does not overwrite
    assert log.customer_attributes["country"].isna().tolist() == [False, True]
    assert log.product_attributes["shelf"].tolist() == ["cold"]
    early = log.between(None, DAY("2024-01-02")).recoded()
    assert early.customer_attributes["country"].tolist() == ["Chile"]
    assert early.product_attributes["shelf"].tolist() == ["hot"]


def test_no_attributes_is_a_row_per_customer_and_no_column() -> None:
    assert random_log(1).customer_attributes.shape == (30, 0)


def test_log_without_prices_is_not_priced_and_spends_nothing() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 2, float("nan"))]
    log = make_log(rows)
    assert not log.priced
    assert log.spend.tolist() == [0.0]
    assert make_log([("ann", "tea", "1", "2024-01-01", 2, 1.5)]).spend.tolist() == [3.0]


def test_midnight_after_is_never_the_moment_itself() -> None:
    assert midnight_after(DAY("2024-01-01T00:00:00")) == DAY("2024-01-02")
    assert midnight_after(DAY("2024-02-29T23:59:59")) == DAY("2024-03-01")


def test_contract_of_lines_names_the_broken_column() -> None:
    lines = random_log(1).lines
    with pytest.raises(ValueError, match="'quantity' is int64: expected float64"):
        check_lines(lines.astype({"quantity": "int64"}))
    with pytest.raises(ValueError, match="'price' is absent: expected float64"):
        check_lines(lines.drop(columns="price"))
    with pytest.raises(ValueError, match="not sorted by time"):
        check_lines(lines.iloc[::-1])

"""What a return takes off, on invoices that can be worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recsys.core.log import TransactionLog
from tests.logs import make_log

DAY = np.datetime64


def shop(*lines: tuple[str, str, int, int]) -> TransactionLog:
    """(customer, product, day of January, units); negative units are a return."""
    rows: list[tuple[Any, ...]] = []
    for at, (who, what, day, units) in enumerate(lines):
        rows.append((who, what, f"i{at:02}", f"2024-01-{day:02}", units, 1.0))
    return make_log(rows, nets=True)


def left(log: TransactionLog) -> list[tuple[str, str, int, float]]:
    """(customer, product, day, units) of every line."""
    lines = log.lines
    names = zip(log.customers.take(lines["customer"]), log.products.take(lines["product"]), strict=True)
    when = zip(lines["time"].dt.day, lines["quantity"], strict=True)
    return [(*name, *rest) for name, rest in zip(names, when, strict=True)]


def test_return_takes_units_off_the_latest_earlier_purchase() -> None:
    log = shop(("ann", "tea", 1, 5), ("ann", "tea", 2, 5), ("ann", "tea", 3, -2))
    assert left(log) == [("ann", "tea", 1, 5), ("ann", "tea", 2, 3)]


def test_large_return_goes_on_to_the_purchase_before() -> None:
    log = shop(("ann", "tea", 1, 5), ("ann", "tea", 2, 5), ("ann", "tea", 3, -7))
    assert left(log) == [("ann", "tea", 1, 3)]


def test_purchase_after_the_return_is_left_alone() -> None:
    log = shop(("ann", "tea", 1, 1), ("ann", "tea", 2, -5), ("ann", "tea", 3, 4))
    assert left(log) == [("ann", "tea", 3, 4)]


def test_return_at_the_time_of_the_purchase_counts() -> None:
    assert left(shop(("ann", "tea", 1, 5), ("ann", "pot", 1, 1), ("ann", "tea", 1, -5))) == [
        ("ann", "pot", 1, 1)
    ]


def test_others_and_other_products_are_left_alone() -> None:
    log = shop(("ann", "tea", 1, 5), ("bob", "tea", 1, 5), ("ann", "pot", 1, 5), ("ann", "tea", 2, -5))
    assert left(log) == [("bob", "tea", 1, 5), ("ann", "pot", 1, 5)]


def test_two_returns_are_applied_oldest_first() -> None:
    """The first takes 4 of day 1; the second takes 5 of day 3 and the last one of day 1."""
    log = shop(
        ("ann", "tea", 1, 5),
        ("ann", "tea", 2, -4),
        ("ann", "tea", 3, 5),
        ("ann", "tea", 4, -6),
        ("bob", "tea", 5, 1),
    )
    assert left(log) == [("bob", "tea", 5, 1)]


def test_return_of_nothing_bought_is_ignored() -> None:
    assert left(shop(("ann", "tea", 2, 5), ("bob", "pot", 1, 1), ("ann", "pot", 3, -1))) == [
        ("bob", "pot", 1, 1),
        ("ann", "tea", 2, 5),
    ]


def test_later_return_never_edits_an_earlier_slice() -> None:
    log = shop(("ann", "tea", 1, 5), ("bob", "tea", 2, 1), ("ann", "tea", 10, -5))
    assert left(log) == [("bob", "tea", 2, 1)]
    assert left(log.between(None, DAY("2024-01-10"))) == [("ann", "tea", 1, 5), ("bob", "tea", 2, 1)]
    assert left(log.between(None, DAY("2024-01-11"))) == [("bob", "tea", 2, 1)]


def test_return_of_an_earlier_purchase_does_not_touch_the_slice_after() -> None:
    log = shop(("ann", "tea", 1, 5), ("ann", "tea", 5, 2), ("ann", "tea", 10, -3))
    assert left(log.between(DAY("2024-01-05"), log.end)) == []
    assert left(log.between(None, DAY("2024-01-05"))) == [("ann", "tea", 1, 5)]
    assert left(log) == [("ann", "tea", 1, 4)]


@pytest.mark.parametrize("end", range(2, 20, 3))
@pytest.mark.parametrize("start", [1, 4, 9])
def test_slice_of_a_slice_is_the_slice(start: int, end: int) -> None:
    rng = np.random.default_rng(5)
    lines = []
    for day in range(1, 20):
        for _ in range(3):
            units = int(rng.choice([1, 2, 4, -1, -3]))
            lines.append((str(rng.choice(["ann", "bob"])), str(rng.choice(["tea", "pot"])), day, units))
    log = shop(*lines)
    first, last = DAY(f"2024-01-{start:02}"), DAY(f"2024-01-{end:02}")
    straight = log.between(first, last)
    assert left(log.between(None, last).between(first, last)) == left(straight)
    assert left(log.between(first, log.end).between(first, last)) == left(straight)
    assert left(straight.recoded()) == left(straight)


def test_netting_is_what_a_loop_over_units_gives() -> None:
    """One unit at a time: each returned unit takes one off the latest purchase that still has any."""
    rng = np.random.default_rng(6)
    lines = [
        (
            str(rng.choice(["ann", "bob"])),
            str(rng.choice(["tea", "pot"])),
            int(day),
            int(rng.integers(-4, 6)) or 1,
        )
        for day in np.sort(rng.integers(1, 30, size=60))
    ]
    units = [max(q, 0) for *_, q in lines]
    for who, what, day, quantity in lines:
        for _ in range(max(-quantity, 0)):
            earlier = [
                i
                for i, line in enumerate(lines)
                if line[:2] == (who, what) and line[2] <= day and units[i] > 0 and line[3] > 0
            ]
            if earlier:
                units[max(earlier)] -= 1
    want = sorted((*line[:3], float(u)) for line, u in zip(lines, units, strict=True) if u > 0)
    assert sorted(left(shop(*lines))) == want


def test_without_netting_returns_are_only_set_aside() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 5, 1.0), ("ann", "tea", "2", "2024-01-02", -5, 1.0)]
    log = make_log(rows)
    assert left(log) == [("ann", "tea", 1, 5)]
    assert log.cancellations["quantity"].tolist() == [-5.0]
    assert len(log.between(None, DAY("2024-01-02")).cancellations) == 0

"""Figures of a learned ranker, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.core.fold import Known, know
from recsys.recommend.features import Figures
from tests.logs import make_log, random_log

ROWS = [
    ("ann", "10A", "1", "2024-01-01", 1, 2.0, "red tea cup"),
    ("ann", "20", "1", "2024-01-01", 1, 5.0, "big clock"),
    ("bob", "10B", "2", "2024-01-06", 3, 2.0, "red tea pot"),
    ("ann", "10A", "3", "2024-01-11", 7, 2.0, "red tea cup"),
    ("ann", "20", "4", "2024-01-16", 1, 4.0, "big clock"),
    ("cat", "20", "5", "2024-01-18", 1, 4.0, "big clock"),
    ("ann", "10B", "6", "2024-01-21", 1, 2.0, "red tea pot"),
]
KNOWN = know(make_log(ROWS), np.datetime64("2024-01-31T00:00:00"))


def figures(known: Known, customer: str, product: str) -> dict[str, float]:
    """Every figure of one pair, by name."""
    who = known.history.customers.codes([customer]).astype(np.int32)
    what = known.history.products.codes([product]).astype(np.int32)
    table, names = Figures.at(known).of(who, what)
    assert table.dtype == np.float32
    assert table.shape == (1, len(names)) == (1, len(set(names)))
    return dict(zip(names, table[0].tolist(), strict=True))


def test_own_purchases() -> None:
    """Ann bought 10A 30 and 20 days before the cutoff, from the first of her four invoices on."""
    found = figures(KNOWN, "ann", "10A")
    want = {"invoices": 2, "age": 20, "first": 30, "gap": 10, "last_gap": 10, "since": 4}
    assert {name: found[f"own_{name}"] for name in want} == want
    assert found["own_fading_30"] == pytest.approx(0.5 + 0.5 ** (20 / 30))
    assert found["own_units"] == pytest.approx((np.log(2) + np.log(8)) / 2)
    assert found["own_units_last"] == pytest.approx(np.log(8))


def test_what_was_never_bought_has_no_age() -> None:
    found = figures(KNOWN, "bob", "20")
    assert (found["own_invoices"], found["own_fading_30"], found["own_since"]) == (0, 0, 0)
    assert all(np.isnan(found[f"own_{name}"]) for name in ("age", "first", "gap", "last_gap", "units_last"))
    assert np.isnan([found["due"], found["due_rhythm"]]).all()


def test_rhythm_is_drawn_towards_that_of_the_product() -> None:
    """One gap of 10 days of her own, 10 of the product: 20 days after the last she is twice due."""
    found = figures(KNOWN, "ann", "10A")
    assert (found["p_gap"], found["due"], found["due_rhythm"]) == (10, 2, 2)
    assert figures(KNOWN, "bob", "10B")["due_rhythm"] == pytest.approx(25)  # no gap known: a day


def test_products() -> None:
    found = figures(KNOWN, "ann", "20")
    want = {"buyers": 2, "repeat_share": 0.5, "age": 30, "unsold": 13}
    want |= {"sold_14": 1, "new_14": 1, "days_sold": 2}
    assert {name: found[f"p_{name}"] for name in want} == want
    assert found["p_price"] == pytest.approx(np.log(4))
    assert found["p_price_change"] == pytest.approx(np.log(4) - (np.log(5) + 2 * np.log(4)) / 3)


def test_return_is_the_share_of_earlier_buyers_who_came_back() -> None:
    """Of two pairs that are older than 28 days both were bought again; of 20 it is one of one."""
    assert figures(KNOWN, "ann", "20")["p_return_28"] == 1
    later = know(make_log([*ROWS, ("dan", "20", "7", "2024-01-01", 1, 4.0, "big clock")]), KNOWN.cutoff)
    shop = 2 / 3
    assert figures(later, "ann", "20")["p_return_28"] == pytest.approx((1 + 5 * shop) / (2 + 5))


def test_customers() -> None:
    found = figures(KNOWN, "ann", "20")
    want = {"invoices": 4, "age": 10, "tenure": 30, "products": 3, "basket_last": 1, "fresh_last": 1}
    assert {name: found[f"c_{name}"] for name in want} == want
    assert found["c_gap"] == pytest.approx(20 / 3)
    assert found["c_repeat_share"] == pytest.approx(1 - 3 / 5)
    assert found["own_share"] == 0.5


def test_each_pair_is_looked_up_by_itself() -> None:
    log = random_log(4)
    known = know(log, log.end)
    customers, products = (a.astype(np.int32) for a in np.divmod(np.arange(30 * 20), 20))
    held = (customers < len(known.history.customers)) & (products < len(known.history.products))
    customers, products = customers[held], products[held]
    lookup = Figures.at(known)
    table, _ = lookup.of(customers, products)
    order = np.random.default_rng(0).permutation(len(customers))
    np.testing.assert_array_equal(lookup.of(customers[order], products[order])[0], table[order])

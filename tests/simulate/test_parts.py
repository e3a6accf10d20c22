"""Small parts, by hand: picking by share, what is owned, blocks, lists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.simulate import TYPES, Settings
from recsys.simulate.descriptions import family_names, rank_within, stock_codes
from recsys.simulate.panel import Purchases, first_time
from recsys.simulate.picker import Picker
from recsys.simulate.settings import REPLENISHER
from recsys.simulate.visits import DAY
from recsys.simulate.world import World


def test_rank_within() -> None:
    assert rank_within(np.array([4, 4, 7, 4], np.int32)).tolist() == [0, 1, 0, 2]


def test_picker_keeps_to_the_label_and_its_shares() -> None:
    picker = Picker(np.array([0.25, 1.0, 0.75, 0.0]), np.array([0, 1, 0, 1], np.int32))
    rng = np.random.default_rng(0)
    ones = picker.pick(np.ones(1000, np.int32), rng)
    zeros = picker.pick(np.zeros(10_000, np.int32), rng)
    assert set(ones) == {1}
    assert set(zeros) == {0, 2}
    assert (zeros == 2).mean() == pytest.approx(0.75, abs=0.02)
    assert picker.offers(np.array([0, 3])).tolist() == [True, False]


def test_blocks_are_counted_from_the_end() -> None:
    settings = Settings(10, 60, 85)
    assert settings.blocks == 13  # twelve weeks and the day before them
    bought = Purchases(*(np.zeros(4, np.int64) for _ in range(3)), np.array([0, 1, 84, 57]) * DAY)
    assert bought.blocks(settings).tolist() == [0, 1, 12, 9]  # the cutoff, day 57, begins block 9


def test_first_time() -> None:
    customer, product = np.array([1, 1, 2, 1]), np.array([5, 6, 5, 5])
    assert first_time(customer, product, 10).tolist() == [True, True, True, False]


def test_names_and_codes_are_different() -> None:
    rng = np.random.default_rng(0)
    names = family_names(1600, rng)
    assert len(set(names)) == 1600
    assert len({word for name in names[:40] for word in name.split()}) == 120
    codes = stock_codes(100_000, rng)
    assert len(set(codes)) == 100_000
    assert pd.Series(codes).str.fullmatch(r"\d{5}[A-C]?").all()


def test_shares_add_up(middle: tuple[pd.DataFrame, World]) -> None:
    _, world = middle
    demand, products = world.demand, world.products
    np.testing.assert_allclose(demand.base.sum(axis=1), 1)
    np.testing.assert_allclose(demand.hot.sum(axis=1), 1)
    np.testing.assert_allclose(np.bincount(products.group, demand.taste[0]), 1)
    np.testing.assert_allclose(np.bincount(products.family, demand.family[-1]), 1)
    assert sum(behaviour.share for behaviour in TYPES) == pytest.approx(1)


def test_regular_customers_come_by_the_clock(middle: tuple[pd.DataFrame, World]) -> None:
    """The gaps of a replenisher vary far less than those of the others."""
    _, world = middle
    visits = pd.DataFrame({"customer": world.visits.customer, "day": world.visits.minute / DAY})
    gaps = visits.groupby("customer")["day"].diff().groupby(visits["customer"])
    spread = (gaps.std() / gaps.mean())[gaps.count() >= 3]
    kind = world.customers.kind[spread.index]
    assert spread[kind == REPLENISHER].median() < 0.5 * spread[kind != REPLENISHER].median()

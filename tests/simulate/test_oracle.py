"""The true chances are true: they come out as often as they say, and small cases can be worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.simulate import Settings
from recsys.simulate.chances import chances, log_missed, table_of
from recsys.simulate.oracle import _per_customer, judged
from recsys.simulate.owned import Owned
from recsys.simulate.panel import Purchases
from recsys.simulate.purchases import _draw, _pickers, fill_baskets
from recsys.simulate.settings import TYPE_NAMES
from recsys.simulate.world import World, draw_world

SMALL = Settings(customers=240, products=120, days=140)
FUTURES = 30


def _bought(world: World, seed: int) -> Purchases:
    """One course of events in this world."""
    rng = np.random.default_rng(seed)
    parts = list(
        fill_baskets(world.settings, world.products, world.customers, world.demand, world.visits, rng)
    )
    visit = np.concatenate([part.visit for part in parts])
    product = np.concatenate([part.product for part in parts])
    who = world.visits.customer[visit].astype(np.int64)
    named = who < world.customers.identified
    return Purchases(who[named], product[named], visit[named], world.visits.minute[visit][named])


@pytest.fixture(scope="module")
def frequencies() -> pd.DataFrame:
    """kind, chance, bought: one row per (course of events, judged customer, product)."""
    world = draw_world(SMALL, np.random.default_rng(3))
    parts = []
    for seed in range(FUTURES):
        bought = _bought(world, seed)
        who = judged(world, bought, 10_000, np.random.default_rng(0))
        true = chances(world, bought, who)
        after = table_of(bought.where(bought.minute >= world.cutoff), who, SMALL.products)
        kind = np.repeat(world.customers.kind[who], SMALL.products)
        parts.append(
            pd.DataFrame({"kind": kind, "chance": true.probability.ravel(), "bought": after.ravel()})
        )
    return pd.concat(parts)


@pytest.mark.parametrize("kind", range(4), ids=TYPE_NAMES)
def test_chances_come_true_as_often_as_they_say(frequencies: pd.DataFrame, kind: int) -> None:
    mine = frequencies[frequencies["kind"] == kind]
    edges = [0, 0.05, 0.15, 0.3, 0.5, 1.01]
    bins = mine.groupby(pd.cut(mine["chance"], edges, right=False), observed=True)
    table = bins[["chance", "bought"]].mean()
    table = table[bins.size() > 1000]
    assert len(table) >= 2
    np.testing.assert_allclose(table["bought"], table["chance"], rtol=0.08, atol=0.003)


@pytest.mark.parametrize("kind", range(4), ids=TYPE_NAMES)
def test_one_customer_over_many_visits(kind: int) -> None:
    """20,000 visits of one customer to one week: every product is left out as often as the formula says."""
    world = draw_world(SMALL, np.random.default_rng(3))
    block = world.settings.blocks - 1
    who = np.flatnonzero(world.customers.kind == kind)[:1]
    owned = Owned(world.products, world.customers)
    known = np.arange(0, SMALL.products, 2)
    owned.add(np.repeat(who, len(known)), known)
    visits = np.arange(20_000)
    pickers = _pickers(world.products, world.demand, block)
    customer = np.full(len(visits), who[0], np.int32)
    rng = np.random.default_rng(1)
    baskets = _draw(visits, customer, world.products, world.customers, pickers, owned, rng)
    bought = np.bincount(baskets.product, minlength=SMALL.products) / len(visits)
    table = np.zeros((1, SMALL.products), np.bool_)
    table[0, known] = True
    chance = -np.expm1(log_missed(world, who, table, block)[0])
    np.testing.assert_allclose(bought, chance, atol=0.015)
    assert chance.max() > 0.3


def test_second_relevant_is_one_over_log2_of_three() -> None:
    row = _per_customer(np.array([[0.9, 0.8, 0.1]]), np.array([[False, True, False]])).iloc[0]
    assert row["ndcg@10"] == pytest.approx(1 / np.log2(3))
    assert row["precision@10"] == pytest.approx(0.1)
    assert row["recall@10"] == 1.0
    assert row["map@10"] == pytest.approx(0.5)
    assert row["expected_precision@10"] == pytest.approx(0.18)


def test_empty_truth_is_undefined() -> None:
    assert _per_customer(np.array([[0.9]]), np.array([[False]])).iloc[0].isna().all()

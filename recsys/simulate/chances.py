"""The true chance that a customer buys a product in the holdout.

The oracle behind it knows the shop's parameters, each customer's list, group and family, what was bought
before the cutoff, and when customers come; it does not know what falls into the baskets. With q the chance
that one line of a visit is a given product, k = BASKET_SHAPE and b the customer's mean basket, a visit leaves
the product out with probability (1 - q_first) * (1 + b q / k)^-k (a gamma mixture of Poisson lines after a
first one), and visits are independent. `rebuy` lowers q, but not q_first, where the product was bought before
the cutoff. Whether it was bought at least once does not depend on what `rebuy` does after that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.panel import Purchases
from recsys.simulate.settings import (
    BASKET_SHAPE,
    BLOCK_DAYS,
    FAMILY,
    HOLDOUT_DAYS,
    LIST_CURVE,
    REPLENISHER,
    TASTE,
    TREND,
    TYPES,
)
from recsys.simulate.visits import DAY
from recsys.simulate.world import World

CUSTOMERS_AT_ONCE = 128


@dataclass(frozen=True, eq=False)
class Chances:
    """P(product is bought in the holdout | its visits), for some customers; (customers, products)."""

    customers: NDArray[np.int64]
    probability: NDArray[np.float32]


def chances(world: World, bought: Purchases, who: NDArray[np.int64]) -> Chances:
    """The true chances of these customers, in blocks of customers."""
    parts = [
        _chances(world, bought, who[low : low + CUSTOMERS_AT_ONCE])
        for low in range(0, len(who), CUSTOMERS_AT_ONCE)
    ]
    return Chances(who, np.concatenate([np.empty((0, len(world.products)), np.float32), *parts]))


def halves(world: World, bought: Purchases) -> tuple[Purchases, Purchases]:
    """(before the cutoff, from it on)."""
    return bought.where(bought.minute < world.cutoff), bought.where(bought.minute >= world.cutoff)


def table_of(bought: Purchases, who: NDArray[np.int64], products: int) -> NDArray[np.bool_]:
    """(customers, products): True where bought; `who` is sorted."""
    table = np.zeros((len(who), products), np.bool_)
    mine = bought.where(np.isin(bought.customer, who))
    table[np.searchsorted(who, mine.customer), mine.product] = True
    return table


def log_missed(
    world: World, who: NDArray[np.int64], owned: NDArray[np.bool_], block: int
) -> NDArray[np.float64]:
    """Log-chance that one visit in this block leaves each product out; (customers, products)."""
    kind = world.customers.kind[who]
    base = np.array([t.base for t in TYPES])[kind, None]
    rebuy = np.where(owned, np.array([t.rebuy for t in TYPES])[kind, None], 1.0)
    basket = world.customers.basket[who, None] / BASKET_SHAPE
    signature = (1 - base) * _signature(world, who, block)
    rest = 1 - base - signature.sum(axis=1, keepdims=True)  # listed products that are not on sale yet
    bestsellers = world.demand.base[block] * (base + rest)
    first = np.minimum(bestsellers + signature, 1 - 1e-12)
    later = np.log1p(basket * (bestsellers + signature * rebuy))
    missed: NDArray[np.float64] = np.log1p(-first) - BASKET_SHAPE * later
    return missed


def _chances(world: World, bought: Purchases, who: NDArray[np.int64]) -> NDArray[np.float32]:
    """(customers, products) for one block of customers: no visit of the holdout may leave the product out."""
    owned = table_of(halves(world, bought)[0], who, len(world.products))
    missed = np.zeros(owned.shape)
    last = world.settings.blocks
    for block in range(last - HOLDOUT_DAYS // BLOCK_DAYS, last):
        missed += _visits_in(world, block, who)[:, None] * log_missed(world, who, owned, block)
    return (-np.expm1(missed)).astype(np.float32)


def _visits_in(world: World, block: int, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Visits of each of these customers within a block."""
    end = world.settings.days - BLOCK_DAYS * (world.settings.blocks - 1 - block)
    low, high = np.searchsorted(world.visits.minute, [(end - BLOCK_DAYS) * DAY, end * DAY])
    return np.bincount(world.visits.customer[low:high], minlength=len(world.customers))[who]


def _signature(world: World, who: NDArray[np.int64], block: int) -> NDArray[np.float64]:
    """The chance of each product in a signature line; rows sum to one, less what a list cannot offer yet."""
    people, products, demand = world.customers, world.products, world.demand
    kind = people.kind[who]
    taste, fans = who[kind == TASTE], who[kind == FAMILY]
    share = np.zeros((len(who), len(products)))
    share[kind == REPLENISHER] = _list_shares(world, who[kind == REPLENISHER]) * (demand.base[block] > 0)
    share[kind == TREND] = demand.hot[block]
    share[kind == TASTE] = demand.taste[block] * (products.group == people.group[taste, None])
    share[kind == FAMILY] = demand.family[block] * (products.family == people.family[fans, None])
    return share


def _list_shares(world: World, who: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often a list's line asks for each product: the same product may stand on a list twice."""
    people = world.customers
    length = people.list_length[who, None]
    slot = np.minimum(np.arange(people.lists.shape[1] + 1), length) / length
    share = np.zeros((len(who), len(world.products)))
    lists = people.lists[people.list_row[who]]
    np.add.at(share, (np.arange(len(who))[:, None], lists), np.diff(slot ** (1 / LIST_CURVE), axis=1))
    return share

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
    FAMILY,
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


def _chances(world: World, bought: Purchases, who: NDArray[np.int64]) -> NDArray[np.float32]:
    """(customers, products) for one block of customers."""
    people, last = world.customers, world.settings.blocks
    before, _ = halves(world, bought)
    owned = table_of(before, who, len(world.products))
    base = np.array([t.base for t in TYPES])[people.kind[who], None]
    rebuy = np.where(owned, np.array([t.rebuy for t in TYPES])[people.kind[who], None], 1.0)
    basket = people.basket[who, None] / BASKET_SHAPE
    missed = np.zeros(owned.shape)  # log chance of not being bought
    weights = _signature_weights(world, who)
    for block in range(last - 4, last):
        visits = _visits_in(world, block, who)[:, None]
        signature = _signature(world, who, weights, block)
        bestsellers = world.demand.base[block] * (
            base + (1 - base) * (1 - signature.sum(axis=1, keepdims=True))
        )
        first = bestsellers + (1 - base) * signature
        later = bestsellers + (1 - base) * signature * rebuy
        missed += visits * (np.log1p(-np.minimum(first, 1 - 1e-12)) - BASKET_SHAPE * np.log1p(basket * later))
    return (-np.expm1(missed)).astype(np.float32)


def _visits_in(world: World, block: int, who: NDArray[np.int64]) -> NDArray[np.int64]:
    """Visits of each of these customers within a block."""
    end = world.settings.days - 7 * (world.settings.blocks - 1 - block)
    low, high = np.searchsorted(world.visits.minute, [(end - 7) * DAY, end * DAY])
    return np.bincount(world.visits.customer[low:high], minlength=len(world.customers))[who]


def _signature_weights(world: World, who: NDArray[np.int64]) -> NDArray[np.float64]:
    """How strongly each customer's signature asks for each product, the week aside; (customers, products).

    Replenishers: share of the personal list. Taste and family: 1 inside the group or family. Trend: 1.
    """
    people, products = world.customers, world.products
    weight = np.zeros((len(who), len(products)))
    kind = people.kind[who]
    own = np.flatnonzero(kind == REPLENISHER)
    length = people.list_length[who[own], None]
    slot = np.minimum(np.arange(people.lists.shape[1] + 1), length) / length
    share = np.diff(slot ** (1 / LIST_CURVE), axis=1)
    np.add.at(weight, (own[:, None], people.lists[people.list_row[who[own]]]), share)
    taste, fans = who[kind == TASTE], who[kind == FAMILY]
    weight[kind == TASTE] = products.group == people.group[taste, None]
    weight[kind == FAMILY] = products.family == people.family[fans, None]
    weight[kind == TREND] = 1.0
    return weight


def _signature(
    world: World, who: NDArray[np.int64], weights: NDArray[np.float64], block: int
) -> NDArray[np.float64]:
    """The chance of each product in a signature line of this block; a list's absent products leave a rest."""
    demand = world.demand
    offers = np.empty((len(TYPES), len(world.products)))
    offers[REPLENISHER] = demand.base[block] > 0
    offers[TREND], offers[TASTE], offers[FAMILY] = (
        demand.hot[block],
        demand.taste[block],
        demand.family[block],
    )
    return weights * offers[world.customers.kind[who]]

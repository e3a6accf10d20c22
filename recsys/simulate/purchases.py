"""What is in each basket: one block of weeks at a time, in arrays.

A visit has n = 1 + Poisson(basket * Gamma(BASKET_SHAPE) / BASKET_SHAPE) lines. Each line comes from the
bestsellers or from the type's signature source, independently. A taste or family line on a product that its
customer bought in an earlier block is kept with chance `rebuy`; a visit's first line is always kept. Two
lines of a visit on one product are one line. All of this is what `oracle` computes with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.customers import Customers
from recsys.simulate.owned import Owned
from recsys.simulate.picker import Picker
from recsys.simulate.products import Demand, Products
from recsys.simulate.settings import (
    BASKET_SHAPE,
    BLOCK_DAYS,
    FAMILY,
    LIST_CURVE,
    REPLENISHER,
    TASTE,
    TREND,
    TYPES,
    Settings,
)
from recsys.simulate.visits import DAY, Visits

CHUNK_VISITS = 20_000  # visits drawn at once: about 400,000 lines


@dataclass(frozen=True, eq=False)
class Baskets:
    """Distinct (visit, product) pairs of one chunk, by visit, then product."""

    visit: NDArray[np.int64]  # row in Visits
    product: NDArray[np.int64]


def fill_baskets(
    settings: Settings,
    products: Products,
    customers: Customers,
    demand: Demand,
    visits: Visits,
    rng: np.random.Generator,
) -> Iterator[Baskets]:
    """Baskets of all visits, oldest first, in chunks that never cross a block of the demand."""
    owned = Owned(products, customers)
    starts = settings.days - BLOCK_DAYS * np.arange(settings.blocks + 1)[::-1]
    edges = np.searchsorted(visits.minute, np.maximum(starts, 0) * DAY)
    for block in range(settings.blocks):
        pickers = _pickers(products, demand, block)
        bought = []
        for low in range(edges[block], edges[block + 1], CHUNK_VISITS):
            visit = np.arange(low, min(low + CHUNK_VISITS, edges[block + 1]))
            baskets = _draw(visit, visits.customer[visit], products, customers, pickers, owned, rng)
            bought.append(baskets)
            yield baskets
        for baskets in bought:  # remembered after the block, so that chunks of one block are drawn alike
            owned.add(visits.customer[baskets.visit], baskets.product)


def _pickers(products: Products, demand: Demand, block: int) -> dict[int, Picker]:
    """The shared sources of one block, by the type whose signature they are; -1: the bestsellers."""
    everything = np.zeros(len(products), np.int32)
    return {
        -1: Picker(demand.base[block], everything),
        TREND: Picker(demand.hot[block], everything),
        TASTE: Picker(demand.taste[block], products.group),
        FAMILY: Picker(demand.family[block], products.family),
    }


def _draw(
    visit: NDArray[np.int64],
    customer: NDArray[np.int32],
    products: Products,
    customers: Customers,
    pickers: dict[int, Picker],
    owned: Owned,
    rng: np.random.Generator,
) -> Baskets:
    """The baskets of these visits: sizes, sources, products; then thinned and made distinct."""
    size = 1 + rng.poisson(customers.basket[customer] * rng.gamma(BASKET_SHAPE, 1 / BASKET_SHAPE, len(visit)))
    line = np.repeat(np.arange(len(visit)), size)
    first = np.append(True, line[1:] != line[:-1])
    who = customer[line]
    kind = customers.kind[who]
    source = np.where(rng.random(len(line)) < np.array([t.base for t in TYPES])[kind], -1, kind)
    product = _pick(source, who, products, customers, pickers, rng)
    keep = first | (rng.random(len(line)) < np.array([t.rebuy for t in TYPES])[kind])
    doubt = np.flatnonzero(~keep & (source >= 0))
    keep[:] = True
    keep[doubt] = ~owned.has(who[doubt], product[doubt])
    pair = np.unique(line[keep] * np.int64(len(products)) + product[keep])
    return Baskets(visit[pair // len(products)], pair % len(products))


def _pick(
    source: NDArray[np.int8],
    who: NDArray[np.int32],
    products: Products,
    customers: Customers,
    pickers: dict[int, Picker],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """One product per line. A listed product that is not on sale yet is replaced by a bestseller."""
    product = np.full(len(source), -1)
    own = np.flatnonzero(source == REPLENISHER)
    slot = customers.list_length[who[own]] * rng.random(len(own)) ** LIST_CURVE
    product[own] = customers.lists[customers.list_row[who[own]], slot.astype(np.int64)]
    product[own[~pickers[-1].offers(product[own])]] = -1
    one_for_all = np.zeros(len(customers), np.int32)
    for kind, label in ((TREND, one_for_all), (TASTE, customers.group), (FAMILY, customers.family)):
        lines = np.flatnonzero(source == kind)
        product[lines] = pickers[kind].pick(label[who[lines]], rng)
    rest = np.flatnonzero(product < 0)
    product[rest] = pickers[-1].pick(one_for_all[who[rest]], rng)
    return product

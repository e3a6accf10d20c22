"""The shelves: what each product is, and how much the shop wants of it in every week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.descriptions import describe, rank_within, stock_codes
from recsys.simulate.settings import BLOCK_DAYS, Settings

POPULARITY_SHAPE, POPULARITY_SIGMA = 0.35, 0.7  # gamma times log-normal: sets the tails of products
TASTE_SHAPE = 0.7  # of gamma-distributed weight within a taste group, independent of the popularity
LATE = 0.32  # share of products that arrive after the first day
SEASONAL = 0.15  # share of products with a season
HOT = 0.25  # share of products that have a hot spell
HOT_FOR_ALL = 0.3  # part of the bestsellers that is what is hot: everybody sees the shop window


@dataclass(frozen=True, eq=False)
class Products:
    """One row per product; arrays are (products,)."""

    code: NDArray[np.str_]
    description: NDArray[np.str_]
    family: NDArray[np.int32]
    family_names: list[str]
    group: NDArray[np.int32]  # taste group; independent of the family
    price: NDArray[np.float64]
    weight: NDArray[np.float64]  # base popularity
    appeal: NDArray[np.float64]  # weight within its taste group
    first_day: NDArray[np.int64]  # days after the start
    season_day: NDArray[np.float64]  # day of the year of its peak; NaN: none
    hot_day: NDArray[np.float64]  # middle of its hot spell, days after the start; NaN: none
    hot_sd: NDArray[np.float64]  # half-width of the spell, days
    heat: NDArray[np.float64]  # height of the spell

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, eq=False)
class Demand:
    """Shares of the four shared sources, (blocks, products); zero before a product's first day.

    `base` and `hot` sum to one over products, `taste` within each group, `family` within each family.
    """

    base: NDArray[np.float64]
    hot: NDArray[np.float64]
    taste: NDArray[np.float64]
    family: NDArray[np.float64]


def draw_products(settings: Settings, rng: np.random.Generator) -> Products:
    """Shelves for this shop: families, hidden groups, prices, arrivals, seasons and hot spells."""
    count = settings.products
    family = _dealt(count, settings.families, rng)
    group = _dealt(count, settings.groups, rng)
    names, description = describe(family, rng)
    first_day = np.where(rng.random(count) < LATE, rng.integers(1, settings.days, count), 0)
    first_day[(rank_within(family) == 0) | (rank_within(group) == 0)] = 0  # no source is ever empty
    hot_day = np.maximum(rng.uniform(-30, settings.days + 30, count), first_day + 20.0)
    weight = 0.02 + rng.gamma(POPULARITY_SHAPE, 1, count) * np.exp(rng.normal(0, POPULARITY_SIGMA, count))
    return Products(
        code=np.array(stock_codes(count, rng)),
        description=np.array(description),
        family=family,
        family_names=names,
        group=group,
        price=_prices(count, rng),
        weight=weight,
        appeal=weight**0.3 * (0.02 + rng.gamma(TASTE_SHAPE, 1, count)),
        first_day=first_day,
        season_day=np.where(
            rng.random(count) < SEASONAL, rng.choice([45, 110, 200, 325, 335, 345], count), np.nan
        ),
        hot_day=np.where(rng.random(count) < HOT, hot_day, np.nan),
        hot_sd=rng.uniform(30, 45, count),
        heat=np.exp(rng.normal(0, 0.8, count)),
    )


def weekly_demand(products: Products, settings: Settings) -> Demand:
    """What each source offers in every block, from the day in the middle of the block."""
    last = settings.days - 1 - BLOCK_DAYS * np.arange(settings.blocks)[::-1]  # last day of each block
    middle = (last - BLOCK_DAYS // 2)[:, None]
    on_sale = products.first_day <= np.maximum(last - BLOCK_DAYS + 1, 0)[:, None]
    year_day = (settings.start.timetuple().tm_yday + middle) % 365
    apart = np.abs(year_day - products.season_day)
    apart = np.minimum(apart, 365 - apart)
    season = np.where(np.isnan(apart), 1.0, 0.4 + 2.5 * np.exp(-0.5 * (apart / 30) ** 2))
    base = products.weight * season * on_sale
    spell = np.exp(-0.5 * ((middle - products.hot_day) / products.hot_sd) ** 2)
    hot = products.heat * np.nan_to_num(spell) * on_sale + 1e-9 * on_sale
    fresh = 1 + 2.0 * ((middle - products.first_day < 60) & (products.first_day > 0))
    taste = products.appeal * on_sale
    family = products.weight**0.2 * fresh * on_sale
    hot = hot / hot.sum(axis=1, keepdims=True)
    return Demand(
        base=(1 - HOT_FOR_ALL) * base / base.sum(axis=1, keepdims=True) + HOT_FOR_ALL * hot,
        hot=hot,
        taste=_within(taste, products.group),
        family=_within(family, products.family),
    )


def _dealt(count: int, labels: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Labels of nearly equal size in random places."""
    return rng.permutation(np.arange(count) % labels).astype(np.int32)


def _prices(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Prices of a gift shop: half below 2, endings of 5 cents, none under 0.10."""
    raw: NDArray[np.float64] = rng.lognormal(np.log(2.0), 0.85, count)
    return np.maximum(np.round(raw * 20) / 20, 0.10).round(2)


def _within(weight: NDArray[np.float64], label: NDArray[np.int32]) -> NDArray[np.float64]:
    """Scale each row so that the weights of every label sum to one."""
    labels = int(label.max()) + 1
    totals = np.stack([np.bincount(label, row, labels) for row in weight])
    return weight / totals[:, label]

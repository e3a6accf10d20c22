"""The people: a type each, what they are drawn to, and how often and how much they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.products import Products
from recsys.simulate.settings import REPLENISHER, TYPES, Settings

LIST_LENGTH = 64  # longest personal list
LIST_PER_LINE = 1.6  # products on the list per line of a mean basket
FIRST_ID = 12_346
COUNTRIES = ("United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Belgium", "Switzerland")
COUNTRY_SHARES = (0.905, 0.022, 0.020, 0.014, 0.012, 0.010, 0.009, 0.008)


@dataclass(frozen=True, eq=False)
class Customers:
    """One row per person, (people,): those with an id first, then the guests, who have none."""

    identified: int  # rows before the guests
    kind: NDArray[np.int8]  # index into TYPES
    group: NDArray[np.int32]  # the taste group a taste buyer shops in; drawn for everyone
    family: NDArray[np.int32]  # the description family a family buyer follows; drawn for everyone
    lists: NDArray[np.int32]  # (replenishers, LIST_LENGTH) products, most bought first
    list_row: NDArray[np.int32]  # row in `lists`; -1: not a replenisher
    list_length: NDArray[np.int32]
    visits: NDArray[np.float64]  # a year, while active
    basket: NDArray[np.float64]  # mean lines beyond the first
    once: NDArray[np.bool_]
    spend: NDArray[np.float64]  # factor on quantities
    country: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.kind)

    def names(self) -> list[str]:
        """Customer ids as text, for the identified rows."""
        return [str(FIRST_ID + row) for row in range(self.identified)]


def draw_customers(settings: Settings, products: Products, rng: np.random.Generator) -> Customers:
    """Everyone who will ever visit; rows are in random order of type, so any prefix is a fair panel."""
    count = settings.customers + settings.guests
    kind = np.concatenate([_kinds(settings.customers, rng), _kinds(settings.guests, rng)])
    behaviour = {field: np.array([getattr(t, field) for t in TYPES])[kind] for field in _NUMBERS}
    basket = behaviour["basket"] * np.exp(rng.normal(0, 1, count) * behaviour["basket_sigma"])
    list_row = np.where(kind == REPLENISHER, np.cumsum(kind == REPLENISHER) - 1, -1).astype(np.int32)
    longest = min(LIST_LENGTH, settings.products // 3)
    return Customers(
        identified=settings.customers,
        kind=kind,
        group=rng.integers(0, settings.groups, count, dtype=np.int32),
        family=rng.integers(0, settings.families, count, dtype=np.int32),
        lists=rng.choice(
            len(products), (int(list_row.max()) + 1, LIST_LENGTH), p=products.weight / products.weight.sum()
        ).astype(np.int32),
        list_row=list_row,
        list_length=np.clip(np.rint(LIST_PER_LINE * basket), 6, longest).astype(np.int32),
        visits=behaviour["visits"] * np.exp(rng.normal(0, 1, count) * behaviour["visits_sigma"]),
        basket=basket,
        once=rng.random(count) < behaviour["once"],
        spend=behaviour["spend"] * np.exp(rng.normal(0, 0.5, count)),
        country=rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES).astype(np.int8),
    )


_NUMBERS = ("basket", "basket_sigma", "visits", "visits_sigma", "once", "spend")


def _kinds(count: int, rng: np.random.Generator) -> NDArray[np.int8]:
    """Types in their shares (nearest whole numbers), shuffled: every type is there from 10 people on."""
    edges = np.cumsum([behaviour.share for behaviour in TYPES])
    place = (np.arange(count) + 0.5) / max(count, 1)
    kinds = np.minimum(np.searchsorted(edges, place, side="right"), len(TYPES) - 1)
    return rng.permutation(kinds).astype(np.int8)

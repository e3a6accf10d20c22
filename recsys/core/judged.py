"""Lists laid over the truth: the arrays every metric reads; `measure.judge` makes them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Held = TypeVar("Held")


@dataclass(frozen=True, eq=False)
class Beside:
    """What was known at the cutoff of the customers and products of ranked lists; None: not known at all.

    A row per customer:
    before: (n, k) bool, whether the customer had bought the product at each rank.
    truth_before: (n,) int64, products in the truth that the customer had bought.
    own_share, own_price: (n,) means over what the customer had bought, of `share` by product and of the price
        by unit; NaN where undefined.
    units: (n, k) float64, how many of the product the customer went on to buy and keep; 0 where it is no hit.
    alike: (n, k) float64, the sum of the cosines of the product's description with those of the products
        above it; NaN where it has none.
    in_category: (n, k) bool, whether the product is of a category of the truth. first_of_category: (n, k)
        bool, whether it is the first of that category. truth_categories: (n,) int64, categories of the truth.

    Of each product, then NaN for NOTHING, (products + 1,) float64:
    share: of the customers, those who had bought it. price: the last one. cost: the last one.
    """

    before: NDArray[np.bool_]
    truth_before: NDArray[np.int64]
    own_share: NDArray[np.float64]
    own_price: NDArray[np.float64]
    share: NDArray[np.float64]
    price: NDArray[np.float64]
    cost: NDArray[np.float64]
    units: NDArray[np.float64]
    alike: NDArray[np.float64] | None = None
    in_category: NDArray[np.bool_] | None = None
    first_of_category: NDArray[np.bool_] | None = None
    truth_categories: NDArray[np.int64] | None = None

    def take(self, rows: NDArray[np.intp]) -> Beside:
        """Some of the customers."""
        of_products = ("share", "price", "cost")
        held = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in of_products}
        return replace(self, **{name: value[rows] for name, value in held.items() if value is not None})


@dataclass(frozen=True, eq=False)
class Judged:
    """Ranked lists beside what was bought.

    hits: (n, k) bool, whether the product at each rank is in the truth.
    hit_spend: (n, k) float64, what the customer later spent on that product; 0 where it is no hit.
    truth_sizes, truth_spend: (n,), products in the truth and the spend on them.
    lists: (n, k) int32 product codes, NOTHING where padded.
    catalogue: products that could be recommended.
    beside: what was known before, where the lists were judged with it.
    """

    hits: NDArray[np.bool_]
    hit_spend: NDArray[np.float64]
    truth_sizes: NDArray[np.int64]
    truth_spend: NDArray[np.float64]
    lists: NDArray[np.int32]
    catalogue: int
    beside: Beside | None = None

    @property
    def known(self) -> Beside:
        """What was known before. Raises ValueError where the lists were judged without it."""
        return held(self.beside)

    def take(self, rows: NDArray[np.intp]) -> Judged:
        """Some of the customers."""
        return Judged(
            self.hits[rows],
            self.hit_spend[rows],
            self.truth_sizes[rows],
            self.truth_spend[rows],
            self.lists[rows],
            self.catalogue,
            self.beside and self.beside.take(rows),
        )


def held(value: Held | None) -> Held:
    """The value. Raises ValueError where there is none: a programming error, not a user's."""
    if value is None:
        raise ValueError("judged without a context that tells this: expected judge(lists, truth, context)")
    return value

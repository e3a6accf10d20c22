"""What can be asked of a simulated shop, and how each type of customer behaves.

Every type has one signature source of products, and each source has a recommender that finds it:

============  ==============================================  ======================
type          signature source                                best recommender
============  ==============================================  ======================
replenisher   a personal list, bought again and again         own purchases
trend         what is hot this week; hot sets rotate          recent popularity
taste         one co-purchase group, invisible in the words   item-item collaborative
family        one family of products that share words        content
============  ==============================================  ======================

The rest of every basket comes from the shop's bestsellers (`Behaviour.base`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recsys.core.errors import ConfigError
from recsys.simulate.descriptions import MAX_FAMILIES

HOLDOUT_DAYS = 28  # the truth speaks about this many last days; see the protocol's time split
BLOCK_DAYS = 7  # tastes of the shop change from block to block, not within one
BASKET_SHAPE = 2.0  # gamma shape of one visit's basket around its customer's mean
LIST_CURVE = 1.5  # slot = floor(length * u**LIST_CURVE): the first products of a personal list sell most
CLOCK_JITTER = 0.12  # a regular visit's standard deviation around its due day, in periods

REPLENISHER, TREND, TASTE, FAMILY = range(4)


@dataclass(frozen=True)
class Behaviour:
    """One type of customer: how often, how much, and where the products come from."""

    name: str
    share: float  # of customers
    base: float  # share of basket lines from the shop's bestsellers; the rest is the signature source
    visits: float  # median visits a year while active
    visits_sigma: float  # of log visits over customers
    basket: float  # median of a customer's mean lines a visit
    basket_sigma: float  # of log mean lines over customers
    rebuy: float  # chance that a signature line on a product bought in an earlier block is kept
    once: float  # share who visit once and never return
    regular: bool  # visits by the clock, else at random
    spend: float  # factor on quantities


TYPES: tuple[Behaviour, ...] = (
    Behaviour("replenisher", 0.32, 0.20, 6.0, 0.90, 33.0, 0.74, 1.00, 0.06, True, 1.3),
    Behaviour("trend", 0.24, 0.15, 4.1, 0.75, 22.0, 0.57, 1.00, 0.22, False, 1.1),
    Behaviour("taste", 0.25, 0.15, 3.8, 0.70, 23.0, 0.57, 0.12, 0.22, False, 1.3),
    Behaviour("family", 0.19, 0.15, 3.9, 0.70, 10.0, 0.45, 0.18, 0.22, False, 1.2),
)
TYPE_NAMES: tuple[str, ...] = tuple(behaviour.name for behaviour in TYPES)


@dataclass(frozen=True)
class Settings:
    """The size of a shop and of its truth; raises ConfigError where no shop could be made."""

    customers: int
    products: int
    days: int
    start: date = date(2023, 12, 1)  # a year from here ends in the November peak, as the reference does
    panel: int = 5000  # customers whose lines are kept in memory for the moments, the oracle and Bayes
    oracle: int = 2000  # judged customers of the panel that the oracle serves
    sample: int = 200  # of these, customers whose probabilities are written out

    def __post_init__(self) -> None:
        """Refuse a shop too small for its types, families and holdout, or too large for the arrays."""
        _within("customers", self.customers, 10, 5_000_000)
        _within("products", self.products, 60, 100_000)
        _within("days", self.days, 3 * HOLDOUT_DAYS, 3660)

    @property
    def guests(self) -> int:
        """People without a customer id; as in the reference, a quarter of all lines is theirs."""
        return round(self.customers / 3)

    @property
    def groups(self) -> int:
        """Taste groups: about 130 products each."""
        return min(max(4, round(self.products / 130)), 16)

    @property
    def families(self) -> int:
        """Description families: about 30 products each."""
        return min(max(4, round(self.products / 30)), MAX_FAMILIES)

    @property
    def blocks(self) -> int:
        """Blocks of a week, counted from the end, so that the cutoff falls between two of them."""
        return -(-self.days // BLOCK_DAYS)

    def blocks_of(self, day: NDArray[np.int64]) -> NDArray[np.int64]:
        """The block that holds each day; the first block may be short."""
        return self.blocks - 1 - (self.days - 1 - day) // BLOCK_DAYS


def _within(what: str, value: int, least: int, most: int) -> None:
    """Raise ConfigError unless least <= value <= most."""
    if not least <= value <= most:
        raise ConfigError(f"{what} is {value}: expected {least} to {most}; set --{what} within that")

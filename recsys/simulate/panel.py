"""The purchases of the panel: customers whose lines are kept to measure the shop by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.noise import Lines
from recsys.simulate.settings import Settings
from recsys.simulate.visits import DAY


@dataclass(frozen=True, eq=False)
class Purchases:
    """Distinct (invoice, product) pairs of identified customers, oldest first; (pairs,)."""

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    invoice: NDArray[np.int64]
    minute: NDArray[np.int64]

    def where(self, rows: NDArray[np.bool_]) -> Purchases:
        """The pairs that are marked."""
        return Purchases(self.customer[rows], self.product[rows], self.invoice[rows], self.minute[rows])

    def blocks(self, settings: Settings) -> NDArray[np.int64]:
        """The block of the demand in which each pair was bought."""
        return settings.blocks_of(self.minute // DAY)


def in_panel(settings: Settings, customer: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The first `panel` customers and a third as many guests: rows are in random order, so a fair sample."""
    guest = customer - settings.customers
    return np.where(guest < 0, customer < settings.panel, guest < settings.panel // 3)


def purchases(lines: Lines, products: int, identified: int) -> Purchases:
    """What cleaning leaves of these lines."""
    good = ~lines.cancels & (lines.item < products) & (lines.price > 0) & (lines.customer < identified)
    kept = lines.take(good)
    _, once = np.unique(kept.invoice * products + kept.item, return_index=True)
    kept = kept.take(once)
    return Purchases(kept.customer, kept.item, kept.invoice, kept.minute)


def first_time(customer: NDArray[np.int64], product: NDArray[np.int64], products: int) -> NDArray[np.bool_]:
    """True at each customer's first purchase of a product, the pairs being oldest first."""
    first = np.zeros(len(customer), np.bool_)
    first[np.unique(customer * products + product, return_index=True)[1]] = True
    return first

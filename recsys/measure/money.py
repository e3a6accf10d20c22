"""Money beside accuracy: how much of what a customer went on to spend was in the list, and what it was worth.

A hit is worth the units that the customer went on to buy and keep, times the last price before the cutoff: a
price that rises later is no merit of the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK, ratio
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class CapturedSpend(AtK):
    """Future spend on recommended products in T / future spend on T, net of returns inside the future.

    NaN for a customer whose net spend on the truth is 0.
    """

    word: ClassVar[str] = "captured_spend"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PAID})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return ratio(judged.hit_spend[:, : self.k].sum(axis=1), judged.truth_spend)


@dataclass(frozen=True)
class Revenue(AtK):
    """sum over hits of units bought and kept x last price before the cutoff: currency in one list.

    A product whose price is not known is worth nothing.
    """

    word: ClassVar[str] = "revenue"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PRICES})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return worth(judged, judged.known.price, self.k)


@dataclass(frozen=True)
class Margin(AtK):
    """sum over hits of units bought and kept x (last price - last cost before the cutoff).

    A product of which either is not known is worth nothing.
    """

    word: ClassVar[str] = "margin"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PRICES, Aspect.COSTS})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return worth(judged, judged.known.price - judged.known.cost, self.k)


@dataclass(frozen=True)
class BasketValue(AtK):
    """Revenue of the lists that have a hit; NaN for the others: what a customer takes who takes anything."""

    word: ClassVar[str] = "basket_value"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PRICES})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return np.where(self.hits(judged).any(axis=1), worth(judged, judged.known.price, self.k), np.nan)


def worth(judged: Judged, per_unit: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Each customer's hits in units, times what a unit of the product is worth (NaN: nothing)."""
    value, total = np.nan_to_num(per_unit), np.zeros(len(judged.lists))
    for units, products in zip(judged.known.units[:, :k].T, judged.lists[:, :k].T, strict=True):
        total += units * value[products]
    return total

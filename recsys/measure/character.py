"""What the products of a list are like, whether or not they are hits; more is not always better.

All are means over the products that a list holds in its first k places and of which the figure is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.judged import Judged, held
from recsys.measure.accuracy import AtK, ratio
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class Novelty(AtK):
    """Mean of -log2(buyers of the product / customers), both before the cutoff: bits.

    Zhou, Kuscsik, Liu, Medo, Wakeling, Zhang, "Solving the apparent diversity-accuracy dilemma of recommender
    systems", PNAS 2010: self-information.
    """

    word: ClassVar[str] = "novelty"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.HISTORY})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        share = judged.known.share
        bits = -np.log2(share, out=np.full(len(share), np.nan), where=share > 0)
        return mean_shown(judged, bits, self.k)


@dataclass(frozen=True)
class Diversity(AtK):
    """1 - mean over pairs of products of the cosine of their descriptions (TF-IDF); NaN below two of them.

    Ziegler, McNee, Konstan, Lausen, "Improving recommendation lists through topic diversification", WWW 2005:
    1 - intra-list similarity.
    """

    word: ClassVar[str] = "diversity"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.DESCRIPTIONS})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        alike = held(judged.known.alike)[:, : self.k]
        total, described = np.zeros(len(alike)), np.zeros(len(alike))
        for place in alike.T:
            total += np.nan_to_num(place)
            described += ~np.isnan(place)
        return 1 - ratio(total, described * (described - 1) / 2)


@dataclass(frozen=True)
class PopularityLift(AtK):
    """Mean share of buyers of the listed products / the same mean over what the customer had bought.

    1: as popular as what the customer buys. Share of buyers: buyers of the product / customers, before the
    cutoff. After Abdollahpouri, Mansoury, Burke, Mobasher, "The unfairness of popularity bias in
    recommendation", RMSE at RecSys 2019, whose measure compares means of groups and subtracts 1.
    """

    word: ClassVar[str] = "popularity_lift"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.HISTORY})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return ratio(mean_shown(judged, judged.known.share, self.k), judged.known.own_share)


@dataclass(frozen=True)
class PriceRatio(AtK):
    """Mean last price of the listed products / the customer's own mean price per unit, before the cutoff."""

    word: ClassVar[str] = "price_ratio"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PRICES})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return ratio(mean_shown(judged, judged.known.price, self.k), judged.known.own_price)


def mean_shown(judged: Judged, values: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Each customer's mean of `values` (by product; NaN unknown, and last for NOTHING) over the list."""
    total, known = np.zeros(len(judged.lists)), np.zeros(len(judged.lists))
    for products in judged.lists[:, :k].T:  # no array of customers x places
        value = values[products]
        total += np.nan_to_num(value)
        known += ~np.isnan(value)
    return ratio(total, known)

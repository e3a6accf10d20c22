"""What is known at a cutoff and metrics may lay beside the lists: made once, read for every recommender."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Known

WORD = r"(?u)\b[^\W\d_]{2,}\b"
"""Words of letters: sizes and article numbers tell little of what a product is."""

CATEGORY, COST = "category", "cost"
"""Product attributes by these names are read as such."""


class Aspect(StrEnum):
    """What a metric needs to be told; without it, it is left out."""

    PAID = "prices of later purchases"
    HISTORY = "who bought what before the cutoff"
    REPEATS = "lists that may hold what was bought before"
    PRICES = "prices before the cutoff"
    DESCRIPTIONS = "products in words"
    COSTS = "what products cost the shop"
    CATEGORIES = "products in categories"


@dataclass(frozen=True, eq=False)
class Context:
    """bought: customers x products, 1 where purchased before the cutoff.

    Of each product, then NaN for NOTHING, (products + 1,): share of the customers who bought it; price, the
    last before the cutoff; cost, the last too, what a unit costs the shop; category, int32, NOTHING where
    there is none. Of each customer, then NaN for NOTHING, (customers + 1,): own_share and own_price, means
    over what they had bought. words: products x words, rows of length 1 (or 0). None where the log has none.
    """

    bought: sparse.csr_matrix
    share: NDArray[np.float64]
    own_share: NDArray[np.float64]
    price: NDArray[np.float64]
    own_price: NDArray[np.float64]
    cost: NDArray[np.float64]
    words: sparse.csr_matrix | None = None
    category: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, known: Known) -> Context:
        history, shelf = known.history, known.catalogue
        bought = history.bought
        share = history.buyers / max(len(history.customers), 1)
        own_share = _ratio(bought @ share, np.diff(bought.indptr))
        return cls(
            bought=bought,
            share=_closed(share),
            own_share=_closed(own_share),
            price=_closed(shelf["price"].to_numpy(dtype=np.float64)),
            own_price=_closed(_paid_per_unit(known)),
            cost=_closed(_numbers(shelf[COST]) if COST in shelf else np.full(len(shelf), np.nan)),
            words=_words(known) if known.described() else None,
            category=_categories(shelf[CATEGORY]) if CATEGORY in shelf else None,
        )

    @property
    def aspects(self) -> frozenset[Aspect]:
        """What metrics can be told from here."""
        there = {
            Aspect.HISTORY: True,
            Aspect.REPEATS: True,
            Aspect.PRICES: not np.isnan(self.price).all(),
            Aspect.COSTS: not np.isnan(self.cost).all(),
            Aspect.DESCRIPTIONS: self.words is not None,
            Aspect.CATEGORIES: self.category is not None,
        }
        return frozenset(aspect for aspect, known in there.items() if known)


def _paid_per_unit(known: Known) -> NDArray[np.float64]:
    """Each customer's mean price over units; NaN for one whose lines have no price."""
    lines, customers = known.history.lines, len(known.history.customers)
    who, price = lines["customer"].to_numpy(), lines["price"].to_numpy()
    units = np.where(np.isnan(price), 0.0, lines["quantity"].to_numpy())
    spent = np.bincount(who, weights=known.history.spend, minlength=customers)
    return _ratio(spent, np.bincount(who, weights=units, minlength=customers))


def _words(known: Known) -> sparse.csr_matrix | None:
    """TF-IDF vectors of the descriptions; None where they hold no words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = known.catalogue["description"].fillna("").astype(str)
    try:
        return TfidfVectorizer(token_pattern=WORD, dtype=np.float64).fit_transform(texts).tocsr()
    except ValueError:  # an empty vocabulary
        return None


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    """As numbers; NaN for what is none."""
    return pd.to_numeric(column.astype(object), errors="coerce").to_numpy(dtype=np.float64)


def _categories(column: pd.Series) -> NDArray[np.int32]:
    codes, _ = pd.factorize(column, sort=True)
    return np.append(codes, -1).astype(np.int32)


def _closed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """With NaN at the end, which position -1 (NOTHING) then reads."""
    return np.append(np.asarray(values, dtype=np.float64), np.nan)


def _ratio(above: NDArray[np.number], below: NDArray[np.number]) -> NDArray[np.float64]:
    found = np.full(len(above), np.nan)
    return np.divide(above, below, out=found, where=np.asarray(below) > 0)

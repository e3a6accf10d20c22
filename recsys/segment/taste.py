"""What a customer's products have in common: bought together by others, called alike, bought when hot.

Recency and money say when and how much; these say what kind of customer it is, whatever the products are. All
three are means over few cases for most customers, and are drawn towards everyone's mean by `PRIOR` cases.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Known
from recsys.segment.families import WORD
from recsys.segment.vocabulary import TASTE

PRIOR = 2.0
PAIRED = 4_096  # products, most bought first, whose pairs are counted: 64 MB
BLOCK = 4_096  # customers at a time
WEEK = np.timedelta64(7, "D")
SMOOTH = 0.3  # of a sale, for a product that nobody else bought that week

Array = NDArray[np.float64]


def taste(known: Known, names: Collection[str]) -> pd.DataFrame:
    """The named ones of `vocabulary.TASTE`; row = customer code."""
    made = {"coherence": _coherence, "likeness": _likeness, "vogue": _vogue}
    return pd.DataFrame({name: made[name](known) for name in TASTE if name in names})


def _coherence(known: Known) -> Array:
    """Mean positive pointwise mutual information of the pairs, as the other customers bought them."""
    history = known.history
    most = np.sort(np.argsort(known.popularity_rank)[:PAIRED])
    bought = sparse.csr_matrix(history.bought[:, most]).astype(np.float32)
    joint = np.asarray((bought.T @ bought).todense(), dtype=np.float32)
    buyers = joint.diagonal().astype(np.float64)
    # The customer's own purchase of the pair is one of `joint`: others + 1 over what chance gives + 1.
    chance = np.outer(buyers, buyers / max(len(history.customers), 1)).astype(np.float32) + 1
    with np.errstate(divide="ignore"):
        worth = np.maximum(np.log(joint / chance), 0)
    np.fill_diagonal(worth, 0)
    total = np.concatenate(
        [
            np.asarray(part.multiply(part @ worth).sum(axis=1), dtype=np.float64).ravel()
            for part in _blocks(bought)
        ]
    )
    held = np.diff(bought.indptr).astype(np.float64)
    return _drawn(total, held * (held - 1))


def _likeness(known: Known) -> Array:
    """Mean cosine of the pairs' descriptions (TF-IDF), in percent; a product without one is like none."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = known.catalogue["description"].fillna("").astype(str)
    bought = known.history.bought.astype(np.float64)
    held = np.diff(bought.indptr).astype(np.float64)
    try:
        words = TfidfVectorizer(token_pattern=WORD.pattern).fit_transform(texts)
    except ValueError:  # nobody says anything
        return np.zeros(len(held))
    own = np.asarray(words.multiply(words).sum(axis=1)).ravel()
    total = np.concatenate([_squares(part @ words) for part in _blocks(bought)]) - bought @ own
    total = np.maximum(total, 0)  # rounding
    return 100 * _drawn(total, held * (held - 1))


def _vogue(known: Known) -> Array:
    """Mean log ratio: the product's share of the others' purchases in that week, over its share in all."""
    history = known.history
    lines = history.lines.drop_duplicates(["basket", "product"])
    customer, product = lines["customer"].to_numpy(), lines["product"].to_numpy()
    week = ((history.end - lines["time"].to_numpy()) / WEEK).astype(np.int64)
    weeks = int(week.max()) + 1
    sold = sparse.csr_matrix((np.ones(len(lines)), (week, product)), shape=(weeks, len(history.products)))
    of_week = np.asarray(sold.sum(axis=1)).ravel()
    of_product = np.asarray(sold.sum(axis=0)).ravel()
    here = np.asarray(sold[week, product]).ravel() - 1 + SMOOTH
    usual = of_week[week] * (of_product[product] - 1 + SMOOTH * weeks) / len(lines)
    size = len(history.customers)
    total = np.bincount(customer, np.log(here / usual), size).astype(np.float64)
    return _drawn(total, np.bincount(customer, minlength=size).astype(np.float64))


def _blocks(rows: sparse.csr_matrix) -> list[sparse.csr_matrix]:
    return [rows[start : start + BLOCK] for start in range(0, rows.shape[0], BLOCK)]


def _squares(rows: sparse.csr_matrix) -> Array:
    return np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()


def _drawn(total: Array, cases: Array) -> Array:
    """Means of so many cases each, drawn towards the mean of all cases."""
    middle = total.sum() / max(cases.sum(), 1.0)
    return (total + PRIOR * middle) / (cases + PRIOR)

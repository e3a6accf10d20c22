"""What a customer's products have in common: bought by one kind of customer, called alike, bought when hot.

Recency and money say when and how much; these say what kind of customer it is, whatever the products are. All
three are means over few cases for most customers, and are drawn towards everyone's mean by `PRIOR` cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import softmax

from recsys.core.fold import Known
from recsys.segment.families import WORD
from recsys.segment.vocabulary import TASTE

PRIOR = 2.0
CLASSES = 16  # latent classes of customers
ROUNDS = 30  # of expectation-maximisation
LEARNERS = 20_000  # customers, at most, who make the classes
COMMON = 0.25  # of a class's purchases: what everyone buys
DRAWN = 20.0  # purchases by which a class is drawn to everyone's
BLOCK = 4_096  # customers at a time
WEEK = np.timedelta64(7, "D")
AROUND = 5  # weeks, of which the purchase is in the middle one
SMOOTH = 0.3  # of a sale, for a product that nobody else bought in them

Array = NDArray[np.float64]


def taste(known: Known, names: Collection[str]) -> pd.DataFrame:
    """The named ones of `vocabulary.TASTE`; row = customer code."""
    made = {"coherence": _coherence, "likeness": _likeness, "vogue": _vogue}
    return pd.DataFrame({name: made[name](known) for name in TASTE if name in names})


def _coherence(known: Known) -> Array:
    """Mean log ratio: the product's share in the class that suits the customer best, over its share in all.

    Each of `CLASSES` latent classes is a list of shares of products, a mixture of multinomials fitted by
    expectation-maximisation (Nigam and others 2000); a class leaves `COMMON` of its purchases to what all
    buy. A customer is scored by what the others of each class bought: its own purchases are taken out.
    """
    bought = sparse.csr_matrix(known.history.bought).astype(np.float64)
    buyers = np.asarray(bought.sum(axis=0)).ravel() + 0.5
    shares = buyers / buyers.sum()
    odds = _classes(bought, shares)
    member = np.concatenate([_member(part, odds) for part in _blocks(bought)])
    counts = np.asarray(bought.T @ member)
    sizes = counts.sum(axis=0)
    total = np.empty(len(member))
    for start, part in zip(range(0, len(member), BLOCK), _blocks(bought), strict=True):
        mine = member[start : start + part.shape[0]]
        held = np.diff(part.indptr)
        line = np.repeat(mine, held, axis=0)
        others = np.maximum(counts[part.indices] - line, 0)
        rest = sizes - np.repeat(mine * held[:, None], held, axis=0)
        gain = _gain(others, rest, shares[part.indices])
        of_line = sparse.csr_matrix((np.ones(part.nnz), np.arange(part.nnz), part.indptr))
        total[start : start + part.shape[0]] = (of_line @ gain).max(axis=1)
    return _drawn(total, np.diff(bought.indptr).astype(np.float64))


def _classes(bought: sparse.csr_matrix, shares: Array) -> Array:
    """(products, classes) log ratios, learnt from at most `LEARNERS` customers, the same at every call."""
    rng = np.random.default_rng(0)
    if bought.shape[0] > LEARNERS:
        bought = bought[np.sort(rng.choice(bought.shape[0], LEARNERS, replace=False))]
    member = rng.dirichlet(np.full(CLASSES, 0.1), bought.shape[0])
    for _ in range(ROUNDS):
        counts = np.asarray(bought.T @ member)
        odds = _gain(counts, counts.sum(axis=0), shares)
        member = _member(bought, odds)
    return odds


def _member(bought: sparse.csr_matrix, odds: Array) -> Array:
    """(customers, classes) chance of each class, all as likely beforehand."""
    chance: Array = softmax(bought @ odds, axis=1)
    return chance


def _gain(counts: Array, sizes: Array, shares: Array) -> Array:
    """(lines, classes) log ratio of a class's shares, drawn towards everyone's by `DRAWN` purchases."""
    ratio = (counts / shares[:, None] + DRAWN) / (sizes + DRAWN)
    gain: Array = np.log(COMMON + (1 - COMMON) * ratio)
    return gain


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
    """Mean log ratio: the product's share of what others bought in those weeks, over its share in all."""
    history = known.history
    lines = history.lines.drop_duplicates(["basket", "product"])
    customer, product = lines["customer"].to_numpy(), lines["product"].to_numpy()
    week = ((history.end - lines["time"].to_numpy()) / WEEK).astype(np.int64)
    weeks = int(week.max()) + 1
    sold = sparse.csr_matrix((np.ones(len(lines)), (week, product)), shape=(weeks, len(history.products)))
    apart = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    near = (sparse.csr_matrix((apart <= AROUND // 2).astype(np.float64)) @ sold).tocsr()
    of_week = np.asarray(near.sum(axis=1)).ravel()
    of_product = np.asarray(sold.sum(axis=0)).ravel()
    here = (np.asarray(near[week, product]).ravel() - 1 + SMOOTH) / of_week[week]
    usual = (of_product[product] - 1 + SMOOTH * weeks) / len(lines)
    size = len(history.customers)
    total = np.bincount(customer, np.log(here / usual), size).astype(np.float64)
    return _drawn(total, np.bincount(customer, minlength=size).astype(np.float64))


def _blocks(rows: sparse.csr_matrix) -> Iterator[sparse.csr_matrix]:
    return (rows[start : start + BLOCK] for start in range(0, rows.shape[0], BLOCK))


def _squares(rows: sparse.csr_matrix) -> Array:
    return np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel()


def _drawn(total: Array, cases: Array) -> Array:
    """Means of so many cases each, drawn towards the mean of all cases."""
    middle = total.sum() / max(cases.sum(), 1.0)
    return (total + PRIOR * middle) / (cases + PRIOR)

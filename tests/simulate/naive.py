"""Five small recommenders, written for reading, and the protocol's NDCG@10 to judge them by.

A score table is dense, (customers, products): these are for shops of a few thousand customers at most.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from recsys.simulate.moments import cleaned, split

Scores = NDArray[np.float64]


class Holdout:
    """A raw log cut at the protocol's cutoff: history counts, recent popularity and the truth."""

    def __init__(self, log: pd.DataFrame) -> None:
        history, future = split(cleaned(log))
        self.customers = np.unique(history["CustomerID"].to_numpy(str))
        self.products = np.unique(history["StockCode"].to_numpy(str))
        self.counts = self._matrix(history)
        recent = history["InvoiceDate"] >= history["InvoiceDate"].max().normalize() - pd.Timedelta(days=27)
        self.popular = np.asarray((self.counts > 0).sum(axis=0)).ravel().astype(float)
        self.recent = np.asarray((self._matrix(history[recent]) > 0).sum(axis=0)).ravel().astype(float)
        known = future["CustomerID"].isin(self.customers) & future["StockCode"].isin(self.products)
        self.truth = self._matrix(future[known]).toarray() > 0
        texts = history.groupby("StockCode")["Description"].first().loc[self.products]
        self.words = TfidfVectorizer().fit_transform(texts)

    def _matrix(self, lines: pd.DataFrame) -> sp.csr_matrix:
        """customers x products: distinct invoices."""
        pairs = lines[["InvoiceNo", "CustomerID", "StockCode"]].drop_duplicates()
        row = np.searchsorted(self.customers, pairs["CustomerID"].to_numpy(str))
        column = np.searchsorted(self.products, pairs["StockCode"].to_numpy(str))
        shape = (len(self.customers), len(self.products))
        return sp.csr_matrix((np.ones(len(row)), (row, column)), shape)

    def ndcg(self, score: Scores, target: str) -> Scores:
        """NDCG@10 per customer; NaN where the truth is empty. Ties break by popularity."""
        owned = self.counts.toarray() > 0
        truth = self.truth & ~owned if target == "new" else self.truth
        score = np.where(owned, -np.inf, score) if target == "new" else score
        best = np.lexsort((np.broadcast_to(-self.popular, score.shape), -score), axis=1)[:, :10]
        gain = 1 / np.log2(np.arange(2, 12))
        hits = np.take_along_axis(truth, best, axis=1) @ gain
        size = truth.sum(axis=1)
        return np.where(size > 0, hits / np.cumsum(gain)[np.clip(size, 1, 10) - 1], np.nan)


def own_purchases(data: Holdout) -> Scores:
    """How often the customer bought it."""
    return data.counts.toarray()


def recent_popularity(data: Holdout) -> Scores:
    """How many bought it in the last 28 days before the cutoff."""
    return np.broadcast_to(data.recent, data.counts.shape).copy()


def popularity(data: Holdout) -> Scores:
    """How many ever bought it."""
    return np.broadcast_to(data.popular, data.counts.shape).copy()


def co_purchase(data: Holdout) -> Scores:
    """Sum of cosines, over customers, with what the customer bought; a product is no neighbour of itself."""
    binary = (data.counts > 0).astype(float)
    norm = np.sqrt(np.maximum(np.asarray(binary.sum(axis=0)).ravel(), 1))
    cosine = (binary.T @ binary).toarray() / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    return binary @ cosine


def content(data: Holdout) -> Scores:
    """Cosine-like likeness of descriptions with all that the customer bought."""
    binary = (data.counts > 0).astype(float)
    return np.asarray((binary @ data.words @ data.words.T).todense())


ALL = {
    "own": own_purchases,
    "recent": recent_popularity,
    "popular": popularity,
    "co-purchase": co_purchase,
    "content": content,
}


def by_type(data: Holdout, kinds: NDArray[np.str_], target: str) -> pd.DataFrame:
    """Mean NDCG@10, types x recommenders."""
    table = pd.DataFrame({name: data.ndcg(make(data), target) for name, make in ALL.items()})
    return table.groupby(kinds).mean()

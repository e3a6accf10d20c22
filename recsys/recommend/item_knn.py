"""Item-based collaborative filtering: products bought by the same people as what you bought.

Sarwar, Karypis, Konstan, Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001;
Deshpande, Karypis, "Item-based top-N recommendation algorithms", TOIS 2004.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.kernels import Ranked, Rules, Similarity, neighbours, rank_product


class ItemKNN(RecommenderModel):
    """Products bought by the same customers as what the customer bought."""

    kind: Literal["item-knn"] = "item-knn"
    similarity: Literal["cosine", "jaccard", "dice", "tfidf", "bm25", "lift", "conditional"] = Field(
        "cosine", description="how alike two products' buyers are; tfidf and bm25 weigh down busy customers"
    )
    neighbours: int = Field(100, ge=1, description="similar products kept for each product")
    shrink: float = Field(0.0, ge=0, description="added to the denominator: trusts small overlaps less")
    weighting: WeightingField = BINARY
    score_with: Literal["weighted", "plain"] = Field(
        "weighted", description="what the score sums over: the weighted matrix or plain purchases"
    )
    normalize: bool | None = Field(
        None, description="divide by the norms of both products; null: as usual (bm25 does not, others do)"
    )
    keep_self: bool = Field(
        False, description="a product is its own neighbour too, so that what was bought ranks high"
    )
    k1: float = Field(1.2, ge=0, description="bm25: how soon repeats stop counting")
    b: float = Field(0.75, ge=0, le=1, description="bm25: how much a product's total counts against it")
    alpha: float = Field(
        0.5, ge=0, le=1, description="conditional: how much a neighbour's own sales count against it"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        shelf = Shelf.of(known)
        weighted = known.history.matrix(self.weighting)
        features = self._features(weighted, known.history.bought)
        rules = Rules(self.neighbours, None, None, shelf.rank)
        similar = neighbours(features, self._similarity(features), rules, self.keep_self)
        own = weighted if self.score_with == "weighted" else known.history.matrix(BINARY)
        return FittedItemKNN(shelf, own, similar)

    def _features(self, weighted: sparse.csr_matrix, bought: sparse.csr_matrix) -> sparse.csr_matrix:
        """Customers x products: documents are products, terms are customers; sets where they are compared."""
        if self.similarity in ("jaccard", "dice", "lift", "conditional"):
            return bought
        if self.similarity == "tfidf":
            return tfidf(weighted)
        return bm25(weighted, self.k1, self.b) if self.similarity == "bm25" else weighted

    def _similarity(self, features: sparse.csr_matrix) -> Similarity:
        """cosine: dot / (|i| |j|). jaccard: both / either. dice: both / mean count.

        lift: P(i, j) / (P(i) P(j)). conditional: P(j | i) / P(j) ** alpha, in counts.
        """
        squared = _totals(features, features.data.astype(np.float64) ** 2)
        if self.similarity == "jaccard":
            return Similarity(squared, squared, self.shrink, multiply=False, overlap=1.0)
        if self.similarity == "dice":
            return Similarity(squared / 2, squared / 2, self.shrink, multiply=False)
        if self.similarity == "lift":
            return Similarity(squared / features.shape[0], squared, self.shrink)
        if self.similarity == "conditional":
            return Similarity(squared, squared**self.alpha, self.shrink)
        usual = self.similarity != "bm25"
        norms = np.sqrt(squared)
        if not (usual if self.normalize is None else self.normalize):
            norms = np.ones_like(squared)
        return Similarity(norms, norms, self.shrink)


@dataclass(frozen=True, eq=False)
class FittedItemKNN(FittedModel):
    """own: customers x products. similar: products x products, row = neighbours of a product."""

    kind: ClassVar[str] = "item-knn"
    own: sparse.csr_matrix
    similar: sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self.own[customers], self.similar, rules)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        rules = Rules(k, baskets, None, self.shelf.rank)
        return completed(baskets, rank_product(baskets, self.similar, rules))


def tfidf(weighted: sparse.csr_matrix) -> sparse.csr_matrix:
    """sqrt(weight) * log(products / (1 + products of the customer))."""
    return _with(weighted, np.sqrt(weighted.data) * _idf(weighted))


def bm25(weighted: sparse.csr_matrix, k1: float, b: float) -> sparse.csr_matrix:
    """weight (k1 + 1) / (k1 * length + weight) * idf, with length = 1 - b + b * total / mean total.

    Robertson, Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009. Length is the
    product's total weight.
    """
    total = _totals(weighted, weighted.data)
    length = (1 - b) + b * total / max(total.mean(), 1e-12)
    saturated = weighted.data * (k1 + 1) / (k1 * length[weighted.indices] + weighted.data)
    return _with(weighted, saturated * _idf(weighted))


def _totals(matrix: sparse.csr_matrix, data: NDArray[np.floating]) -> NDArray[np.float64]:
    """Sums of `data` by column, in double: single precision would break exact ties by rounding."""
    return np.asarray(np.bincount(matrix.indices, weights=data, minlength=matrix.shape[1]), dtype=np.float64)


def _idf(weighted: sparse.csr_matrix) -> NDArray[np.float64]:
    held = np.diff(weighted.indptr)
    idf = np.log(weighted.shape[1]) - np.log1p(held)
    return np.repeat(idf, held)


def _with(matrix: sparse.csr_matrix, data: NDArray[np.float64]) -> sparse.csr_matrix:
    return sparse.csr_matrix((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)

"""Item-based collaborative filtering: products bought by the same people as what you bought.

Sarwar, Karypis, Konstan, Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001;
Deshpande, Karypis, "Item-based top-N recommendation algorithms", TOIS 2004. Whose neighbours are kept differs
between them: those of each product that was bought (Deshpande, Karypis; implicit), or those of each product
that may be recommended (Sarwar et al.; most published comparisons). The other conventions follow Ferrari
Dacrema, Cremonesi, Jannach, "Are we really making much progress?", RecSys 2019: shrink stands in the
denominator, tfidf and bm25 weigh the matrix that makes the similarity, the diagonal is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.compiled_reasons import best_sparse
from recsys.recommend.kernels import Ranked, Rules, Similarity, neighbours, rank_product
from recsys.recommend.reasons import parts_of, strongest
from recsys.recommend.search import Among, Between


class ItemKNN(RecommenderModel):
    """Products bought by the same customers as what the customer bought."""

    kind: Literal["item-knn"] = "item-knn"
    similarity: Annotated[
        Literal["cosine", "asymmetric", "jaccard", "dice", "tversky", "tfidf", "bm25", "lift", "conditional"],
        Among(("cosine", "asymmetric", "jaccard", "tfidf", "bm25", "conditional")),
    ] = Field(
        "cosine", description="how alike two products' buyers are; tfidf and bm25 weigh down busy customers"
    )
    neighbours: Annotated[int, Between(20, 1000, log=True)] = Field(
        100, ge=1, description="similar products kept for each product"
    )
    neighbours_of: Annotated[Literal["bought", "target"], Among(("bought", "target"))] = Field(
        "bought", description="for each product bought, or for each product that may be recommended"
    )
    shrink: Annotated[float, Between(0, 100)] = Field(
        0.0, ge=0, description="added to the denominator: trusts small overlaps less"
    )
    weighting: WeightingField = BINARY
    score_with: Annotated[Literal["weighted", "plain", "features"], Among(("weighted", "plain"))] = Field(
        "weighted",
        description="what the score sums over: the weighted matrix, plain purchases, or what the similarity "
        "was made of (tfidf, bm25)",
    )
    normalize: bool | None = Field(
        None, description="divide by the norms of both products; null: as usual (bm25 does not, others do)"
    )
    keep_self: Annotated[bool, Among((False, True))] = Field(
        False, description="a product is its own neighbour too, so that what was bought ranks high"
    )
    k1: Annotated[float, Between(0.2, 20, log=True, when=("similarity", ("bm25",)))] = Field(
        1.2, ge=0, description="bm25: how soon repeats stop counting"
    )
    b: Annotated[float, Between(0, 1, when=("similarity", ("bm25",)))] = Field(
        0.75, ge=0, le=1, description="bm25: how much a product's total counts against it"
    )
    alpha: Annotated[float, Between(0, 1, when=("similarity", ("asymmetric", "conditional")))] = Field(
        0.5,
        ge=0,
        le=1,
        description="conditional: how much a neighbour's own sales count against it; asymmetric: how much "
        "the recommended product's count beside the other's; 0.5 is the cosine",
    )
    tversky: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = Field(
        (1.0, 1.0),
        description="tversky: weight of buyers of the recommended product alone, of the other alone",
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        shelf = Shelf.of(known)
        weighted = known.history.matrix(self.weighting)
        features = self._features(weighted, known.history.bought)
        rules = Rules(self.neighbours, None, None, shelf.rank)
        form = self._similarity(features)  # left: the product bought, right: the one recommended
        if self.neighbours_of == "target":
            form = replace(form, left=form.right, right=form.left)
        similar = neighbours(features, form, rules, self.keep_self)
        if self.neighbours_of == "target":
            similar = similar.T.tocsr()
        plain = known.history.matrix(BINARY)
        own = {"weighted": weighted, "plain": plain, "features": features}[self.score_with]
        return FittedItemKNN(shelf, own, similar)

    def _features(self, weighted: sparse.csr_matrix, bought: sparse.csr_matrix) -> sparse.csr_matrix:
        """Customers x products: documents are products, terms are customers; sets where they are compared."""
        if self.similarity in ("jaccard", "dice", "tversky", "lift", "conditional"):
            return bought
        if self.similarity == "tfidf":
            return tfidf(weighted)
        return bm25(weighted, self.k1, self.b) if self.similarity == "bm25" else weighted

    def _similarity(self, features: sparse.csr_matrix) -> Similarity:
        """Of i, which was bought, and j, which may be recommended.

        cosine: dot / (|i| |j|). asymmetric: dot / (|i|^(2 - 2 alpha) |j|^(2 alpha)). jaccard: both / either.
        dice: 2 both / (count i + count j). tversky: both / (both + a (j alone) + b (i alone)).
        lift: P(i, j) / (P(i) P(j)). conditional: P(j | i) / P(j)^alpha, in counts. shrink is added below.
        """
        squared = _totals(features, features.data.astype(np.float64) ** 2)
        if self.similarity == "jaccard":
            return Similarity(squared, squared, self.shrink, multiply=False, overlap=1.0)
        if self.similarity == "dice":
            return Similarity(squared / 2, squared / 2, self.shrink / 2, multiply=False)
        if self.similarity == "tversky":
            a, b = self.tversky
            return Similarity(b * squared, a * squared, self.shrink, multiply=False, overlap=a + b - 1)
        if self.similarity == "asymmetric":
            return Similarity(squared ** (1 - self.alpha), squared**self.alpha, self.shrink)
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
    """own: customers x products. similar: products x products, row = what a product that was bought adds."""

    kind: ClassVar[str] = "item-knn"
    own: sparse.csr_matrix
    similar: sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self.own[customers], self.similar, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that adds most to the score; see core.protocols.Explains."""
        return strongest(
            lists, self.own, Why.WITH, best_sparse, parts_of(self.similar), self.similar.shape[1]
        )

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

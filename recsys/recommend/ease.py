"""A linear model of every product from all others, in closed form.

Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: B = I - P / diag(P) with
P = (X'X + l2 D)^-1, so that the diagonal of B is 0 and X B predicts X. D is the diagonal of X'X to the power
alpha: 0 in that paper, 0.75 in Steck, "Markov random fields for collaborative filtering", NeurIPS 2019, whose
sparse approximation for many products is in ease_sparse.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.compiled_reasons import best_sparse
from recsys.recommend.ease_sparse import sparse_form
from recsys.recommend.gram import alike, shared, squared, whole
from recsys.recommend.kernels import Ranked, Rules, rank_product, rank_weights
from recsys.recommend.reasons import parts_of, strongest, strongest_weight
from recsys.recommend.search import Between


class EASE(RecommenderModel):
    """Each product as a weighted sum of all others, solved exactly; strong where baskets are large."""

    kind: Literal["ease"] = "ease"
    l2: Annotated[float, Between(10, 5000, log=True)] = Field(
        250.0, gt=0, description="penalty on squared weights; the more customers, the more of it"
    )
    alpha: Annotated[float, Between(0, 1)] = Field(
        0.0, ge=0, description="a product's penalty grows with its squared total to this power; 0: all alike"
    )
    weighting: WeightingField = BINARY
    approximate: bool | None = Field(
        None,
        description="true: explained by `neighbours` alone, nothing dense is held; false: exact, "
        "among the max_products best-selling; null: exact up to max_products products, else approximate",
    )
    max_products: int = Field(
        20_000, ge=1, description="products that the exact form takes: its inverse is dense"
    )
    neighbours: int = Field(
        200, ge=1, description="approximate: products, most alike by cosine, that explain a product"
    )
    block_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="approximate: share of a product's neighbours solved together with it (r in the paper); "
        "0: each alone, the most accurate; 0.1: a third of the time",
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedEASE:
        from threadpoolctl import threadpool_limits

        shelf = Shelf.of(known)
        own = known.history.matrix(self.weighting)
        products = own.shape[1]
        total = squared(own)
        penalty = self.l2 * np.where(total > 0, total, 1.0) ** self.alpha
        if products > self.max_products if self.approximate is None else self.approximate:
            weights = sparse_form(own, alike(own, self.neighbours, shelf), penalty, self.block_share)
            return FittedEASE(shelf, own, np.arange(products, dtype=np.int32), weights)
        taking_part = np.sort(np.argsort(shelf.rank)[: self.max_products]).astype(np.int32)
        every = products <= self.max_products
        gram = shared(known.history, self.weighting) if every else whole(own[:, taking_part])
        with threadpool_limits(1, "blas"):  # the same bits with any number of threads
            weights = closed_form(gram, penalty[taking_part])
        return FittedEASE(shelf, own, taking_part, weights)


@dataclass(frozen=True, eq=False)
class FittedEASE(FittedModel):
    """own: customers x products. products: (m,) codes that take part. weights: (m, m) float32 or csr."""

    kind: ClassVar[str] = "ease"
    own: sparse.csr_matrix
    products: NDArray[np.int32]
    weights: NDArray[np.float32] | sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that adds most to the score; see core.protocols.Explains."""
        if sparse.issparse(self.weights):
            given = (parts_of(self.weights), self.weights.shape[1])
            return strongest(lists, self.own, Why.WITH, best_sparse, *given)
        return strongest_weight(lists, self.own, self.weights, self.products)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        return completed(baskets, self._rank(baskets, Rules(k, baskets, None, self.shelf.rank)))

    def _rank(self, bought: sparse.csr_matrix, rules: Rules) -> Ranked:
        """Scores of the products that take part; the others are never recommended."""
        if sparse.issparse(self.weights):
            return rank_product(bought, self.weights, rules)
        columns = bought[:, self.products].astype(np.float32)
        return rank_weights(columns, self.weights, rules, self.products)


def closed_form(gram: NDArray[np.floating], l2: float | NDArray[np.float64]) -> NDArray[np.float32]:
    """B from X'X (products, products), by Cholesky; the diagonal is 0. l2: one, or one for each product."""
    from scipy import linalg

    system = gram.astype(np.float64)
    system[np.diag_indices_from(system)] += l2
    factor, failed = linalg.lapack.dpotrf(system, lower=1, overwrite_a=1)
    if failed:
        raise RecommendError(
            f"ease cannot invert the products' matrix with l2 = {np.min(l2):g}: expected a larger penalty; "
            "raise l2"
        )
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)

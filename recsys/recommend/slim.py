"""A sparse linear model of every product from the others.

Ning, Karypis, "SLIM: Sparse linear methods for top-N recommender systems", ICDM 2011. With X the customers x
products matrix and x_j its column j, the weights w_j of product j minimise

    1/2 |x_j - X w_j|^2 + l2 / 2 |w_j|^2 + l1 |w_j|_1    with w_jj = 0, and w_j >= 0 unless told otherwise,

which is scikit-learn's ElasticNet(alpha, l1_ratio=..., positive=True, fit_intercept=False) with
alpha = (l1 + l2) / customers and l1_ratio = l1 / (l1 + l2). A customer's scores are x W. It is solved by
coordinate descent with covariance updates (Friedman, Hastie, Tibshirani, "Regularization paths for
generalized linear models via coordinate descent", JSS 2010). With `neighbours`, only the products most alike
explain a product (the paper's fsSLIM), and no more of X'X is held at a time than the part of those.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.parallel import over_blocks
from recsys.core.weighting import BINARY
from recsys.recommend.base import RecommenderModel, Shelf, WeightingField
from recsys.recommend.gram import BLOCK, alike, parts, shared, squared
from recsys.recommend.item_knn import FittedItemKNN
from recsys.recommend.search import Between

MOST = 20_000  # products whose whole X'X is held: 1.6 GB


class SLIM(RecommenderModel):
    """Each product as a weighted sum of a few others, the rest held at zero."""

    kind: Literal["slim"] = "slim"
    l1: Annotated[float, Between(0.1, 50, log=True)] = Field(
        2.0, ge=0, description="penalty on the weights' sum: the more, the fewer weights"
    )
    l2: Annotated[float, Between(10, 5000, log=True)] = Field(
        250.0, ge=0, description="penalty on squared weights"
    )
    non_negative: bool = Field(True, description="no weight below 0")
    neighbours: int | None = Field(
        200,
        ge=1,
        description="only so many products, most alike by cosine, explain a product; null: all others",
    )
    iterations: int = Field(100, ge=1, description="passes over a product's weights at most")
    tolerance: float = Field(
        1e-4, ge=0, description="a pass that moves no weight by more than this is the last"
    )
    weighting: WeightingField = BINARY

    def fit(self, known: Known, rng: np.random.Generator) -> FittedItemKNN:
        shelf = Shelf.of(known)
        own = known.history.matrix(self.weighting)
        return FittedItemKNN(shelf, own, self._weights(known, shelf))

    def _weights(self, known: Known, shelf: Shelf) -> sparse.csr_matrix:
        from recsys.recommend.compiled_linear import slim_from_all, slim_from_near

        own = known.history.matrix(self.weighting)
        customers, products = own.shape
        terms = (self.l1, self.l2, self.non_negative, self.iterations, self.tolerance)
        if self.neighbours is not None and self.neighbours < products - 1:
            near_ptr, near_idx, _ = parts(alike(own, self.neighbours, shelf))
            return _columns(
                products, slim_from_near, parts(own.tocsc()), customers, near_ptr, near_idx, terms
            )
        if products > MOST:
            raise RecommendError(
                f"slim without neighbours would hold {products:,} x {products:,} numbers: expected at most "
                f"{MOST:,} products; set neighbours, as in neighbours: 200"
            )
        return _columns(products, slim_from_all, shared(known.history, self.weighting), squared(own), terms)


def _columns(products: int, solve: Any, *given: Any) -> sparse.csr_matrix:
    """Columns of weights in blocks; solve(start, stop, *given) gives (counts, sources, values)."""
    found: dict[int, Any] = {}

    def work(start: int, stop: int) -> None:
        found[start] = solve(start, stop, *given)

    over_blocks(products, BLOCK, work)
    every = zip(*(found[start] for start in sorted(found)), strict=True)
    counts, sources, values = (np.concatenate(part) for part in every)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return sparse.csr_matrix(sparse.csc_matrix((values, sources, indptr), shape=(products, products)))

"""A linear model of every product from all others, in closed form.

Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: B = I - P / diag(P) with
P = (X'X + l2 I)^-1, so that the diagonal of B is 0 and X B predicts X.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.kernels import Ranked, Rules, rank_dense


class EASE(RecommenderModel):
    """Each product as a weighted sum of all others, solved exactly; strong where baskets are large."""

    kind: Literal["ease"] = "ease"
    l2: float = Field(
        250.0, gt=0, description="penalty on squared weights; the more customers, the more of it"
    )
    weighting: WeightingField = BINARY
    max_products: int = Field(
        20_000, ge=1, description="only so many best-selling products take part: the inverse is dense"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedEASE:
        from threadpoolctl import threadpool_limits

        shelf = Shelf.of(known)
        own = known.history.matrix(self.weighting)
        taking_part = np.sort(np.argsort(shelf.rank)[: self.max_products]).astype(np.int32)
        columns = own[:, taking_part]
        with threadpool_limits(1, "blas"):  # the same bits with any number of threads
            weights = closed_form((columns.T @ columns).toarray(), self.l2)
        return FittedEASE(shelf, own, taking_part, weights)


@dataclass(frozen=True, eq=False)
class FittedEASE(FittedModel):
    """own: customers x products. products: (m,) codes that take part. weights: (m, m) float32."""

    kind: ClassVar[str] = "ease"
    own: sparse.csr_matrix
    products: NDArray[np.int32]
    weights: NDArray[np.float32]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], rules)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        return completed(baskets, self._rank(baskets, Rules(k, baskets, None, self.shelf.rank)))

    def _rank(self, bought: sparse.csr_matrix, rules: Rules) -> Ranked:
        """Scores of the products that take part; the others are never recommended."""
        columns = bought[:, self.products].astype(np.float32)
        whole = len(self.products) == rules.products

        def block(start: int, stop: int) -> NDArray[np.float32]:
            scores = np.asarray(columns[start:stop] @ self.weights, dtype=np.float32)
            if whole:
                return scores
            wide = np.full((stop - start, rules.products), -np.inf, dtype=np.float32)
            wide[:, self.products] = scores
            return wide

        return rank_dense(block, bought.shape[0], rules)


def closed_form(gram: NDArray[np.floating], l2: float) -> NDArray[np.float32]:
    """B from X'X (products, products), by Cholesky; the diagonal is 0."""
    from scipy import linalg

    system = gram.astype(np.float64)
    system[np.diag_indices_from(system)] += l2
    factor, failed = linalg.lapack.dpotrf(system, lower=1, overwrite_a=1)
    if failed:
        raise RecommendError(
            f"ease cannot invert the products' matrix with l2 = {l2}: expected a larger penalty; raise l2"
        )
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return np.asarray(weights, dtype=np.float32)

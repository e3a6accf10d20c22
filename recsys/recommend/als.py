"""Alternating least squares on implicit feedback, solved by the library implicit.

Hu, Koren, Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.parallel import workers
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import COUNT
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.compiled_reasons import best_factors
from recsys.recommend.kernels import Ranked, Rules, rank_factors
from recsys.recommend.reasons import strongest
from recsys.recommend.search import Between


class ALS(RecommenderModel):
    """Customers and products as vectors of a few factors, fitted to who bought what how often."""

    kind: Literal["als"] = "als"
    factors: Annotated[int, Between(16, 256, log=True)] = Field(64, ge=1, description="length of the vectors")
    regularization: Annotated[float, Between(0.001, 10, log=True)] = Field(
        0.01, ge=0, description="penalty on the vectors' squared length"
    )
    iterations: Annotated[int, Between(5, 30)] = Field(
        15, ge=1, description="passes over customers and products"
    )
    alpha: Annotated[float, Between(0.1, 100, log=True)] = Field(
        1.0, gt=0, description="confidence that one unit of weight adds"
    )
    weighting: WeightingField = COUNT

    def fit(self, known: Known, rng: np.random.Generator) -> FittedALS:
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(
                factors=self.factors,
                regularization=self.regularization,
                iterations=self.iterations,
                alpha=self.alpha,
                num_threads=workers(),
                random_state=int(rng.integers(2**31)),
            )
            model.fit(known.history.matrix(self.weighting), show_progress=False)
        return FittedALS(
            Shelf.of(known),
            known.history.matrix(self.weighting),
            np.asarray(model.user_factors, dtype=np.float32),
            np.asarray(model.item_factors, dtype=np.float32),
            regularization=self.regularization,
            alpha=self.alpha,
        )


@dataclass(frozen=True, eq=False)
class FittedALS(FittedModel):
    """own: customers x products, the weights. customer_factors: (customers, factors) float32.

    product_factors: (products, factors) float32.
    """

    kind: ClassVar[str] = "als"
    own: sparse.csr_matrix
    customer_factors: NDArray[np.float32]
    product_factors: NDArray[np.float32]
    regularization: float
    alpha: float

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_factors(self.customer_factors[customers], self.product_factors, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that adds most (Hu et al., section 5); see core.protocols.Explains."""
        vectors = self.product_factors.astype(np.float64)
        gram = vectors.T @ vectors + self.regularization * np.eye(vectors.shape[1])
        confidence = self.own * np.float32(self.alpha)
        return strongest(lists, confidence, Why.WITH, best_factors, vectors, gram)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """Each basket's vector is solved for exactly, the products' held; an empty basket has none."""
        people = np.full((baskets.shape[0], self.product_factors.shape[1]), np.nan, dtype=np.float32)
        gram = self.product_factors.T @ self.product_factors
        gram += self.regularization * np.eye(len(gram), dtype=np.float32)
        for row in np.flatnonzero(np.diff(baskets.indptr)):
            held = slice(baskets.indptr[row], baskets.indptr[row + 1])
            vectors = self.product_factors[baskets.indices[held]]
            confidence = self.alpha * baskets.data[held]
            system = gram + (vectors.T * (confidence - 1)) @ vectors
            people[row] = np.linalg.lstsq(system, vectors.T @ confidence, rcond=None)[0]
        rules = Rules(k, baskets, None, self.shelf.rank)
        return completed(baskets, rank_factors(people, self.product_factors, rules))

"""Factor models that the library implicit fits by stochastic gradient: BPR and logistic.

BPR: Rendle, Freudenthaler, Gantner, Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit
feedback", UAI 2009. LMF: Johnson, "Logistic matrix factorization for implicit feedback data", 2014. Both are
fitted on one thread, since their threads race and no two runs would agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField
from recsys.recommend.kernels import Ranked, Rules, rank_factors
from recsys.recommend.reasons import along_own
from recsys.recommend.search import Between


class _Gradient(RecommenderModel):
    factors: Annotated[int, Between(16, 256, log=True)] = Field(64, ge=1, description="length of the vectors")
    iterations: Annotated[int, Between(20, 300, log=True)] = Field(
        100, ge=1, description="passes over the purchases"
    )
    weighting: WeightingField = BINARY

    def _fit(self, model: Any, known: Known) -> FittedFactors:
        from threadpoolctl import threadpool_limits

        own = known.history.matrix(self.weighting)
        with threadpool_limits(1, "blas"):
            model.fit(own, show_progress=False)
        return FittedFactors(
            Shelf.of(known),
            own,
            self.factors,
            np.asarray(model.user_factors, dtype=np.float32),
            np.asarray(model.item_factors, dtype=np.float32),
        )


class BPR(_Gradient):
    """Vectors such that what a customer bought ranks above what they did not."""

    kind: Literal["bpr"] = "bpr"
    learning_rate: Annotated[float, Between(0.005, 0.5, log=True)] = Field(
        0.05, gt=0, description="size of a step"
    )
    regularization: Annotated[float, Between(1e-4, 0.3, log=True)] = Field(
        0.01, ge=0, description="penalty on the vectors' squared length"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedFactors:
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        model = BayesianPersonalizedRanking(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            num_threads=1,
            random_state=int(rng.integers(2**31)),
        )
        return self._fit(model, known)


class LMF(_Gradient):
    """Vectors whose product is the log-odds of a purchase."""

    kind: Literal["lmf"] = "lmf"
    iterations: Annotated[int, Between(10, 100, log=True)] = Field(
        30, ge=1, description="passes over customers and products"
    )
    learning_rate: Annotated[float, Between(0.1, 3, log=True)] = Field(
        1.0, gt=0, description="size of a step"
    )
    regularization: Annotated[float, Between(0.01, 10, log=True)] = Field(
        0.6, ge=0, description="penalty on the vectors' squared length"
    )
    negatives: int = Field(30, ge=1, description="products not bought that are drawn for each one bought")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedFactors:
        from implicit.cpu.lmf import LogisticMatrixFactorization

        model = LogisticMatrixFactorization(
            factors=self.factors,
            learning_rate=self.learning_rate,
            regularization=self.regularization,
            iterations=self.iterations,
            neg_prop=self.negatives,
            num_threads=1,
            random_state=int(rng.integers(2**31)),
        )
        return self._fit(model, known)


@dataclass(frozen=True, eq=False)
class FittedFactors(FittedModel):
    """own: customers x products. customer_factors: (customers, d), product_factors: (products, d).

    taste: columns of both in which customers and products meet; those after them are biases.
    """

    kind: ClassVar[str] = "bpr"  # loads alike, whichever of the two fitted it
    own: sparse.csr_matrix
    taste: int
    customer_factors: NDArray[np.float32]
    product_factors: NDArray[np.float32]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_factors(self.customer_factors[customers], self.product_factors, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that points the same way; see core.protocols.Explains."""
        return along_own(
            lists, self.own, self.customer_factors[:, : self.taste], self.product_factors[:, : self.taste]
        )

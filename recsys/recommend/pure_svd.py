"""Truncated singular value decomposition of who bought what.

Cremonesi, Koren, Turrin, "Performance of recommender algorithms on top-N recommendation tasks", RecSys 2010:
with X ~ U S V', a customer's scores are x V V'.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from recsys.recommend.compiled_reasons import best_vectors
from recsys.recommend.kernels import Ranked, Rules, rank_weights
from recsys.recommend.reasons import strongest
from recsys.recommend.search import Between

RANK = 1e-6  # of the largest singular value: what is below is zero but for rounding


class PureSVD(RecommenderModel):
    """Customers and products in the directions in which purchases vary most."""

    kind: Literal["pure-svd"] = "pure-svd"
    factors: Annotated[int, Between(8, 512, log=True)] = Field(
        64, ge=1, description="directions kept, fewer than there are"
    )
    weighting: WeightingField = BINARY

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPureSVD:
        from threadpoolctl import threadpool_limits

        own = known.history.matrix(self.weighting)
        with threadpool_limits(1, "blas"):
            directions = _directions(own.astype(np.float64), self.factors, rng)
        return FittedPureSVD(Shelf.of(known), own, directions.astype(np.float32))


@dataclass(frozen=True, eq=False)
class FittedPureSVD(FittedModel):
    """own: customers x products. directions: (products, factors), orthonormal columns."""

    kind: ClassVar[str] = "pure-svd"
    own: sparse.csr_matrix
    directions: NDArray[np.float32]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that adds most to x V V'; see core.protocols.Explains."""
        return strongest(lists, self.own, Why.WITH, best_vectors, self.directions, self.directions)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        return completed(baskets, self._rank(baskets, Rules(k, baskets, None, self.shelf.rank)))

    def _rank(self, bought: sparse.csr_matrix, rules: Rules) -> Ranked:
        people = np.asarray(bought @ self.directions, dtype=np.float32)
        # Row by row: in a block of BLAS a score of next to nothing would depend on who else asks.
        return rank_weights(sparse.csr_matrix(people), self.directions.T, rules)


def _directions(own: sparse.csr_matrix, factors: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Right singular vectors of the largest singular values; one less than all where there are no more.

    With all of them V V' gives back what was bought, and only rounding would rank the other products.
    """
    from scipy.sparse.linalg import svds

    most = min(own.shape)
    if factors >= most:  # the iterative solver wants fewer than all
        _, size, right = np.linalg.svd(own.toarray(), full_matrices=False)
    else:
        _, size, right = svds(own, k=factors, v0=rng.standard_normal(most))
        size, right = size[::-1], right[::-1]
    rank = int((size > RANK * size[0]).sum())
    more = rank == len(size) < most
    return np.asarray(right[: rank if more else max(rank - 1, 1)].T)

"""A linear model from what customers had bought at a moment to what they bought in the days after it.

Choi, Kim, Lee, Shim, Lee, "Session-aware linear item-item models for session-based recommendation", WWW 2021
(SLIT): B = (S'WS + l2 I)^-1 S'WT, where rows of S are what was bought until a moment, those of T what came
next. There a row is a place in a session. Here it is a customer at one of several earlier moments, S their
history as it is weighed then, and T what they bought in the horizon after it. A row of S holds square roots,
divided by the root of its length, and a row weighs 1 / sqrt(products in T), so that who buys much does not
outweigh the others; later moments weigh more. Unlike EASE, B has a diagonal, since people buy again, and a
row of its own for what is bought whatever the history.
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
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons
from recsys.core.topk import TopK
from recsys.core.weighting import Weighting
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.gram import whole
from recsys.recommend.kernels import Ranked, Rules, rank_weights
from recsys.recommend.reasons import strongest_weight
from recsys.recommend.search import Between

DAY = np.timedelta64(86_400, "s")
ALWAYS = 0.01  # of l2: what the row that is there for everybody is held back by


class SLIT(RecommenderModel):
    """What customers with such a history bought in the weeks after it; strong where people return."""

    kind: Literal["slit"] = "slit"
    l2: Annotated[float, Between(10, 5000, log=True)] = Field(
        100.0, gt=0, description="penalty on squared weights; the more customers, the more of it"
    )
    weighting: WeightingField = Weighting("decay", 120.0)
    horizon_days: int = Field(28, ge=1, description="days after a moment whose purchases are foreseen")
    moments: int = Field(
        12, ge=1, description="earlier moments that are learned from, where history has them"
    )
    stride_days: int = Field(14, ge=1, description="days between two of these moments")
    memory_days: float = Field(
        100.0, gt=0, description="a moment this much earlier than another weighs half as much"
    )
    max_products: int = Field(
        10_000, ge=1, description="best-selling products that take part: the weights are dense"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSLIT:
        shelf, history = Shelf.of(known), known.history
        products = np.sort(np.argsort(shelf.rank)[: self.max_products]).astype(np.int32)
        before, after = self._lessons(history, products)
        own = laid_out(history.matrix(self.weighting))
        return FittedSLIT(shelf, own, products, ridge(before, after, self.l2))

    def _lessons(
        self, history: TransactionLog, products: NDArray[np.int32]
    ) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
        """(S, T): a row for each moment and customer who came before and after it, with the root of its
        weight, which is 1 on average.
        """
        before, after = [sparse.csr_matrix((0, len(products) + 1))], [sparse.csr_matrix((0, len(products)))]
        weights = [np.empty(0)]
        horizon, stride = self.horizon_days * DAY, self.stride_days * DAY
        first = history.lines["time"].min()
        for at in range(self.moments):
            moment = history.end - horizon - at * stride
            if moment <= first:
                break
            had = laid_out(history.between(None, moment).matrix(self.weighting))[:, products]
            got = history.between(moment, moment + horizon).bought[:, products]
            rows = np.flatnonzero((np.diff(had.indptr) > 0) & (np.diff(got.indptr) > 0))
            before.append(with_always(had[rows]))
            after.append(got[rows])
            fading = 0.5 ** (at * self.stride_days / self.memory_days)
            weights.append(fading / np.sqrt(np.diff(got.indptr)[rows]))
        weight = np.concatenate(weights)
        root = sparse.diags_array(np.sqrt(weight / weight.mean())) if len(weight) else sparse.eye_array(0)
        return (
            sparse.csr_matrix(root @ sparse.vstack(before, format="csr")),
            sparse.csr_matrix(root @ sparse.vstack(after, format="csr")),
        )


@dataclass(frozen=True, eq=False)
class FittedSLIT(FittedModel):
    """own: customers x products, laid out. products: (m,) codes that take part. weights: (m + 1, m) float32,
    the last row that of everybody.
    """

    kind: ClassVar[str] = "slit"
    own: sparse.csr_matrix
    products: NDArray[np.int32]
    weights: NDArray[np.float32]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought that adds most to the score; see core.protocols.Explains."""
        return strongest_weight(lists, self.own, self.weights, self.products)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """A basket is a history of this moment."""
        return completed(baskets, self._rank(laid_out(baskets), Rules(k, baskets, None, self.shelf.rank)))

    def _rank(self, bought: sparse.csr_matrix, rules: Rules) -> Ranked:
        """Scores of the products that take part; the others are never recommended."""
        columns = with_always(bought[:, self.products]).astype(np.float32)
        return rank_weights(columns, self.weights, rules, self.products)


def laid_out(history: sparse.csr_matrix) -> sparse.csr_matrix:
    """Square roots, each row divided by the root of its length. Customers x products, float32."""
    roots = history.astype(np.float32).power(0.5)
    length = np.sqrt(np.asarray(roots.power(2).sum(axis=1))).ravel()
    scale = np.divide(1.0, np.sqrt(length), out=np.zeros_like(length), where=length > 0)
    return sparse.csr_matrix(sparse.diags_array(scale) @ roots)


def with_always(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same with one more column, which is 1 for everybody."""
    return sparse.csr_matrix(sparse.hstack([rows, np.ones((rows.shape[0], 1))]))


def ridge(before: sparse.csr_matrix, after: sparse.csr_matrix, l2: float) -> NDArray[np.float32]:
    """The weights that take `before` (n, m + 1) nearest to `after` (n, m), by Cholesky; 0 without rows."""
    from scipy import linalg
    from threadpoolctl import threadpool_limits

    system = whole(before)
    penalty = np.full(len(system), l2, dtype=np.float32)
    penalty[-1] *= ALWAYS
    system[np.diag_indices_from(system)] += penalty
    wanted = np.asarray((before.T @ after).toarray(order="F"), dtype=np.float32, order="F")
    with threadpool_limits(1, "blas"):  # the same bits with any number of threads
        weights, failed = linalg.lapack.sposv(system, wanted, overwrite_a=1, overwrite_b=1)[1:]
    if failed:
        raise RecommendError(
            f"slit cannot solve for the products' weights with l2 = {l2:g}: expected a larger penalty; "
            "raise l2"
        )
    return np.ascontiguousarray(weights)

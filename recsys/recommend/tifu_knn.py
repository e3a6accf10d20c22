"""TIFU-KNN: how often and how lately the customer and the most similar customers bought each product.

Hu, He, Gao, Zhang, "Modeling personalized item frequency information for next-basket recommendation", SIGIR
2020. The customer's n invoices are cut into groups of m, counted from the latest, so that only the oldest
group may be short. Invoice j of a group (0: its latest) in group g (0: the latest group) weighs
r_b^j / size of the group * r_g^g / number of groups: the decayed average of a group, then that of the groups.
The customer's vector sums these weights by product, and the score is
alpha * own vector + (1 - alpha) * mean of the nearest customers' vectors, by Euclidean distance.

The authors' published program reads m as the number of groups, shares the invoices out among them evenly and
lets r_b run over the whole history; its `group_size` is therefore not this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons
from recsys.core.topk import TopK
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, completed
from recsys.recommend.baskets import Baskets
from recsys.recommend.kernels import Ranked, Rules, rank_product
from recsys.recommend.reasons import own_or_alike
from recsys.recommend.search import Between


class TifuKNN(RecommenderModel):
    """What the customer and those with the most similar purchase frequencies buy often and lately."""

    kind: Literal["tifu-knn"] = "tifu-knn"
    group_size: Annotated[int, Between(1, 10)] = Field(
        2, ge=1, description="invoices in a group, counted from the latest"
    )
    within_decay: Annotated[float, Between(0.5, 1)] = Field(
        0.9, gt=0, le=1, description="weight of an invoice beside the next later one of its group"
    )
    group_decay: Annotated[float, Between(0.3, 1)] = Field(
        0.7, gt=0, le=1, description="weight of a group beside the next later group"
    )
    alpha: Annotated[float, Between(0, 1)] = Field(
        0.2, ge=0, le=1, description="share of the customer's own frequencies in the score"
    )
    neighbours: Annotated[int, Between(10, 1000, log=True)] = Field(
        50, ge=1, description="nearest customers whose frequencies are averaged"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTifuKNN:
        baskets = Baskets.of(known.history)
        own = baskets.by_customer(self._weights(baskets))
        oneself = sparse.eye_array(own.shape[0], dtype=np.float32, format="csr")
        nearest = mean_of_nearest(own, own, self.neighbours, baskets.count > 0, oneself)
        mix = sparse.csr_matrix(self.alpha * oneself + (1 - self.alpha) * nearest)
        return FittedTifuKNN(Shelf.of(known), own, mix, self.neighbours)

    def _weights(self, baskets: Baskets) -> NDArray[np.float64]:
        """What each invoice counts in its customer's vector. Shape (baskets,)."""
        count = baskets.count[baskets.customer]
        group, place = np.divmod(baskets.later, self.group_size)
        size = np.minimum(self.group_size, count - group * self.group_size)
        groups = -(-count // self.group_size)
        return np.asarray(self.within_decay**place / size * self.group_decay**group / groups)


@dataclass(frozen=True, eq=False)
class FittedTifuKNN(FittedModel):
    """own: customers x products, the vectors. mix: customers x customers, each vector's share in a score."""

    kind: ClassVar[str] = "tifu-knn"
    own: sparse.csr_matrix
    mix: sparse.csr_matrix
    neighbours: int

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self.mix[customers], self.own, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The customer's own buying or that of others, whichever adds more; see core.protocols.Explains."""
        return own_or_alike(lists, self.own, self.mix)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """A basket is a history of one invoice; the score is the mean of the neighbours alone."""
        ones = np.ones(baskets.nnz, dtype=np.float32)
        once = sparse.csr_matrix((ones, baskets.indices, baskets.indptr), shape=baskets.shape)
        nearest = mean_of_nearest(once, self.own, self.neighbours, np.diff(self.own.indptr) > 0)
        return completed(baskets, rank_product(nearest, self.own, Rules(k, baskets, None, self.shelf.rank)))


def mean_of_nearest(
    rows: sparse.csr_matrix,
    among: sparse.csr_matrix,
    count: int,
    allowed: NDArray[np.bool_],
    oneself: sparse.csr_matrix | None = None,
) -> sparse.csr_matrix:
    """rows x among csr: 1 / found for the `count` allowed rows of `among` at the least Euclidean distance.

    |u - v|^2 = |u|^2 - 2 (u.v - |v|^2 / 2), so the nearest have the greatest u.v - |v|^2 / 2: a product with
    one more column, in which every u holds 1. Only products above 0 are ranked, so that column is lifted
    until the `count` shortest of `among`, the nearest of those that share nothing with u, are above it.
    """
    half = np.asarray(among.astype(np.float64).power(2).sum(axis=1)).ravel() / 2
    shortest = np.sort(half[allowed])[: count + (oneself is not None)]
    lift = shortest[-1] * (1 + 1e-6) + 1e-6 if len(shortest) else 0.0
    left = sparse.hstack([rows, np.ones((rows.shape[0], 1))], format="csr")
    right = sparse.vstack([among.T, (lift - half)[None, :]], format="csr")
    rules = Rules(count, oneself, allowed, np.arange(among.shape[0], dtype=np.int32))
    found, _ = rank_product(left, right, rules)
    row, place = np.nonzero(found != NOTHING)
    share = np.bincount(row, minlength=len(found)).astype(np.float32)
    return sparse.csr_matrix((1 / share[row], (row, found[row, place])), (len(found), among.shape[0]))

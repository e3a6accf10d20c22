"""UP-CF@r: what the most similar customers bought in their last invoices.

Faggioli, Polato, Aiolli, "Recency aware collaborative filtering for next basket recommendation", UMAP 2020.
User-wise popularity pi_ui is the share of the customer's last min(r, n) invoices that hold product i. The
score is sum_v s_uv^q pi_vi over all customers v, u among them (s_uu = 1), with the asymmetric cosine of the
sets of products bought, s_uv = |I_u & I_v| / (|I_u|^alpha |I_v|^(1 - alpha)) (Aiolli, "Efficient top-N
recommendation for very large scale binary rated datasets", RecSys 2013). The paper's sum is over everyone;
here it is over u and the most similar `neighbours`, so that memory is bounded.
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
from recsys.recommend.kernels import Ranked, Rules, Similarity, neighbours, rank_product
from recsys.recommend.reasons import own_or_alike
from recsys.recommend.search import Between


class UPCF(RecommenderModel):
    """What the customer and customers alike bought in their last invoices."""

    kind: Literal["up-cf"] = "up-cf"
    recency: Annotated[int | None, Between(1, 50, log=True, or_none=True)] = Field(
        5, ge=1, description="the last invoices of a customer that count; null: all of them"
    )
    neighbours: Annotated[int, Between(20, 1000, log=True)] = Field(
        200, ge=1, description="similar customers that count beside the customer"
    )
    locality: Annotated[float, Between(1, 10, log=True)] = Field(
        3.0, gt=0, description="power of the similarity: the higher, the more the closest customers count"
    )
    alpha: Annotated[float, Between(0, 1)] = Field(
        0.5, ge=0, le=1, description="power of the customer's own variety in the similarity; 0.5: cosine"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedUPCF:
        bought = known.history.bought
        held = np.diff(bought.indptr).astype(np.float64)
        form = Similarity(held**self.alpha, held ** (1 - self.alpha))
        alike = neighbours(sparse.csr_matrix(bought.T), form, _everyone(self.neighbours, len(held)))
        alike.data **= self.locality
        mix = sparse.csr_matrix(sparse.eye_array(len(held), dtype=np.float32) + alike)
        baskets = Baskets.of(known.history)
        own = baskets.by_customer(self._shares(baskets))
        return FittedUPCF(Shelf.of(known), own, mix, self.neighbours, self.locality, self.alpha)

    def _shares(self, baskets: Baskets) -> NDArray[np.float64]:
        """What each invoice adds to its customer's popularities. Shape (baskets,)."""
        count = baskets.count[baskets.customer]
        if self.recency is None:
            return 1 / count
        return np.asarray((baskets.later < self.recency) / np.minimum(self.recency, count))


@dataclass(frozen=True, eq=False)
class FittedUPCF(FittedModel):
    """own: customers x products, popularities. mix: customers x customers, similarities to the power."""

    kind: ClassVar[str] = "up-cf"
    own: sparse.csr_matrix
    mix: sparse.csr_matrix
    neighbours: int
    locality: float
    alpha: float

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self.mix[customers], self.own, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The customer's own buying or that of others, whichever adds more; see core.protocols.Explains."""
        return own_or_alike(lists, self.own, self.mix)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """A basket is a customer with one invoice, which says nothing new: the score is the others'."""
        bought = self.shelf.bought
        left, right = _scaled(baskets, self.alpha), sparse.csr_matrix(_scaled(bought, 1 - self.alpha).T)
        found, alike = rank_product(left, right, _everyone(self.neighbours, bought.shape[0]))
        row, place = np.nonzero(found != NOTHING)
        cells = (row, found[row, place])
        mix = sparse.csr_matrix((alike[row, place] ** self.locality, cells), (len(found), bought.shape[0]))
        return completed(baskets, rank_product(mix, self.own, Rules(k, baskets, None, self.shelf.rank)))


def _everyone(count: int, customers: int) -> Rules:
    """The best `count` of all customers; ties go by code."""
    return Rules(count, None, None, np.arange(customers, dtype=np.int32))


def _scaled(rows: sparse.csr_matrix, power: float) -> sparse.csr_matrix:
    """1 / |row|^power where a row holds anything."""
    held = np.diff(rows.indptr)
    data = np.repeat(np.maximum(held, 1.0) ** -power, held)
    return sparse.csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape)

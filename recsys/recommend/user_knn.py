"""Customer-based collaborative filtering: what customers like this one bought.

Herlocker, Konstan, Borchers, Riedl, "An algorithmic framework for performing collaborative filtering", SIGIR
1999, on who bought what in place of ratings.
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
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.kernels import Ranked, Rules, Similarity, neighbours, rank_product
from recsys.recommend.reasons import own_or_alike
from recsys.recommend.search import Between


class UserKNN(RecommenderModel):
    """Products bought by the customers whose purchases are most alike."""

    kind: Literal["user-knn"] = "user-knn"
    neighbours: Annotated[int, Between(20, 1000, log=True)] = Field(
        200, ge=1, description="similar customers that count"
    )
    shrink: Annotated[float, Between(0, 100)] = Field(
        0.0, ge=0, description="added to the cosine's denominator"
    )
    weighting: WeightingField = BINARY

    def fit(self, known: Known, rng: np.random.Generator) -> FittedUserKNN:
        own = known.history.matrix(self.weighting)
        norms = _lengths(own)
        rules = Rules(self.neighbours, None, None, np.arange(own.shape[0], dtype=np.int32))
        similar = neighbours(own.T.tocsr(), Similarity(norms, norms, self.shrink), rules)
        return FittedUserKNN(Shelf.of(known), own, similar, self.neighbours)


@dataclass(frozen=True, eq=False)
class FittedUserKNN(FittedModel):
    """own: customers x products. similar: customers x customers, row = neighbours of a customer."""

    kind: ClassVar[str] = "user-knn"
    own: sparse.csr_matrix
    similar: sparse.csr_matrix
    neighbours: int

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self.similar[customers], self.own, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The customer's own buying or that of others, whichever adds more; see core.protocols.Explains."""
        return own_or_alike(lists, self.own, self.similar)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        """A basket's neighbours are customers, by plain cosine."""
        people = sparse.csr_matrix(_unit(self.own).T)
        everyone = Rules(self.neighbours, None, None, np.arange(self.own.shape[0], dtype=np.int32))
        found, alike = rank_product(_unit(baskets), people, everyone)
        row, place = np.nonzero(found != NOTHING)
        cells = (row, found[row, place])
        similar = sparse.csr_matrix((alike[row, place], cells), (baskets.shape[0], self.own.shape[0]))
        return completed(baskets, rank_product(similar, self.own, Rules(k, baskets, None, self.shelf.rank)))


def _lengths(rows: sparse.csr_matrix) -> NDArray[np.float64]:
    """Euclidean length of each row."""
    squared = rows.astype(np.float64).power(2).sum(axis=1)
    return np.sqrt(np.asarray(squared).ravel())


def _unit(rows: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows of length 1; empty ones stay empty."""
    length = np.maximum(_lengths(rows), 1e-12)
    return sparse.csr_matrix(sparse.diags_array(1 / length) @ rows)

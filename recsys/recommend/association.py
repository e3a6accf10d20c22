"""Rules between the products of one invoice: where the one is, the other is too.

Agrawal, Imielinski, Swami, "Mining association rules between sets of items in large databases", SIGMOD 1993,
for antecedents of one product: those of a whole shop are one sparse product. With N invoices, n_i of them
holding product i and n_ij holding both: support n_ij / N; confidence n_ij / n_i, the share of i's invoices
that hold j; lift N n_ij / (n_i n_j), how many times more often than by chance; leverage
n_ij / N - n_i n_j / N^2, the share of all invoices by which it is more often than by chance
(Piatetsky-Shapiro, "Discovery, analysis and presentation of strong rules", 1991).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.parallel import over_blocks
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.baskets import Baskets
from recsys.recommend.compiled_reasons import best_sparse
from recsys.recommend.kernels import Ranked, Rules, rank_product
from recsys.recommend.reasons import parts_of, strongest
from recsys.recommend.search import Among, Between

Score = Literal["confidence", "lift", "leverage"]
ANTECEDENTS = 256  # products whose rules are counted at once


class Association(RecommenderModel):
    """Products found in the same invoices as what the customer bought."""

    kind: Literal["association"] = "association"
    min_support: Annotated[int, Between(2, 50, log=True)] = Field(
        5, ge=1, description="invoices that must hold both products of a rule"
    )
    min_confidence: float = Field(
        0.0, ge=0, le=1, description="least share of the first product's invoices that hold the second"
    )
    min_lift: float = Field(
        1.0, ge=0, description="least ratio of the joint invoices to what chance would give"
    )
    score: Annotated[Score, Among(get_args(Score))] = Field(
        "leverage", description="what a rule is worth: confidence, lift or leverage"
    )
    aggregate: Literal["max", "sum"] = Field(
        "sum", description="what counts where several rules name a product: the best one or their sum"
    )
    basket: Literal["all", "last"] = Field(
        "all", description="where rules start: at all that the customer bought, or at the last invoice"
    )
    weighting: WeightingField = BINARY

    def fit(self, known: Known, rng: np.random.Generator) -> FittedAssociation:
        baskets = Baskets.of(known.history)
        if self.basket == "last":
            own = baskets.by_customer((baskets.later == 0).astype(np.float64))
        else:
            own = known.history.matrix(self.weighting)
        holding = np.bincount(baskets.held.indices, minlength=baskets.held.shape[1])
        together = self._rules(baskets.held, holding)
        how = (baskets.held.shape[0], self.score, self.aggregate)
        return FittedAssociation(Shelf.of(known), own, together, holding, *how)

    def _rules(self, held: sparse.csr_matrix, holding: NDArray[np.int64]) -> sparse.csr_matrix:
        """Products x products: the joint invoices of each pair that is a rule, row = antecedent."""
        invoices, products = held.shape
        usual = np.flatnonzero(holding >= self.min_support)  # no pair is more frequent than its products
        right = held[:, usual]
        left = sparse.csr_matrix(right.T)
        n = holding[usual].astype(np.float64)
        found: dict[int, tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]] = {}

        def work(start: int, stop: int) -> None:
            joint = (left[start:stop] @ right).tocoo()
            i, j, both = joint.row + start, joint.col, joint.data.astype(np.float64)
            kept = (i != j) & (both >= self.min_support) & (both / n[i] >= self.min_confidence)
            kept &= both * invoices / (n[i] * n[j]) >= self.min_lift
            found[start] = (joint.data[kept], usual[i[kept]], usual[j[kept]])

        over_blocks(len(usual), ANTECEDENTS, work)
        if not found:
            return sparse.csr_matrix((products, products), dtype=np.float32)
        columns = zip(*(found[start] for start in sorted(found)), strict=True)
        both, first, second = map(np.concatenate, columns)
        return sparse.csr_matrix((both, (first, second)), shape=(products, products))


@dataclass(frozen=True, eq=False)
class FittedAssociation(FittedModel):
    """own: customers x products, where rules start. together: products x products, joint invoices of a rule.

    holding: (products,) invoices with each product. invoices: all of them.
    """

    kind: ClassVar[str] = "association"
    own: sparse.csr_matrix
    together: sparse.csr_matrix
    holding: NDArray[np.int64]
    invoices: int
    score: Score
    aggregate: str

    def measure(self, score: Score) -> NDArray[np.float64]:
        """Confidence, lift or leverage of each rule, in the order of `together`."""
        both = self.together.data.astype(np.float64)
        first = np.repeat(self.holding, np.diff(self.together.indptr)).astype(np.float64)
        second = self.holding[self.together.indices]
        if score == "confidence":
            return both / first
        if score == "lift":
            return np.asarray(both * self.invoices / (first * second))
        return np.asarray(both / self.invoices - first * second / self.invoices**2)

    def table(self, names: NDArray[np.object_] | None = None) -> pd.DataFrame:
        """The rules, best first: antecedent, consequent, invoices, support, confidence, lift, leverage.

        names: (products,) external ids, as in `known.history.products.names`; None: products by code.
        """
        first = np.repeat(np.arange(len(self.holding)), np.diff(self.together.indptr))
        second = self.together.indices
        frame = pd.DataFrame(
            {
                "antecedent": first if names is None else names[first],
                "consequent": second if names is None else names[second],
                "invoices": self.together.data.astype(np.int64),
                "support": self.together.data / max(self.invoices, 1),
                "confidence": self.measure("confidence"),
                "lift": self.measure("lift"),
                "leverage": self.measure("leverage"),
            }
        )
        return frame.sort_values(self.score, ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def worth(self) -> sparse.csr_matrix:
        """Products x products: the score of each rule."""
        values = self.measure(self.score).astype(np.float32)
        return sparse.csr_matrix((values, self.together.indices, self.together.indptr), self.together.shape)

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought whose rule adds most; see core.protocols.Explains."""
        return strongest(lists, self.own, Why.WITH, best_sparse, parts_of(self.worth), self.worth.shape[1])

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        return completed(baskets, self._rank(baskets, Rules(k, baskets, None, self.shelf.rank)))

    def _rank(self, own: sparse.csr_matrix, rules: Rules) -> Ranked:
        return rank_product(own, self.worth, rules, largest=self.aggregate == "max")

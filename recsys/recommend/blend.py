"""Several recommenders' lists in one, by weighted score or by weighted place.

Reciprocal rank fusion: Cormack, Clarke, Büttcher, "Reciprocal rank fusion outperforms Condorcet and
individual rank learning methods", SIGIR 2009: sum over parts of weight / (60 + place).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons
from recsys.core.topk import TopK
from recsys.recommend.base import Composite, FittedModel, Parts, Shelf, seen_of
from recsys.recommend.kernels import Ranked, Rules, rank_rows
from recsys.recommend.reasons import by_highest_part, worth_in
from recsys.recommend.search import Among, Between

SMOOTHING = 60  # of reciprocal rank fusion, as in the paper
FLOOR = 0.01  # what the last of a part's products is worth beside its first, by score


class Blend(Composite):
    """One list from several recommenders, each with its weight."""

    kind: Literal["blend"] = "blend"
    parts: tuple[str, ...] = Field(min_length=2, description="names of other recommenders")
    weights: Annotated[tuple[float, ...] | None, Between(0, 1, each_of="parts")] = Field(
        None, description="of the parts, in order; null: all alike"
    )
    by: Annotated[Literal["score", "rank"], Among(("score", "rank"))] = Field(
        "score", description="score: each part's scores from 0 to 1; rank: reciprocal rank fusion"
    )
    depth: int = Field(200, ge=1, description="products that each part brings")

    @model_validator(mode="after")
    def _weights_fit(self) -> Blend:
        if self.weights is not None:
            if len(self.weights) != len(self.parts):
                raise ValueError(
                    f"weights has {len(self.weights)} numbers for {len(self.parts)} parts: expected one each"
                )
            if min(self.weights) < 0 or max(self.weights) == 0:
                raise ValueError(f"weights is {list(self.weights)}: expected none below 0 and one above it")
        return self

    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> FittedBlend:
        weights = list(self.weights or [1.0] * len(self.parts))
        fitted = tuple(parts.fitted(name) for name in self.parts)
        return FittedBlend(Shelf.of(known), fitted, weights, self.by, self.depth)


@dataclass(frozen=True, eq=False)
class FittedBlend(FittedModel):
    """parts: fitted recommenders. weights: one for each."""

    kind: ClassVar[str] = "blend"
    parts: tuple[Fitted, ...]
    weights: list[float]
    by: str
    depth: int

    @property
    def serves_newcomers(self) -> bool:
        """Whether any part serves people without history."""
        return any(getattr(part, "serves_newcomers", False) for part in self.parts)

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        depth = max(self.depth, rules.k)
        total = sparse.csr_matrix((len(customers), rules.products), dtype=np.float32)
        for part, weight in zip(self.parts, self.weights, strict=True):
            lists = part.recommend(customers, depth, seen=seen_of(rules), allowed=rules.allowed)
            worth = _by_place(lists) if self.by == "rank" else _by_score(lists)
            row, place = np.nonzero(lists.products != NOTHING)
            cells = (row, lists.products[row, place])
            total += sparse.csr_matrix((weight * worth[row, place], cells), shape=total.shape)
        return rank_rows(sparse.csr_matrix(total), rules)

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        return self.rank(np.full(n, NOTHING, dtype=np.int32), rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """By the part that adds most to the score; see core.protocols.Explains."""
        worth = []
        for part, weight in zip(self.parts, self.weights, strict=True):
            said = part.recommend(lists.customers, max(self.depth, lists.k), seen=seen, allowed=allowed)
            of_part = _by_place(said) if self.by == "rank" else _by_score(said)
            worth.append(weight * worth_in(lists, said, of_part))
        return by_highest_part(lists, self.parts, worth, seen=seen, allowed=allowed)


def _by_place(lists: TopK) -> NDArray[np.float32]:
    places = np.arange(1, lists.k + 1, dtype=np.float32)
    return np.broadcast_to(1 / (SMOOTHING + places), lists.products.shape)


def _by_score(lists: TopK) -> NDArray[np.float32]:
    """Each list's scores from FLOOR (its last) to 1 (its first); 1 throughout where all are equal."""
    best = np.nanmax(np.where(lists.products != NOTHING, lists.scores, -np.inf), axis=1, keepdims=True)
    worst = np.nanmin(np.where(lists.products != NOTHING, lists.scores, np.inf), axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = np.where(best > worst, (lists.scores - worst) / (best - worst), 1.0)
    return np.asarray(FLOOR + (1 - FLOOR) * share, dtype=np.float32)

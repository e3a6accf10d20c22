"""The first recommender that has something to say, then the next: serves people without history too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.base import Composite, FittedModel, Parts, Shelf, seen_of
from recsys.recommend.kernels import Ranked, Rules
from recsys.recommend.reasons import explained, masked


class Fallback(Composite):
    """Lists of the first part, short ones filled by the next; a last part without history serves everyone."""

    kind: Literal["fallback"] = "fallback"
    parts: tuple[str, ...] = Field(min_length=2, description="other recommenders, first choice first")

    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> FittedFallback:
        return FittedFallback(Shelf.of(known), tuple(parts.fitted(name) for name in self.parts))


@dataclass(frozen=True, eq=False)
class FittedFallback(FittedModel):
    """parts: fitted recommenders, first choice first."""

    kind: ClassVar[str] = "fallback"
    parts: tuple[Fitted, ...]

    @property
    def serves_newcomers(self) -> bool:
        """Whether any part serves people without history."""
        return any(getattr(part, "serves_newcomers", False) for part in self.parts)

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        lists = TopK.empty(customers, rules.k)
        for part in self.parts:
            if lists.own_share == 1.0:
                break
            own = part.recommend(customers, rules.k, seen=seen_of(rules), allowed=rules.allowed)
            lists = lists.filled(own)
        return lists.products, lists.scores

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        return self.rank(np.full(n, NOTHING, dtype=np.int32), rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The first part that has something to say of a product; see core.protocols.Explains."""
        found = Reasons.none(lists.products.shape)
        for part in self.parts:
            silent = masked(lists, found.kinds == Why.NONE)
            found = found.elsewhere(explained(part, silent, seen=seen, allowed=allowed))
        return found

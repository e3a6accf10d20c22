"""What the customer bought before, most often (or most lately) bought first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.weighting import COUNT, Weighting
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_rows


class Repurchase(RecommenderModel):
    """The customer's own products by number of invoices, optionally fading with age."""

    kind: Literal["repurchase"] = "repurchase"
    half_life_days: float | None = Field(
        None, gt=0, description="a purchase this old counts half; null: all purchases count alike"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedRepurchase:
        weighting = Weighting("decay", self.half_life_days) if self.half_life_days else COUNT
        own = known.history.matrix(weighting)
        return FittedRepurchase(Shelf.of(known), own.multiply(known.history.bought).tocsr())


@dataclass(frozen=True, eq=False)
class FittedRepurchase(FittedModel):
    """own: customers x products, the weight of what was bought."""

    kind: ClassVar[str] = "repurchase"
    own: sparse.csr_matrix

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_rows(self.own[customers], rules)

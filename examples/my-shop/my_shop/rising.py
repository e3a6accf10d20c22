"""What is on the rise: products by how many more customers bought them lately than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.core.fold import Known
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_order


class Rising(RecommenderModel):
    """Buyers in the last days over buyers in as many days before, both smoothed."""

    kind: Literal["rising"] = "rising"
    days: int = Field(28, ge=1, description="length of each of the two periods")
    shrink: float = Field(5.0, gt=0, description="buyers added to both, so that few do not count for much")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedRising:
        lines, age = known.history.lines, known.history.age_days
        late, early = (
            lines[(age > start) & (age <= start + self.days)]
            .drop_duplicates(["customer", "product"])["product"]
            .value_counts()
            .reindex(range(len(known.history.products)), fill_value=0)
            .to_numpy()
            for start in (0, self.days)
        )
        return FittedRising(
            Shelf.of(known), np.where(late > 0, (late + self.shrink) / (early + self.shrink), 0)
        )


@dataclass(frozen=True, eq=False)
class FittedRising(FittedModel):
    """growth: (products,) float64, 0 where nobody bought it lately."""

    kind: ClassVar[str] = "rising"
    growth: NDArray[np.float64]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_order(self.growth, len(customers), rules)

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        return rank_order(self.growth, n, rules)

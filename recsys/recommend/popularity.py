"""The same bestsellers for everyone: the recommender that every other one has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.log import TransactionLog
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_order
from recsys.recommend.search import Among, Between

By = Literal["buyers", "lines", "units", "revenue"]


class Popularity(RecommenderModel):
    """The products most bought by everyone, in the whole history or its last days."""

    kind: Literal["popularity"] = "popularity"
    by: Annotated[By, Among(("buyers", "lines", "units"))] = Field(
        "buyers", description="what is counted: distinct buyers, lines, units or revenue"
    )
    window_days: Annotated[float | None, Between(7, 365, log=True, or_none=True)] = Field(
        None, gt=0, description="only the last days before the cutoff; null: the whole history"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedPopularity:
        lines = recent(known.history, self.window_days)
        return FittedPopularity(Shelf.of(known), demand(known.history, lines, self.by), self.window_days)


@dataclass(frozen=True, eq=False)
class FittedPopularity(FittedModel):
    """demand: (products,) float64. days: the last ones that count; None: all."""

    kind: ClassVar[str] = "popularity"
    demand: NDArray[np.float64]
    days: float | None = None

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_order(self.demand, len(customers), rules)

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        return rank_order(self.demand, n, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """They sell best; see core.protocols.Explains."""
        sold = (lists.products != NOTHING) & (self.demand[lists.products] > 0)
        return Reasons.all_of(Why.BESTSELLER, sold, self.days)


def recent(history: TransactionLog, window_days: float | None) -> pd.DataFrame:
    """The lines of the last `window_days` before the end of the history; None: all of them."""
    if window_days is None:
        return history.lines
    return history.lines[history.age_days <= window_days]


def demand(history: TransactionLog, lines: pd.DataFrame, by: By) -> NDArray[np.float64]:
    """How much of each product these lines of the history sold. Shape (products,)."""
    if by == "revenue" and not history.priced:
        raise RecommendError(
            "by: revenue has no prices to work with: expected a price column; map source.columns.price or "
            "count buyers, lines or units"
        )
    product = lines["product"].to_numpy()
    size = len(history.products)
    if by == "buyers":
        if lines is history.lines:
            return history.buyers.astype(np.float64)
        pair = np.sort(product.astype(np.int64) * len(history.customers) + lines["customer"].to_numpy())
        first = np.diff(pair, prepend=-1) > 0  # numpy's unique hashes, which is slower than sorting here
        return np.bincount(pair[first] // len(history.customers), minlength=size).astype(np.float64)
    if by == "lines":
        return np.bincount(product, minlength=size).astype(np.float64)
    units = lines["quantity"].to_numpy()
    worth = units if by == "units" else np.nan_to_num(units * lines["price"].to_numpy())
    return np.bincount(product, weights=worth, minlength=size).astype(np.float64)

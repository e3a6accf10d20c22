"""Bestsellers of the customer's own segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_order
from recsys.recommend.popularity import By, demand, recent
from recsys.recommend.search import Among, Between


class SegmentBestsellers(RecommenderModel):
    """The products most bought in the customer's segment."""

    kind: Literal["segment-bestsellers"] = "segment-bestsellers"
    by: Annotated[By, Among(("buyers", "lines", "units"))] = Field(
        "buyers", description="what is counted: distinct buyers, lines, units or revenue"
    )
    window_days: Annotated[float | None, Between(7, 365, log=True, or_none=True)] = Field(
        None, gt=0, description="only the last days before the cutoff; null: the whole history"
    )

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSegmentBestsellers:
        if known.segmentation is None:
            raise RecommendError(
                "segment-bestsellers has no segments to work with: expected a `segments` section in the "
                "config; add segments: {kind: kmeans} or remove this recommender"
            )
        segment = known.segmentation.codes
        lines = recent(known.history, self.window_days)
        of_line = segment[lines["customer"].to_numpy()]
        by_segment = [
            demand(known.history, lines[of_line == s], self.by) for s in range(len(known.segmentation.names))
        ]
        return FittedSegmentBestsellers(Shelf.of(known), np.stack(by_segment), segment, self.window_days)


@dataclass(frozen=True, eq=False)
class FittedSegmentBestsellers(FittedModel):
    """demand: (segments, products). segment: (customers,) int16. days: the last that count; None: all."""

    kind: ClassVar[str] = "segment-bestsellers"
    demand: NDArray[np.float64]
    segment: NDArray[np.int16]
    days: float | None = None

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        products, scores = rules.places(len(customers))
        own = self.segment[customers]
        for s in np.unique(own):
            rows = np.flatnonzero(own == s)
            products[rows], scores[rows] = rank_order(self.demand[s], len(rows), rules.of(rows))
        return products, scores

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """They sell best in the segment; see core.protocols.Explains."""
        demand = self.demand[self.segment[lists.customers][:, None], lists.products]
        sold = (lists.products != NOTHING) & (lists.customers != NOTHING)[:, None] & (demand > 0)
        return Reasons.all_of(Why.SEGMENT, sold, self.days)

"""Each segment served by a recommender of its own: one chosen for it, or one fitted on it alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from recsys.core.errors import RecommendError, nearest
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons
from recsys.core.segmentation import Segmentation
from recsys.core.topk import TopK
from recsys.recommend.base import Composite, FittedModel, Parts, Shelf, seen_of
from recsys.recommend.kernels import Ranked, Rules
from recsys.recommend.reasons import explained, masked


class PerSegment(Composite):
    """A recommender for each customer segment."""

    kind: Literal["per-segment"] = "per-segment"
    parts: tuple[str, ...] = Field(
        min_length=1, description="the first serves every segment that `serve` does not name"
    )
    serve: dict[str, str] = Field(default_factory=dict, description="segment: one of the parts")
    fit_each: bool = Field(False, description="fit each segment's part on that segment's customers alone")

    @model_validator(mode="after")
    def _served_by_parts(self) -> PerSegment:
        for segment, part in self.serve.items():
            if part not in self.parts:
                raise ValueError(
                    f"serve gives {segment!r} to {part!r}: expected one of parts, {', '.join(self.parts)}"
                    f"{nearest(part, self.parts)}"
                )
        return self

    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> FittedPerSegment:
        found = known.segmentation
        if found is None:
            raise RecommendError(
                "per-segment has no segments to work with: expected a `segments` section in the config; "
                "add segments: {kind: kmeans} or remove this recommender"
            )
        for segment in self.serve:
            if segment not in found.names:
                raise RecommendError(
                    f"per-segment serves {segment!r}, which is no segment: expected one of "
                    f"{', '.join(found.names)}{nearest(segment, found.names)}"
                )
        names = [self.serve.get(segment, self.parts[0]) for segment in found.names]
        if self.fit_each:
            some = [parts.at(only(known, found, at)).fitted(name) for at, name in enumerate(names)]
        else:
            some = [parts.fitted(name) for name in names]
        return FittedPerSegment(Shelf.of(known), tuple(some), found.codes)


@dataclass(frozen=True, eq=False)
class FittedPerSegment(FittedModel):
    """parts: one for each segment. segment: (customers,) int16, position in `parts`."""

    kind: ClassVar[str] = "per-segment"
    parts: tuple[Fitted, ...]
    segment: NDArray[np.int16]

    @property
    def serves_newcomers(self) -> bool:
        """Whether the first segment's part serves people without history."""
        return bool(getattr(self.parts[0], "serves_newcomers", False))

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        products, scores = rules.places(len(customers))
        own = self.segment[customers]
        for at in np.unique(own):
            rows = np.flatnonzero(own == at)
            lists = self.parts[at].recommend(
                customers[rows], rules.k, seen=seen_of(rules), allowed=rules.allowed
            )
            products[rows], scores[rows] = lists.products, lists.scores
        return products, scores

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        nobody = np.full(n, NOTHING, dtype=np.int32)
        lists = self.parts[0].recommend(nobody, rules.k, seen=seen_of(rules), allowed=rules.allowed)
        return lists.products, lists.scores

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """By the part that serves the segment; see core.protocols.Explains."""
        found = Reasons.none(lists.products.shape)
        of = np.where(lists.customers == NOTHING, 0, self.segment[lists.customers])
        for at in np.unique(of):
            mine = masked(lists, (of == at)[:, None])
            found = found.elsewhere(explained(self.parts[at], mine, seen=seen, allowed=allowed))
        return found


def only(known: Known, segmentation: Segmentation, segment: int) -> Known:
    """The same knowledge with the purchases of one segment's customers alone; codes stay as they are."""
    history = known.history
    mine = segmentation.codes == segment

    def of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[mine[frame["customer"].to_numpy()]].reset_index(drop=True)

    part = replace(
        history,
        lines=of(history.lines),
        gross=None if history.gross is None else of(history.gross),
        cancellations=of(history.cancellations),
        evidence=of(history.evidence),
        _matrices={},
    )
    return replace(known, history=part)

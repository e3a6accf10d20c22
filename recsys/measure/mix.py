"""Why a mean changed between two windows: other people, or other results with the same people.

The mean of a metric is the sum of shares times means over segments. Its change splits without a rest into a
part for each segment's change of share, at the mean of its two results, and a part for its change of result,
at the mean of its two shares (Kitagawa, "Components of a difference between two rates", JASA 1955).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """What one segment adds to the change: by its share (mix) and by its result (model)."""

    segment: str
    share_before: float
    share_after: float
    before: float
    after: float

    @property
    def mix(self) -> float:
        return (self.share_after - self.share_before) * (self._before + self._after) / 2

    @property
    def model(self) -> float:
        return (self._after - self._before) * (self.share_before + self.share_after) / 2

    @property
    def _before(self) -> float:
        """A segment that nobody was in has no result: it is taken to have been as it is later."""
        return self.after if math.isnan(self.before) else self.before

    @property
    def _after(self) -> float:
        return self.before if math.isnan(self.after) else self.after


def split(before: Mapping[str, tuple[int, float]], after: Mapping[str, tuple[int, float]]) -> list[Part]:
    """A part per segment of either; values: (customers, mean). The parts sum to the change of the mean."""
    totals = [sum(count for count, _ in side.values()) or 1 for side in (before, after)]
    parts = []
    for segment in dict.fromkeys((*before, *after)):
        old, was = before.get(segment, (0, math.nan))
        new, now = after.get(segment, (0, math.nan))
        if not old and not new:
            continue
        was, now = (was if old else math.nan), (now if new else math.nan)
        parts.append(Part(segment, old / totals[0], new / totals[1], was, now))
    return parts

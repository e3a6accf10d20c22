"""Who leads one target and segment at the deciding metric, and by how much over the baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from recsys.report.board import Board, Mean, leads
from recsys.report.words import NEW_PRODUCTS

#: Below this many judged customers in a window the figures of a segment are marked.
FEW = 30


@dataclass(frozen=True)
class Ranked:
    """One recommender's mean over `windows` windows."""

    recommender: str
    value: float
    windows: int


@dataclass(frozen=True)
class Verdict:
    """A ranking and what follows from it; it states means, not certainty.

    ranking: best first, equal ones in the order of the config. best: all that share the first place,
    empty where nobody has a value, everybody has zero, or one alone ranks products new to the shop: it beat
    nobody. led: windows in which the first of them leads too. customers, fewest: judged, the mean over
    windows and the least.
    """

    target: str
    segment: str
    ranking: tuple[Ranked, ...]
    best: tuple[str, ...]
    baseline: str | None
    baseline_value: float
    customers: float
    fewest: float
    windows: int
    led: int

    @property
    def value(self) -> float:
        """The best mean."""
        return max(
            (entry.value for entry in self.ranking if entry.recommender in self.best), default=math.nan
        )

    @property
    def difference(self) -> float:
        """Best minus baseline; NaN without either."""
        return self.value - self.baseline_value

    @property
    def percent(self) -> float:
        """The difference as a share of the baseline; NaN where that is zero."""
        return self.difference / self.baseline_value if self.baseline_value > 0 else math.nan

    @property
    def few(self) -> bool:
        """Whether some window has too few customers to say much."""
        return self.fewest < FEW

    @property
    def runner_up(self) -> Ranked | None:
        """The best that does not share the first place."""
        return next((r for r in self.ranking if r.recommender not in self.best), None) if self.best else None


def verdict(board: Board, target: str, segment: str) -> Verdict:
    """The ranking of everybody who took part."""
    means = {name: board.mean(target, segment, name) for name in board.taking_part(target, segment)}
    ranking = [Ranked(name, means[name].value, means[name].windows) for name in ranked(means)]
    alone = target == NEW_PRODUCTS and len(means) < 2
    best = () if alone else tuple(name for name in means if leads(means[name], list(means.values())))
    people = list(board.people(target, segment).values())
    return Verdict(
        target=target,
        segment=segment,
        ranking=tuple(ranking),
        best=best,
        baseline=board.baseline,
        baseline_value=board.mean(target, segment, board.baseline or "").value,
        customers=math.fsum(people) / len(people) if people else math.nan,
        fewest=min(people, default=math.nan),
        windows=max((entry.windows for entry in ranking), default=0),
        led=_led(board, target, segment, best[0]) if best else 0,
    )


def ranked(means: Mapping[str, Mean]) -> list[str]:
    """Names by their mean, best first; those over fewer windows after the others, those without any last."""
    return sorted(
        means, key=lambda name: (-means[name].windows, -means[name].value if means[name].windows else 0)
    )


def _led(board: Board, target: str, segment: str, name: str) -> int:
    """Windows in which nobody has more than `name`."""
    others = [board.by_window(target, segment, other) for other in board.taking_part(target, segment)]
    led = 0
    for window, own in board.by_window(target, segment, name).items():
        values = [scores[window].value for scores in others if window in scores]
        led += all(not value > own.value for value in values) and not math.isnan(own.value)
    return led

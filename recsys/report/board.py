"""The leaderboard as a lookup: the mean over windows of one figure, or its value in each window."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.words import ALL, METRICS, NO_HISTORY, OWN_SHARE, TELLING

# Means of equal values may differ in their last bit.
_SAME = 1e-12

Scores = Mapping[int, "Score"]
Key = tuple[str, str, str, str, int]


class Score(NamedTuple):
    """One figure of one window."""

    value: float
    customers: float


@dataclass(frozen=True)
class Mean:
    """A figure over windows: every window weighs the same; NaN where no window has a value."""

    value: float = math.nan
    windows: int = 0
    customers: float = math.nan

    @classmethod
    def of(cls, scores: Iterable[Score]) -> Mean:
        """Windows without a value are left out of the mean, and of its count of windows."""
        scores = list(scores)
        values = [score.value for score in scores if not math.isnan(score.value)]
        people = [score.customers for score in scores if not math.isnan(score.customers)]
        return cls(_mean(values), len(values), _mean(people))


def best_of(means: Sequence[Mean]) -> float:
    """The largest of the means over the most windows: means over other windows do not compare."""
    most = max((mean.windows for mean in means), default=0)
    return max((mean.value for mean in means if mean.windows == most > 0), default=math.nan)


def leads(mean: Mean, means: Sequence[Mean]) -> bool:
    """Whether it is (one of) the best of these: above zero, in as many windows as any."""
    most = max((one.windows for one in means), default=0)
    return mean.windows == most and mean.value > 0 and best_of(means) - mean.value <= _SAME


@dataclass(frozen=True)
class Decide:
    """The figure that decides: map@10."""

    metric: str
    k: int

    def __str__(self) -> str:
        return f"{self.metric}@{self.k}"


@dataclass(frozen=True, eq=False)
class Board:
    """Every figure of a run, by (target, segment, recommender, metric, k) and window.

    targets, recommenders, metrics and ks hold what the leaderboard has, in the order of the config.
    arrivals: products first sold after the cutoff, by window; empty where the run did not count them.
    currency: what money is counted in; empty where it is not known.
    """

    scores: Mapping[Key, Scores]
    decide: Decide
    baseline: str | None
    targets: tuple[str, ...]
    recommenders: tuple[str, ...]
    metrics: tuple[str, ...]
    ks: tuple[int, ...]
    windows: tuple[int, ...]
    order: tuple[str, ...]
    arrivals: Mapping[int, int]
    currency: str = ""

    @cached_property
    def means(self) -> dict[Key, Mean]:
        """The mean over windows of every figure."""
        return {key: Mean.of(scores.values()) for key, scores in self.scores.items()}

    @cached_property
    def _segments(self) -> dict[str, list[str]]:
        found: dict[str, dict[str, None]] = {}
        for target, segment, *_ in self.scores:
            found.setdefault(target, {})[segment] = None
        return {target: _ordered(names, self.order) for target, names in found.items()}

    @cached_property
    def _there(self) -> dict[tuple[str, str], dict[str, None]]:
        found: dict[tuple[str, str], dict[str, None]] = {}
        for target, segment, recommender, *_ in self.scores:
            found.setdefault((target, segment), {})[recommender] = None
        return found

    @cached_property
    def _people(self) -> dict[tuple[str, str], dict[int, float]]:
        found: dict[tuple[str, str], dict[int, float]] = {}
        for (target, segment, _, metric, _), scores in self.scores.items():
            if metric in TELLING:  # some are means over all who were sent a list
                continue
            most = found.setdefault((target, segment), {})
            for window, score in scores.items():
                if not math.isnan(score.customers):
                    most[window] = max(score.customers, most.get(window, 0.0))
        return found

    def mean(self, target: str, segment: str, recommender: str, metric: str = "", k: int = 0) -> Mean:
        """One figure; the deciding one unless another is named."""
        metric, k = metric or self.decide.metric, k or self.decide.k
        return self.means.get((target, segment, recommender, metric, k), Mean())

    def by_window(self, target: str, segment: str, recommender: str) -> Scores:
        """The deciding figure in each window that has it."""
        return self.scores.get((target, segment, recommender, self.decide.metric, self.decide.k), {})

    def segments(self, target: str) -> list[str]:
        """`all` first, then the segments in their order; people without history are apart."""
        return [name for name in self._segments.get(target, []) if name != NO_HISTORY]

    def has_no_history(self, target: str) -> bool:
        """Whether people without history were judged on this target."""
        return NO_HISTORY in self._segments.get(target, [])

    def deciding(self, decide: Decide) -> Board:
        """The same figures, with another one to decide."""
        return self if decide == self.decide else replace(self, decide=decide)

    def taking_part(self, target: str, segment: str) -> list[str]:
        """Recommenders with a row, be it at another metric: what decides may have no values at all."""
        there = self._there.get((target, segment), {})
        return [name for name in self.recommenders if name in there]

    def people(self, target: str, segment: str) -> Mapping[int, float]:
        """Judged customers in each window."""
        return self._people.get((target, segment), {})

    def decides(self, target: str) -> bool:
        """Whether anybody has a value of the deciding figure in any segment."""
        return any(
            mean.windows
            for (name, _, _, metric, k), mean in self.means.items()
            if (name, metric, k) == (target, self.decide.metric, self.decide.k)
        )


def board_of(run: Run) -> Board:
    """The leaderboard of one run."""
    evaluate = run.manifest["config"]["evaluate"]
    scores = _scores(run)
    segments = (run.manifest.get("segments") or {}).get("names") or []
    return Board(
        scores=scores,
        decide=Decide(str(evaluate["decide"]["metric"]), int(evaluate["decide"]["k"])),
        baseline=run.manifest["config"].get("baseline") or evaluate.get("baseline"),
        targets=_seen(scores, 0, evaluate.get("targets") or []),
        recommenders=_seen(scores, 2, run.manifest["config"].get("recommenders") or []),
        metrics=tuple(name for name in _seen(scores, 3, METRICS) if name != OWN_SHARE),
        ks=tuple(sorted({key[4] for key in scores})),
        windows=tuple(sorted({window for found in scores.values() for window in found})),
        order=(ALL, *segments),
        arrivals={one.window: one.arrivals for one in periods(run) if one.arrivals is not None},
        currency=run.currency,
    )


def _scores(run: Run) -> dict[Key, dict[int, Score]]:
    # Plain dictionaries: a few thousand rows, looked up cell by cell.
    frame = run.leaderboard
    names = zip(
        *(frame[name].tolist() for name in ("target", "segment", "recommender", "metric")), strict=True
    )
    figures = zip(*(frame[name].tolist() for name in ("k", "window", "value", "customers")), strict=True)
    scores: dict[Key, dict[int, Score]] = {}
    for (target, segment, recommender, metric), (k, window, value, people) in zip(
        names, figures, strict=True
    ):
        key = (target, segment, recommender, metric, 0 if math.isnan(k) else int(k))
        scores.setdefault(key, {})[int(window)] = Score(value, people)
    return scores


def _seen(scores: Mapping[Key, Any], at: int, order: Iterable[str]) -> tuple[str, ...]:
    return tuple(_ordered({str(key[at]): None for key in scores}, order))


def _ordered(found: Iterable[str], order: Iterable[str]) -> list[str]:
    """`found`, those in `order` first."""
    found, order = list(found), list(order)
    return [name for name in order if name in found] + [name for name in found if name not in order]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan

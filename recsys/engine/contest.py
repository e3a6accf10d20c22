"""Recommenders in one window: fitted on what was known, judged on what happened next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Fold, Target, Truth
from recsys.core.judged import Judged
from recsys.core.protocols import Fitted, RanksNewProducts
from recsys.core.topk import TopK
from recsys.engine.costs import Meter
from recsys.engine.funnel import segment_names, served
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.measure.catalog import list_metrics, metrics
from recsys.measure.context import Aspect, Context
from recsys.measure.judge import judge
from recsys.measure.segments import groups


@dataclass(frozen=True, eq=False)
class Shown:
    """What customers with history were shown: own lists, and the same filled. asked: new products' texts."""

    own: TopK
    lists: TopK
    asked: tuple[str | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Result:
    """One recommender in one window.

    scores: per target, one row per judged customer: customer, segment, a column per metric.
    lists: leaderboard rows of the metrics of all lists together.
    funnel: rows of the stage `served`. costs: seconds (of the fit without its parts), megabytes,
    the parts that it needs. fitted, shown: who said what per target.
    """

    scores: dict[str, pd.DataFrame]
    lists: list[dict[str, Any]]
    funnel: list[dict[str, Any]]
    costs: dict[str, Any]
    fitted: Fitted
    shown: dict[Target, Shown] = field(default_factory=dict)


class Contest:
    """A fold on which recommenders are judged one after another, all by the same rules.

    context: what was known before, for the metrics that ask.
    """

    def __init__(self, experiment: Experiment, fold: Fold, rng: Callable[[str], np.random.Generator]) -> None:
        self._fold = fold
        self._ks = experiment.evaluate.k
        self._targets = tuple(Target(target) for target in experiment.evaluate.targets)
        self._server = Server(experiment, fold.known, rng)
        self.context = Context.of(fold.known)

    @property
    def fit_seconds(self) -> dict[str, float]:
        """What each fit of this window took so far, without its parts."""
        return self._server.fit_seconds

    def run(self, name: str) -> Result:
        """Fit, rank and judge one recommender."""
        with Meter() as meter:
            fitted = self._server.fit(name)
            result = Result({}, [], [], {}, fitted)
            for target in self._targets:
                self._judge_everyone(name, fitted, target, meter, result)
            self._judge_arrivals(fitted, meter, result)
        result.costs.update(
            fit_seconds=round(self.fit_seconds[name], 4),  # whoever was listed first, parts count apart
            recommend_seconds=round(meter.seconds["recommend"], 4),
            peak_mb=round(meter.peak_mb, 1),
            parts=sorted(self._server.parts[name]),
        )
        return result

    def also(self, result: Result, target: Target, customers: NDArray[np.int32]) -> TopK:
        """What customers with history would be shown, whether judged here or not; judged ones come first.

        Who was shown a list already is not asked again.
        """
        nothing = TopK.empty(customers[:0], max(self._ks))
        shown = result.shown[target].lists if target in result.shown else nothing
        rest, held = np.setdiff1d(customers, shown.customers), np.isin(shown.customers, customers)
        more = nothing
        if len(rest):
            more = self._server.filled(self._server.own(result.fitted, rest, max(self._ks), target), target)
        return TopK(
            np.concatenate([shown.customers[held], more.customers]),
            np.concatenate([shown.products[held], more.products]),
            np.concatenate([shown.scores[held], more.scores]),
        )

    def _judge_everyone(
        self, name: str, fitted: Fitted, target: Target, meter: Meter, result: Result
    ) -> None:
        """Customers with history and, on `any`, people without it where the model serves them."""
        populations = [self._fold.truth(target)]
        if target is Target.ANY and getattr(fitted, "serves_newcomers", False):
            populations.append(self._fold.newcomers)
        for truth in populations:
            if not len(truth):
                continue
            with meter.timed("recommend"):
                own = self._server.own(fitted, truth.customers, max(self._ks), target)
            segments = segment_names(truth.customers, self._fold.known.segmentation)
            result.funnel.extend(served(self._fold.window, target, name, own, segments))
            filled = self._server.filled(own, target)
            if truth is populations[0]:
                result.shown[target] = Shown(own, filled)
            self._score(own, filled, truth, target, segments, result)

    def _judge_arrivals(self, fitted: Fitted, meter: Meter, result: Result) -> None:
        """Products first sold after the cutoff, by recommenders that can read what they are called."""
        arrivals, truth = self._fold.arrivals, self._fold.truth_of_arrivals
        texts = [text if isinstance(text, str) else None for text in arrivals["description"]]
        if not hasattr(fitted, "rank_new") or not len(truth) or not any(texts):
            return
        with meter.timed("recommend"):
            lists = cast(RanksNewProducts, fitted).rank_new(truth.customers, texts, max(self._ks))
        result.shown[Target.NEW_PRODUCTS] = Shown(lists, lists, tuple(texts))
        segments = segment_names(truth.customers, self._fold.known.segmentation)
        self._score(lists, lists, truth, Target.NEW_PRODUCTS, segments, result)

    def _score(
        self,
        own: TopK,
        lists: TopK,
        truth: Truth,
        target: Target,
        segments: NDArray[np.object_],
        result: Result,
    ) -> None:
        """Add the scores of these lists to the result."""
        # Products that arrived later have codes of their own, of which nothing was known before.
        context = None if target is Target.NEW_PRODUCTS else self.context
        judged = judge(lists, truth, context)
        columns: dict[str, Any] = {"customer": truth.names, "segment": segments}
        for metric in metrics(self._ks, money=self._fold.future.priced, told=self._told(target)):
            columns[metric.name] = metric.per_customer(judged).astype(np.float32)
        for k in self._ks:
            columns[f"own_share@{k}"] = (own.head(k).lengths / k).astype(np.float32)
        frame = pd.DataFrame(columns)
        before = result.scores.get(target)
        result.scores[target] = frame if before is None else pd.concat([before, frame], ignore_index=True)
        result.lists.extend(self._of_lists(judged, segments, target))

    def _told(self, target: Target) -> frozenset[Aspect]:
        """What metrics of this target may be told beside lists and truth."""
        if target is Target.NEW_PRODUCTS:
            return frozenset()
        # Where lists drop what was bought before, there is nothing to split.
        return self.context.aspects - (frozenset() if target is Target.ANY else {Aspect.REPEATS})

    def _of_lists(
        self, judged: Judged, segments: NDArray[np.object_], target: Target
    ) -> list[dict[str, Any]]:
        """Leaderboard rows of the metrics that look at all lists of a segment together."""
        rows = []
        bare = replace(judged, beside=None)
        for segment, at in groups(segments):
            part = bare.take(at)
            for metric in list_metrics(self._ks):
                word, k = metric.name.split("@")
                row = {"window": self._fold.window, "target": str(target), "segment": segment}
                row |= {"metric": word, "k": int(k), "value": metric.overall(part), "customers": len(at)}
                rows.append(row)
        return rows

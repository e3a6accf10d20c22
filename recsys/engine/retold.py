"""A window told once more with another future: nothing that a recommender may see or say must change.

The fold is cut again from a log whose purchases from the cutoff on are deleted, and from one where they are
replaced (see `futures`): what a recommender may see must stay the same, value by value. Recommenders are
then fitted again on the replaced one, and every list must stay the same.

Meanwhile the log and the fold are changed in place, and customers have other names. A recommender that kept
the log or the fold, that reads on in memory, or that looks customers up in a file of its own is therefore
told another future or none, and its lists change. What stays as it is: copies made earlier, and files, that
say what sells without saying to whom, and what a library outside Python may hold. `dealt` tells where lists
know what will sell, and `watch` hears files being opened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Fold, Known, Target
from recsys.core.log import TransactionLog
from recsys.core.protocols import Fitted, FittedSegmenter, RanksNewProducts
from recsys.core.topk import TopK
from recsys.engine.contest import Shown
from recsys.engine.futures import FUTURES, REPLACED, told_as
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment
from recsys.split import Window

SAMPLE = 500  # customers whose lists are compared, per target, unless everybody's are
CLOSE = 1e-5  # scores that differ by less, in proportion, are the same

Random = Callable[[str], np.random.Generator]


@dataclass(frozen=True, eq=False)
class World:
    """The log with another future, its fold, and recommenders fitted on that."""

    log: TransactionLog
    fold: Fold
    experiment: Experiment
    rng: Random

    @cached_property
    def server(self) -> Server:
        return Server(self.experiment, self.fold.known, self.rng)


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked twice. texts: of products new to the shop, where those are ranked."""

    target: Target
    customers: NDArray[np.int32]
    k: int
    texts: tuple[str | None, ...]

    def put(self, fitted: Fitted, server: Server) -> TopK:
        """The lists that answer it."""
        if self.target is Target.NEW_PRODUCTS:
            return cast(RanksNewProducts, fitted).rank_new(self.customers, list(self.texts), self.k)
        return server.own(fitted, self.customers, self.k, self.target)


class Retold:
    """One window with its other futures.

    rng: the randomness of a name in this window, as recommenders get it. regroup: fits the segmenter again,
    on the log as it is told then; None: the segmenter is not fitted again. everybody: whether all lists are
    compared, and not those of some customers drawn at random.
    """

    def __init__(
        self,
        experiment: Experiment,
        log: TransactionLog,
        fold: Fold,
        window: Window,
        segmenter: FittedSegmenter | None,
        rng: Random,
        *,
        regroup: Callable[[], FittedSegmenter | None] | None = None,
        everybody: bool = False,
    ) -> None:
        self._experiment = experiment
        self._log = log
        self._fold = fold
        self._window = window
        self._segmenter = segmenter
        self._rng = rng
        self._regroup = regroup
        self._everybody = everybody
        self._worlds: dict[str, World] = {}

    def changed(self, future: str) -> list[str]:
        """What may be seen at the cutoff and is not the same with this future; nothing if all is well."""
        try:
            other = self._world(future).fold.known
        except Exception as error:  # what a component does in another world is a finding, not the end
            return [_told(error)]
        return differing(self._visible(self._fold.known), self._visible(other))

    def fitted_in(self, future: str) -> Collection[str]:
        """The recommenders that were fitted again so far."""
        return self._worlds[future].server.fit_seconds.keys() if future in self._worlds else ()

    def again(self, name: str, fitted: Fitted, shown: Mapping[Target, Shown], future: str) -> dict[str, Any]:
        """Fit it in another world and compare its lists with those that were shown.

        lists: how many were compared. changed: how many differ. repeats: where some do, whether the same
        knowledge at least gives the same lists; else nothing can be said. error: what went wrong meanwhile.
        """
        drawn = {target: self._drawn(len(one.own), target) for target, one in shown.items()}
        said = [_rows(one.own, drawn[target]) for target, one in shown.items()]
        questions = [
            Question(target, lists.customers, lists.k, one.asked)
            for (target, one), lists in zip(shown.items(), said, strict=True)
        ]
        told: dict[str, Any] = {"future": future, "lists": sum(map(len, said))}
        try:
            world = self._world(future)
            with told_as(self._log, world.log), told_as(self._fold, world.fold):
                other = world.server.fit(name)
                lists = [question.put(other, world.server) for question in questions]
        except Exception as error:
            return told | {"changed": told["lists"], "repeats": None, "error": _told(error)}
        changed, repeats = _unlike(said, lists), None
        if changed:  # asked about fewer people at once, the same model may round otherwise
            said = [question.put(fitted, self._own) for question in questions]
            changed = _unlike(said, lists)
        if changed:
            repeated = self._own.fit(name)
            repeats = _unlike(said, [question.put(repeated, self._own) for question in questions]) == 0
        return told | {"changed": changed, "repeats": repeats, "error": None}

    @cached_property
    def _own(self) -> Server:
        """Where recommenders are fitted once more on the true log."""
        return Server(self._experiment, self._fold.known, self._rng)

    def _drawn(self, shown: int, target: Target) -> NDArray[np.int64]:
        """Rows of those who were shown a list and are looked at, in order."""
        if self._everybody or shown <= SAMPLE:
            return np.arange(shown)
        return np.sort(self._rng(f"audited on {target}").choice(shown, SAMPLE, replace=False))

    def _world(self, future: str) -> World:
        if future in self._worlds:
            return self._worlds[future]
        log = FUTURES[future](self._log, self._window.cutoff, self._rng("another future"))
        with told_as(self._log, log):
            fold = self._experiment.split.fold(self._log, self._window)
            segmenter = self._regroup() if self._regroup and future == REPLACED else self._segmenter
            known = fold.known
            if segmenter is not None:
                known = known.with_segments(segmenter.assign(known))
        world = World(log, Fold(known, fold.future, fold.window), self._experiment, self._rng)
        self._worlds[future] = world
        return world

    def forget(self, future: str) -> None:
        """Give the memory of a world back, in which nobody will be fitted again."""
        self._worlds.pop(future, None)

    def _visible(self, known: Known) -> dict[str, Any]:
        return visible(known) | {"candidates": self._experiment.candidates.allowed(known)}


def visible(known: Known) -> dict[str, Any]:
    """All that a recommender may see, by what it is called; but for customers' names, which audits change."""
    history, grouped = known.history, known.segmentation
    return {
        "cutoff": (known.cutoff, history.end),
        "purchase lines": history.lines,
        "lines before netting": history.gross,
        "cancellations": history.cancellations,
        "views and carts": history.evidence,
        "number of customers": len(history.customers),
        "products": history.products.names,
        "descriptions": history.descriptions.names,
        "catalogue": known.catalogue,
        "purchase matrix": history.matrix(),
        "segments": grouped and grouped.names,
        "segment of each customer": grouped and grouped.codes,
        "segment features": grouped and grouped.features,
    }


def differing(some: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """The names under which the two hold different values."""
    return [name for name in some if not _alike(some[name], others[name])]


def _alike(one: Any, other: Any) -> bool:
    """Equal in type and in every value; NaN equals NaN."""
    if isinstance(one, pd.DataFrame):
        return isinstance(other, pd.DataFrame) and one.equals(other)
    if isinstance(one, sparse.csr_matrix):
        return one.shape == other.shape and all(
            np.array_equal(getattr(one, part), getattr(other, part)) for part in ("indptr", "indices", "data")
        )
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return bool(one == other)


def _unlike(some: Sequence[TopK], others: Sequence[TopK]) -> int:
    """How many lists differ, in a product or in a score."""
    return sum(int((~_equal_rows(one, other)).sum()) for one, other in zip(some, others, strict=True))


def _equal_rows(one: TopK, other: TopK) -> NDArray[np.bool_]:
    close = np.isclose(one.scores, other.scores, rtol=CLOSE, atol=0, equal_nan=True)
    return np.asarray(((one.products == other.products) & close).all(axis=1))


def _rows(lists: TopK, rows: NDArray[np.int64]) -> TopK:
    return TopK(lists.customers[rows], lists.products[rows], lists.scores[rows])


def _told(error: Exception) -> str:
    """Its kind alone, for what it says may name a customer."""
    return f"a {type(error).__name__}"

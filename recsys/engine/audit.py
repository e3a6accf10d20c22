"""The leakage audit of a run: what each stage saw, what lies on both sides of a cutoff, and two controls.

`audit.json` holds the verdict, a sentence for each check, and per window what they rest on. A recommender's
part is kept with its scores, so that a run that goes on after a stop has it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys.core.cache_folder import cache_folder
from recsys.core.fold import Fold, Known, Target
from recsys.core.ids import NOTHING
from recsys.core.log import TransactionLog
from recsys.core.protocols import FittedSegmenter
from recsys.engine.checks import FAILED, PASSED, checks
from recsys.engine.contest import Contest, Result
from recsys.engine.dealt import Dealt
from recsys.engine.futures import DELETED, REPLACED, raw
from recsys.engine.retold import Random, Retold
from recsys.engine.spec import Audit, Experiment
from recsys.engine.store import RunFolder
from recsys.engine.watch import watching, within
from recsys.ingest import Loaded
from recsys.split import Window

FILE = "audit.json"
FORMAT = 1


class Auditor:
    """Gathers, window by window, what the audit has to say of a run."""

    def __init__(self, experiment: Experiment, loaded: Loaded, earliest: Window) -> None:
        self._experiment = experiment
        self._log = loaded.log
        self._earliest = earliest
        self._inputs = (*loaded.files, cache_folder(None))
        self._grouped_on: Known | None = None
        self._opened: dict[str, list[str]] = sorted_files((), ())
        self._windows: list[dict[str, Any]] = []

    @contextmanager
    def grouping(self, known: Known | None) -> Iterator[None]:
        """Around the fit of the segmenter on what was known; None without one."""
        self._grouped_on = known
        with watching() as opened:
            yield
        self._opened = sorted_files(opened, self._inputs)

    def inspector(
        self,
        contest: Contest,
        fold: Fold,
        window: Window,
        segmenter: FittedSegmenter | None,
        regroup: Callable[[], FittedSegmenter | None],
        rng: Random,
    ) -> Inspector:
        """Tell what this window shows apart from recommenders; returns who looks at those."""
        asked = self._experiment.evaluate.audit.refit
        first = window == self._earliest and asked != "none"
        told = Retold(
            *(self._experiment, self._log, fold, window, segmenter, rng),
            regroup=regroup if first else None,
            everybody=asked == "all",
        )
        again = self._again(window)
        changed = {}
        for future in self._futures(window):
            changed[future] = told.changed(future)
            if future not in again:
                told.forget(future)
        self._windows.append(
            {
                "window": window.number,
                "cutoff": str(window.cutoff),
                "judged_from": str(window.judged_from),
                "stages": stages(fold.known, self._grouped_on, window.cutoff),
                "first_judged": _moment(fold.future.lines["time"], np.min),
                "sides": sides(fold, self._log, window.cutoff),
                "changed": changed,
                "segmenter_fitted_again": first and segmenter is not None,
            }
        )
        dealt = Dealt(self._experiment, fold, rng)
        return Inspector(self._experiment, contest, told, dealt, self._inputs, again)

    def _futures(self, window: Window) -> tuple[str, ...]:
        """The futures with which it is looked at what may be seen: at both ends, unless all is asked for."""
        if window.number == 0 or self._experiment.evaluate.audit.refit == "all":
            return DELETED, REPLACED
        return (REPLACED,) if window == self._earliest else ()

    def _again(self, window: Window) -> tuple[str, ...]:
        """The futures with which recommenders are fitted again."""
        asked = self._experiment.evaluate.audit.refit
        if asked == "all":
            return DELETED, REPLACED
        return (REPLACED,) if asked == "cheap" and window.number == 0 else ()

    def write(self, folder: RunFolder) -> dict[str, str]:
        """audit.json in the run folder, latest window first; returns its sha256 by name."""
        windows = sorted(self._windows, key=lambda told: told["window"])
        for told in windows:
            parts = {name: folder.part(told["window"], name) or {} for name in self._experiment.recommenders}
            told["recommenders"] = {name: part.get("audit", {}) for name, part in parts.items()}
        found = checks(windows, self._opened, self._experiment.evaluate.audit.refit)
        failed = [one.check for one in found if one.outcome == FAILED]
        text = json.dumps(
            {
                "format": FORMAT,
                "verdict": FAILED if failed else PASSED,
                "failed": failed,
                "checks": [vars(one) for one in found],
                "segmenter": {"opened": self._opened},
                "windows": windows,
            },
            indent=2,
            ensure_ascii=False,
        )
        (folder.path / FILE).write_text(text, encoding="utf-8", newline="\n")
        return {FILE: sha256(text.encode()).hexdigest()}


class Inspector:
    """Looks at the recommenders of one window, once judged. futures: with which they are fitted again."""

    def __init__(
        self,
        experiment: Experiment,
        contest: Contest,
        told: Retold,
        dealt: Dealt,
        inputs: Collection[Path],
        futures: tuple[str, ...],
    ) -> None:
        self._models = experiment.recommenders
        self._asked: Audit = experiment.evaluate.audit
        self._contest = contest
        self._told = told
        self._dealt = dealt
        self._inputs = inputs
        self._futures = futures

    def of(self, name: str, result: Result, opened: Collection[str]) -> dict[str, Any]:
        """What the audit keeps of one recommender, ready for JSON."""
        cost = self._cost(name)
        quick = self._asked.refit == "all" or cost <= self._asked.seconds
        return {
            "again": [
                self._told.again(name, result.fitted, result.shown, future)
                for future in (self._futures if quick else ())
            ],
            "left_out": f"{cost:.1f} s to fit" if self._futures and not quick else None,
            "dealt": {
                str(target): self._dealt.judged(one.lists, target)
                for target, one in result.shown.items()
                if target is not Target.NEW_PRODUCTS
            },
            "opened": sorted_files(opened, self._inputs),
        }

    def _cost(self, name: str) -> float:
        """Seconds to fit it again, with those of its parts that were not fitted again yet."""
        seconds, done = self._contest.fit_seconds, self._told.fitted_in(REPLACED)
        return sum(seconds.get(one, 0.0) for one in self._with_parts(name) if one == name or one not in done)

    def _with_parts(self, name: str) -> set[str]:
        met, waiting = set(), [name]
        while waiting:
            one = waiting.pop()
            if one not in met:
                met.add(one)
                waiting += getattr(self._models[one], "parts", ())
        return met


def stages(known: Known, grouped_on: Known | None, cutoff: np.datetime64) -> list[dict[str, Any]]:
    """The latest moment in what each stage was given, and whether it is before the cutoff; None: nothing."""
    given = _times(known)
    rows = [("history: " + name, times) for name, times in given.items()]
    if grouped_on is not None:
        rows.append(("segmenter: all that it was fitted on", pd.concat(list(_times(grouped_on).values()))))
    rows.append(("recommenders: all that they were fitted on", pd.concat(list(given.values()))))
    return [
        {
            "stage": name,
            "latest": _moment(times, np.max),
            "before_cutoff": bool((times.to_numpy() < cutoff).all()),
        }
        for name, times in rows
    ]


def _times(known: Known) -> dict[str, pd.Series]:
    """Every moment that stands in what is known, by where."""
    history = known.history
    found = {
        "purchase lines": history.lines["time"],
        "cancellations": history.cancellations["time"],
        "views and carts": history.evidence["time"],
        "catalogue, last seen": known.catalogue["last_seen"],
    }
    return found if history.gross is None else found | {"lines before netting": history.gross["time"]}


def sides(fold: Fold, log: TransactionLog, cutoff: np.datetime64) -> dict[str, int]:
    """What lies on both sides of the cutoff, what only after, and names that stand for no line before."""
    history = fold.known.history
    before, after = raw(history), raw(fold.future)
    late = raw(log)
    late = late["basket"].to_numpy()[late["time"].to_numpy() >= cutoff]  # in a gap, too, or past the window
    later = np.union1d(after["basket"].to_numpy(), late)
    customers = history.customers.codes(fold.future.customers.names)
    products = history.products.codes(fold.future.products.names)
    maps = {"customer": history.customers, "product": history.products, "description": history.descriptions}
    return {
        "invoices_on_both": len(np.intersect1d(before["basket"].to_numpy(), later)),
        "lines_on_both": _repeated(before, after, customers, products),
        "customers_only_after": int((customers == NOTHING).sum()),
        "products_only_after": int((products == NOTHING).sum()),
        "names_without_line": sum(
            len(names) - len(np.setdiff1d(history.lines[column].unique(), [NOTHING]))
            for column, names in maps.items()
        ),
    }


def _repeated(
    before: pd.DataFrame, after: pd.DataFrame, customers: np.ndarray[Any, Any], products: np.ndarray[Any, Any]
) -> int:
    """Lines after the cutoff that stand before it too: the same customer, product, moment, units and price.

    customers, products: codes in the history of those of the future.
    """
    after = after.assign(
        customer=customers[after["customer"].to_numpy()], product=products[after["product"].to_numpy()]
    )
    if not len(before) or not len(after) or before["time"].max() < after["time"].min():
        return 0  # as it should be: no moment is on both sides
    same = ["customer", "product", "time", "quantity", "price"]
    return len(after[same].merge(before[same].drop_duplicates(), on=same))


def sorted_files(opened: Collection[str], inputs: Collection[Path]) -> dict[str, list[str]]:
    """Opened files: the run's own input, which holds the future, and others, of which nobody knows."""
    own = {path for path in opened if any(within(path, place) for place in inputs)}
    return {"input": sorted(own), "other": sorted(set(opened) - own)}


def _moment(times: pd.Series, pick: Callable[[Any], Any]) -> str | None:
    return str(pick(times.to_numpy())) if len(times) else None

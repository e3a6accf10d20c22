"""How accuracy fades as lists grow old: what was fitted at earlier cutoffs, judged in later windows.

Windows are judged earliest first. A recommender fitted at one cutoff is asked for lists of the customers who
buy in later windows too, and those lists are kept until their window is judged. There they are laid over the
same truth as the fresh lists, for the same customers: those known at both cutoffs. The truth is the window's
own, so a product that the older recommender did not know is a miss, and so is one that it takes for new to a
customer who has bought it since: both are part of what age costs. An older recommender is shown nothing but
the log before its own cutoff; of what came later it is told only whose lists are wanted.

Lists are kept in the codes of the whole log, for each fold has codes of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Fold, Target
from recsys.core.ids import NOTHING, IdMap
from recsys.core.log import TransactionLog
from recsys.core.topk import TopK
from recsys.engine.contest import Contest, Result
from recsys.engine.spec import Experiment
from recsys.engine.store import RunFolder
from recsys.measure.catalog import metrics
from recsys.measure.judge import judge
from recsys.measure.panel import Panel
from recsys.measure.resample import Scores, interval, mean, resampled_means
from recsys.measure.segments import ALL
from recsys.split import Window

COLUMNS = [
    *("target", "recommender", "metric", "k", "days", "customers", "value", "fresh"),
    *("difference", "ci_low", "ci_high", "change", "change_low", "change_high"),
]
"""days: from the older cutoff to the fresh one. value, fresh: means of the same customers under lists of
either. difference: value less fresh. change: difference over fresh. Intervals of 95 %, over customers.
"""

Lists = tuple[NDArray[np.int32], NDArray[np.int32]]
"""(n,) customers and their (n, k) products, in the codes of the whole log."""


class Ages:
    """Whose lists are wanted later, for every window. windows: latest first."""

    def __init__(self, experiment: Experiment, log: TransactionLog, windows: Sequence[Window]) -> None:
        self._experiment = experiment
        self._windows = windows
        self._customers, self._products = log.customers, log.products
        lines = log.lines if log.gross is None else log.gross  # whatever was sent back later
        time, customer = lines["time"].to_numpy(), lines["customer"].to_numpy()
        self._buyers = {
            one.number: np.unique(customer[(time >= one.judged_from) & (time < one.end)]) for one in windows
        }

    def at(self, window: Window, fold: Fold, folder: RunFolder) -> Ageing:
        """What one window has to do with it."""
        later = [self._buyers[one.number] for one in self._windows if one.number < window.number]
        wanted = np.unique(np.concatenate(later)) if later else None
        older = [one for one in self._windows if one.number > window.number]
        return Ageing(self._experiment, fold, folder, older, wanted, self._customers, self._products)


class Ageing:
    """One window: keeps lists for later ones, and judges those that were kept at earlier cutoffs.

    older: windows with an earlier cutoff. wanted: customers who buy in later windows; None in the latest.
    customers, products: the maps of the whole log, whose codes `wanted` and kept lists have.
    """

    def __init__(
        self,
        experiment: Experiment,
        fold: Fold,
        folder: RunFolder,
        older: Sequence[Window],
        wanted: NDArray[np.int32] | None,
        customers: IdMap,
        products: IdMap,
    ) -> None:
        by = experiment.evaluate.decide
        self._targets = tuple(map(Target, experiment.evaluate.targets))
        (self._metric,) = (one for one in metrics([by.k], money=True) if one.name == f"{by.metric}@{by.k}")
        self._k = by.k
        self._fold, self._folder, self._older = fold, folder, older
        self._cutoff = fold.known.cutoff
        history = fold.known.history
        mine = None if wanted is None else history.customers.codes(customers.take(wanted))
        self._asked = None if mine is None else mine[mine != NOTHING]
        self._customers, self._products = customers, products
        self._known_as = products.codes(history.products.names)  # the whole log's code of each product
        self._here = history.products.codes(products.names) if older else self._known_as

    def kept(self, contest: Contest, result: Result) -> dict[str, Lists]:
        """The lists of those who buy later, by target; nothing in the latest window."""
        if self._asked is None:
            return {}
        found = {}
        for target in self._targets:
            lists = contest.also(result, target, self._asked).head(self._k)
            names = self._fold.known.history.customers.names[lists.customers]
            found[str(target)] = (self._customers.codes(names), _recoded(lists.products, self._known_as))
        return found

    def judged(self, name: str, scores: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """Each customer's score under older lists and under fresh ones, by target.

        scores: the fresh ones, those with history first. Columns: customer, segment, days, value, fresh.
        """
        found = {}
        for target in self._targets:
            truth = self._fold.truth(target)
            tables = [self._beside(name, target, one, scores) for one in self._older if len(truth)]
            if tables:
                found[str(target)] = pd.concat(tables, ignore_index=True)
        return found

    def _beside(
        self, name: str, target: Target, older: Window, scores: Mapping[str, pd.DataFrame]
    ) -> pd.DataFrame:
        truth, fresh = self._fold.truth(target), scores[str(target)]
        customers, products = self._folder.later(older.number, str(target), name)
        order = np.argsort(customers)
        mine = self._customers.codes(truth.names)
        at = np.minimum(np.searchsorted(customers, mine, sorter=order), len(customers) - 1)
        known = customers[order[at]] == mine if len(customers) else np.zeros(len(mine), dtype=bool)
        lists = TopK.empty(truth.customers, self._k)
        lists.products[known] = _recoded(products[order[at[known]]], self._here)
        value = self._metric.per_customer(judge(lists, truth))
        rows = np.flatnonzero(known)
        return pd.DataFrame(
            {
                "customer": fresh["customer"].to_numpy()[rows],
                "segment": ALL,
                "days": int((self._cutoff - older.cutoff) / np.timedelta64(1, "D")),
                "value": value[rows],
                "fresh": fresh[self._metric.name].to_numpy(dtype=np.float64)[rows],
            }
        )


def _recoded(products: NDArray[np.int32], codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Other codes of the same products; NOTHING stays."""
    return np.where(products == NOTHING, NOTHING, codes[products]).astype(np.int32)


def ageing(folder: RunFolder, experiment: Experiment, windows: Sequence[int]) -> pd.DataFrame:
    """A row per target, age and recommender; nothing for one window."""
    by = experiment.evaluate.decide
    rows: list[dict[str, Any]] = []
    for target in map(str, experiment.evaluate.targets):
        kept = {
            (window, name): ages
            for window in windows
            for name in experiment.recommenders
            if (ages := folder.ages_if_any(window, target, name)) is not None
        }
        for days in sorted({int(one) for ages in kept.values() for one in ages["days"].unique()}):
            of_age = {place: ages[ages["days"] == days] for place, ages in kept.items()}
            of_age = {place: ages for place, ages in of_age.items() if len(ages)}
            rng = np.random.default_rng([experiment.seed, 2**32 - 5, crc32(target.encode()), days])
            about = {"target": target, "metric": by.metric, "k": by.k, "days": days}
            rows += [about | row for row in _compared(of_age, rng)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compared(kept: Mapping[tuple[int, str], pd.DataFrame], rng: np.random.Generator) -> list[dict[str, Any]]:
    """Older lists less fresh ones, each customer's mean over windows; a row per recommender."""
    panels = [Panel.of(kept, column) for column in ("value", "fresh")]
    both = [panel.pooled(ALL, panel.windows) for panel in panels]
    value, fresh = map(mean, both)
    draws = resampled_means(np.concatenate(both, axis=1), rng)
    older, newer = np.split(draws, 2, axis=1)
    low, high = interval(older - newer)
    least, most = interval(_change(older, newer))
    change = _change(value, fresh)
    return [
        {
            "recommender": name,
            "customers": int((~np.isnan(both[1][:, at])).sum()),
            "value": value[at],
            "fresh": fresh[at],
            "difference": value[at] - fresh[at],
            "ci_low": low[at],
            "ci_high": high[at],
            "change": change[at],
            "change_low": least[at],
            "change_high": most[at],
        }
        for at, name in enumerate(panels[0].names)
    ]


def _change(value: Scores, fresh: Scores) -> NDArray[np.float64]:
    """value / fresh - 1; NaN where there is nothing to lose."""
    return np.divide(value, fresh, out=np.full(value.shape, np.nan), where=fresh > 0) - 1

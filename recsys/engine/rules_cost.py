"""What the rules of an export cost in accuracy, and bring in price: measured on the run's own windows.

In each window the same recommenders are fitted again on what was known then, with the same randomness, and
the same customers are judged by the protocol's own metrics: their lists as judged, and under the rules.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.fold import Fold, Target, Truth
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.engine.drafting import Drafter, ListRules
from recsys.engine.evaluate import fit_segmenter, generator, segmented
from recsys.engine.funnel import segment_names
from recsys.engine.plan import Plan
from recsys.engine.population import without_top_spenders
from recsys.engine.progress import Progress
from recsys.engine.serve import Server
from recsys.engine.spec import Experiment, Export
from recsys.export.capacity import lots
from recsys.ingest import Loaded
from recsys.measure.catalog import metrics
from recsys.measure.context import Aspect, Context
from recsys.measure.judge import judge

AS_JUDGED, RULED, UNPRICED = "as judged", "with the rules", "with the rules, price_weight 0"
LIST_PRICE = "list_price"


def measured(
    judged: Experiment,
    wanted: Experiment,
    loaded: Loaded,
    plan: Plan,
    k: int,
    target: Target,
    customers: int,
    progress: Progress,
) -> pa.Table | None:
    """window, lists, metric, k, value, customers; None where no rule moves a list, it is not asked for,
    or nobody can be judged.

    judged, wanted: the run's config and that of the export. customers: of the export, among whom max_lists
    is meant; a window's judged customers have room in proportion. list_price: the mean price of the
    products in a list, the last before the cutoff.
    """
    rules = wanted.export
    plain = rules.model_copy(update={"max_per_family": None, "max_lists": None, "price_weight": 0.0})
    moved = (rules, wanted.candidates) != (plain, judged.candidates)
    if not moved or not rules.measure_rules:
        return None
    variants = {AS_JUDGED: (judged, plain)}
    unpriced = rules.model_copy(update={"price_weight": 0.0})
    if rules.price_weight and (unpriced, wanted.candidates) != (plain, judged.candidates):
        variants[UNPRICED] = (wanted, unpriced)
    variants[RULED] = (wanted, rules)
    windows = judged.split.plan(loaded.log)
    loaded = without_top_spenders(loaded, judged.evaluate.without_top_spenders, windows[-1])
    segmenter = fit_segmenter(judged, loaded.log, windows[-1].cutoff)
    progress.stage("measuring the rules on the run's windows")
    progress.steps(len(windows))
    found: list[dict[str, Any]] = []
    for window in windows:
        progress.step(str(window))
        fold = judged.split.fold(loaded.log, window)
        fold = replace(fold, known=segmented(fold.known, segmenter))
        server = Server(judged, fold.known, partial(generator, judged.seed, window.number))
        truth, context = fold.truth(target), Context.of(fold.known)
        for name, (experiment, export) in variants.items() if len(truth) else ():
            lists = _lists(
                server.under(experiment.candidates), fold, truth, plan, k, target, export, customers
            )
            said = {"window": window.number, "lists": name}
            found += [said | row for row in _figures(lists, truth, context, k, fold)]
        progress.done()
    return pa.Table.from_pandas(pd.DataFrame(found), preserve_index=False) if found else None


def summed_up(cost: pa.Table, metric: str, k: int) -> dict[str, dict[str, float]]:
    """The deciding metric and the list price of each kind of list, means over the windows."""
    frame = cost.to_pandas()
    found: dict[str, dict[str, float]] = {}
    for name in frame["lists"].unique():
        own = frame[frame["lists"] == name].groupby("metric", sort=False)["value"].mean()
        figures = {f"{metric}@{k}": own[metric], LIST_PRICE: own.get(LIST_PRICE, math.nan)}
        found[name] = {key: round(float(value), 6) for key, value in figures.items() if not np.isnan(value)}
    return found


def _lists(
    server: Server,
    fold: Fold,
    truth: Truth,
    plan: Plan,
    k: int,
    target: Target,
    export: Export,
    customers: int,
) -> TopK:
    """The judged customers' lists, a row each."""
    drafter = Drafter(server, ListRules.of(export, k, fold.known), target)
    of = segment_names(truth.customers, fold.known.segmentation)
    rows = [np.flatnonzero(of == name) for name in dict.fromkeys(of)]
    groups = [(server.fit(plan.of(str(of[at[0]]))), truth.customers[at]) for at in rows]
    if export.max_lists is None:
        parts = [drafter.lists(fitted, codes) for fitted, codes in groups]
    else:
        most = max(1, math.ceil(export.max_lists * len(truth) / max(customers, 1)))
        lot = lots(truth.names[np.concatenate(rows)], 0)
        parts = drafter.shared(groups, most, lot)
    whole = TopK.empty(truth.customers, k)
    for at, part in zip(rows, parts, strict=True):
        whole.products[at], whole.scores[at] = part.products, part.scores
    return whole


def _figures(lists: TopK, truth: Truth, context: Context, k: int, fold: Fold) -> Iterator[dict[str, Any]]:
    """Every metric of the protocol at k, and the price of the lists."""
    judged = judge(lists, truth, context)
    told = context.aspects - (set() if truth.target is Target.ANY else {Aspect.REPEATS})
    for metric in metrics([k], money=fold.future.priced, told=told):
        yield _row(metric.name.split("@")[0], k, metric.per_customer(judged))
    price = np.where(lists.products == NOTHING, np.nan, context.price[lists.products])
    known = ~np.isnan(price)
    total = np.where(known, price, 0.0).sum(axis=1)
    yield _row(LIST_PRICE, k, np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan))


def _row(metric: str, k: int, values: NDArray[np.float64]) -> dict[str, Any]:
    real = values[~np.isnan(values)]
    mean = float(real.mean()) if len(real) else math.nan
    return {"metric": metric, "k": k, "value": mean, "customers": len(real)}

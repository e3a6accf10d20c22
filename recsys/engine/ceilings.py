"""The best score that any list could have had, given the catalogue at the cutoff and the candidate rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from recsys.core.fold import Fold, Target, Truth
from recsys.engine.funnel import segment_names
from recsys.engine.spec import Experiment
from recsys.measure.catalog import NAMES, metrics
from recsys.measure.ceiling import best_lists
from recsys.measure.context import Context
from recsys.measure.judge import judge
from recsys.measure.money import Margin, Revenue
from recsys.measure.segments import means

COLUMNS = ["window", "target", "segment", "of", "metric", "k", "value", "customers"]
EVERYTHING, BOUGHT_BEFORE = "everything", "bought before"
"""What the best lists may hold: every candidate, or those that the customer had bought."""


def ceilings(experiment: Experiment, fold: Fold, context: Context) -> list[dict[str, Any]]:
    """A row per target, segment, kind of best list, metric and k."""
    found = []
    for target in map(Target, experiment.evaluate.targets):
        truth = fold.truth(target)
        if not len(truth):
            continue
        bought = context.bought[truth.customers] if target is Target.ANY else None
        for of, only in ((EVERYTHING, None), (BOUGHT_BEFORE, bought)):
            if of == EVERYTHING or only is not None:
                table = _best(experiment, fold, truth, context, only)
                found.append(table.assign(window=fold.window, target=str(target), of=of)[COLUMNS])
    return [row for table in found for row in table.to_dict("records")]


def _best(
    experiment: Experiment, fold: Fold, truth: Truth, context: Context, bought: sparse.csr_matrix | None
) -> pd.DataFrame:
    ks, allowed = experiment.evaluate.k, experiment.candidates.allowed(fold.known)
    scores: dict[str, Any] = {"segment": segment_names(truth.customers, fold.known.segmentation)}
    told = metrics(ks, money=fold.future.priced, told=context.aspects)
    for words, worth in _orders(truth, context):
        lists = best_lists(truth, max(ks), worth, allowed=allowed, bought=bought)
        judged = judge(lists, truth, context)
        asked = (metric for metric in told if metric.name.split("@")[0] in words)
        scores |= {metric.name: metric.per_customer(judged) for metric in asked}
    return means(pd.DataFrame(scores), [name for name in scores if name != "segment"])


def _orders(truth: Truth, context: Context) -> Iterator[tuple[tuple[str, ...], sparse.csr_matrix]]:
    """Metrics, and the worth by which a list is the best for them: any list of hits is for most."""
    yield NAMES, truth.spend
    for metric, per_unit in ((Revenue, context.price), (Margin, context.price - context.cost)):
        value = np.nan_to_num(per_unit[:-1])
        yield (metric.word,), (truth.kept @ sparse.diags_array(value)).tocsr()

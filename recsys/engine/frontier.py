"""What accuracy costs: seconds and memory of each recommender, and the cheapest within noise of the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.engine.decide import POOLED
from recsys.engine.spec import Experiment
from recsys.measure.panel import Panel
from recsys.measure.resample import mean
from recsys.measure.segments import ALL

COLUMNS = [
    *("target", "recommender", "metric", "k", "value", "seconds", "peak_mb"),
    *("on_frontier", "on_memory_frontier", "within_noise_of_best", "cheapest"),
]
"""value: the mean over customers of their means over windows, as in comparisons. seconds: fit and recommend,
mean over windows, with the fits of its parts. peak_mb: the most in any window, of it or of a part.
on_frontier, on_memory_frontier: nobody is as accurate for less. within_noise_of_best: not shown to be worse.
cheapest: takes the fewest seconds of these.
"""


def frontier(
    experiment: Experiment,
    panels: Mapping[str, Panel],
    comparisons: Iterable[Mapping[str, Any]],
    costs: Sequence[Mapping[str, Any]],
) -> pd.DataFrame:
    """A row per target and recommender; comparisons: as `decide` makes them; costs: as each window
    tells them, with the parts that each fit asked for.
    """
    by, shown = experiment.evaluate.decide, list(comparisons)
    rows: list[dict[str, Any]] = []
    for target, panel in panels.items():
        scores = panel.pooled(ALL, panel.windows)
        if not len(scores):
            continue
        values = mean(scores)
        scope = POOLED if len(panel.windows) > 1 else str(panel.windows[0])
        of_all = [
            row for row in shown if (row["window"], row["target"], row["segment"]) == (scope, target, ALL)
        ]
        near = _within_noise(panel.names, values, of_all)
        dear = np.array([_cost(costs, name) for name in panel.names])
        seconds, megabytes = dear.T
        quick = np.where(near, seconds, np.inf)
        for at, name in enumerate(panel.names):
            row = {"target": target, "recommender": name, "metric": by.metric, "k": by.k}
            row |= {"value": float(values[at]), "seconds": round(float(seconds[at]), 4)}
            row |= {"peak_mb": round(float(megabytes[at]), 1)}
            row |= {"on_frontier": undominated(values, seconds, at)}
            row |= {"on_memory_frontier": undominated(values, megabytes, at)}
            row |= {"within_noise_of_best": bool(near[at])}
            row |= {"cheapest": bool(near[at]) and at == int(np.argmin(quick))}
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def undominated(values: NDArray[np.float64], costs: NDArray[np.float64], at: int) -> bool:
    """Whether nobody has as much for less, or more for as little; of equals all are in."""
    as_good = (values >= values[at]) & (costs <= costs[at])
    return not (as_good & ((values > values[at]) | (costs < costs[at]))).any() and not np.isnan(values[at])


def _within_noise(
    names: Sequence[str], values: NDArray[np.float64], shown: Iterable[Mapping[str, Any]]
) -> NDArray[np.bool_]:
    """Who is compared with the best and not shown to be worse; the best itself."""
    best = names[int(np.nanargmax(values))] if not np.isnan(values).all() else ""
    near = {best}
    for row in shown:
        if row["a"] == best and row["verdict"] != "better":
            near.add(row["b"])
        if row["b"] == best and row["verdict"] != "worse":
            near.add(row["a"])
    return np.array([name in near for name in names])


def _cost(costs: Sequence[Mapping[str, Any]], name: str) -> tuple[float, float]:
    """Seconds per window and megabytes, with what its parts cost: serving it needs them."""
    at = {(row["window"], row["recommender"]): row for row in costs}
    seconds, megabytes = [], []
    for own in (row for row in costs if row["recommender"] == name):
        rows = [own, *(at[own["window"], part] for part in own["parts"])]
        seconds.append(sum(row["fit_seconds"] for row in rows) + own["recommend_seconds"])
        megabytes.append(max(row["peak_mb"] for row in rows))
    return float(np.mean(seconds)), float(max(megabytes))

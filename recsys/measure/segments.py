"""Scores of customers -> means of segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ALL = "all"
NO_HISTORY = "(no history)"


def groups(segments: NDArray[np.object_]) -> list[tuple[str, NDArray[np.intp]]]:
    """`all` (everyone with history) and each segment that occurs, with the rows that belong to it."""
    cell, unions = cells(segments)
    return [(name, np.flatnonzero(np.isin(cell, union))) for name, union in unions.items()]


def cells(segments: NDArray[np.object_]) -> tuple[NDArray[np.intp], dict[str, list[int]]]:
    """Each row's cell, from 0, and which cells make up `all` (everyone with history) and each segment."""
    cell, names = pd.factorize(segments)
    known = [at for at, name in enumerate(names) if name != NO_HISTORY]
    unions = {ALL: known} if known else {}
    return cell, unions | {str(name): [at] for at, name in enumerate(names) if name != ALL}


def means(scores: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Macro means: every customer counts once; one for whom a metric is undefined does not count.

    scores: one row per judged customer, a `segment` column, one column per metric ("recall@10"). Returns
    segment, metric, k, value, customers.
    """
    values = scores[list(metrics)].to_numpy(dtype=np.float64)
    found = []
    for segment, rows in groups(scores["segment"].to_numpy(dtype=object)):
        defined = ~np.isnan(values[rows])
        count = defined.sum(axis=0)
        total = np.where(defined, values[rows], 0.0).sum(axis=0)
        for at, metric in enumerate(metrics):
            word, k = metric.split("@")
            mean = total[at] / count[at] if count[at] else float("nan")
            found.append((segment, word, int(k), mean, int(count[at])))
    return pd.DataFrame(found, columns=["segment", "metric", "k", "value", "customers"])

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
    known = np.flatnonzero(segments != NO_HISTORY)
    found = [(ALL, known)] if len(known) else []
    names = [str(name) for name in dict.fromkeys(segments) if name != ALL]
    return found + [(name, np.flatnonzero(segments == name)) for name in names]


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

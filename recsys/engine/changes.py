"""Why a figure changed from one window to the next: other customers came, or they were served otherwise."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pandas as pd

from recsys.measure.mix import split
from recsys.measure.segments import ALL, NO_HISTORY

COLUMNS = [
    *("target", "recommender", "metric", "k", "earlier", "window", "segment"),
    *("share_before", "share_after", "before", "after", "mix", "model"),
]
"""earlier, window: numbers of the two windows. segment: `all` holds the sums of the parts."""


def changes(board: pd.DataFrame, metric: str, k: int) -> pd.DataFrame:
    """Rows per target, recommender and pair of successive windows: `all`, then each segment.

    board: the leaderboard. Nothing is said without segments or with one window.
    """
    at = board[(board["metric"] == metric) & (board["k"] == k)]
    at = at[~at["segment"].isin([NO_HISTORY])]
    rows: list[dict[str, Any]] = []
    for (target, recommender), part in at.groupby(["target", "recommender"], sort=False):
        about = {"target": target, "recommender": recommender, "metric": metric, "k": k}
        windows = sorted(part["window"].unique(), reverse=True)
        sides = {window: _side(part[part["window"] == window]) for window in windows}
        for earlier, window in pairwise(windows):
            parts = split(sides[earlier], sides[window])
            if not parts:
                continue
            step = about | {"earlier": int(earlier), "window": int(window)}
            means = {int(one.window): float(one.value) for one in part[part["segment"] == ALL].itertuples()}
            whole = {"segment": ALL, "share_before": 1.0, "share_after": 1.0}
            whole |= {"before": means[int(earlier)], "after": means[int(window)]}
            whole |= {"mix": sum(one.mix for one in parts), "model": sum(one.model for one in parts)}
            rows.append(step | whole)
            rows += [
                step
                | {"segment": one.segment, "share_before": one.share_before, "share_after": one.share_after}
                | {"before": one.before, "after": one.after, "mix": one.mix, "model": one.model}
                for one in parts
            ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _side(part: pd.DataFrame) -> dict[str, tuple[int, float]]:
    segments = part[part["segment"] != ALL]
    return {str(row.segment): (int(row.customers), float(row.value)) for row in segments.itertuples()}

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
    at = board[(board["metric"] == metric) & (board["k"] == k) & (board["segment"] != NO_HISTORY)]
    sides: dict[tuple[str, str], dict[int, dict[str, tuple[int, float]]]] = {}
    for row in at.itertuples():
        windows = sides.setdefault((str(row.target), str(row.recommender)), {})
        windows.setdefault(int(row.window), {})[str(row.segment)] = (int(row.customers), float(row.value))
    rows: list[dict[str, Any]] = []
    for (target, recommender), windows in sides.items():
        about = {"target": target, "recommender": recommender, "metric": metric, "k": k}
        for earlier, window in pairwise(sorted(windows, reverse=True)):
            before, after = (
                {name: one for name, one in windows[at].items() if name != ALL} for at in (earlier, window)
            )
            parts = split(before, after)
            if not parts:
                continue
            step = about | {"earlier": earlier, "window": window}
            whole = {"segment": ALL, "share_before": 1.0, "share_after": 1.0}
            whole |= {"before": windows[earlier][ALL][1], "after": windows[window][ALL][1]}
            whole |= {"mix": sum(one.mix for one in parts), "model": sum(one.model for one in parts)}
            rows.append(step | whole)
            rows += [
                step
                | {"segment": one.segment, "share_before": one.share_before, "share_after": one.share_after}
                | {"before": one.before, "after": one.after, "mix": one.mix, "model": one.model}
                for one in parts
            ]
    return pd.DataFrame(rows, columns=COLUMNS)

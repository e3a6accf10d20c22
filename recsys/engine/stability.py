"""Whether windows agree: who leads how often, and how alike the leaderboards are.

Rank correlation is Kendall's tau-b between two windows' leaderboards (Kendall, "The treatment of ties in
ranking problems", 1945), the mean over all pairs of windows.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ["target", "segment", "recommender", "figure", "value", "windows"]
WIN_RATE, MEAN_RANK, SPREAD, AGREEMENT = "win rate", "mean rank", "spread", "rank correlation"


def stability(board: pd.DataFrame, metric: str, k: int) -> pd.DataFrame:
    """Rows per (target, segment): win rate, mean rank and spread of each recommender, and the agreement.

    board: the leaderboard. Win rate: share of windows in which nobody is better. Mean rank: 1 is best, equals
    share the mean. Spread: standard deviation over windows. Only recommenders judged in every window count;
    nothing is said of one window.
    """
    rows: list[tuple[str, str, str, str, float, int]] = []
    at = board[(board["metric"] == metric) & (board["k"] == k)]
    for (target, segment), part in at.groupby(["target", "segment"], sort=False):
        wide = part.pivot(index="recommender", columns="window", values="value")
        wide = wide.reindex(list(dict.fromkeys(part["recommender"]))).dropna()
        windows = wide.shape[1]
        if windows < 2 or wide.empty:
            continue
        values = wide.to_numpy(dtype=np.float64)
        led = (values >= values.max(axis=0)).mean(axis=1)
        ranks = wide.rank(ascending=False).to_numpy().mean(axis=1)
        figures = {WIN_RATE: led, MEAN_RANK: ranks, SPREAD: values.std(axis=1, ddof=1)}
        rows += [
            (str(target), str(segment), str(name), figure, float(value), windows)
            for figure, column in figures.items()
            for name, value in zip(wide.index, column, strict=True)
        ]
        pairs = [tau(values[:, a], values[:, b]) for a, b in combinations(range(windows), 2)]
        known = [value for value in pairs if not np.isnan(value)]
        if known:
            rows.append((str(target), str(segment), "", AGREEMENT, float(np.mean(known)), windows))
    return pd.DataFrame(rows, columns=COLUMNS)


def tau(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Kendall's tau-b of two score lists; NaN where one of them is all ties."""
    first = np.sign(a[:, None] - a[None, :])
    second = np.sign(b[:, None] - b[None, :])
    below = np.sqrt((first != 0).sum() * (second != 0).sum())
    return float((first * second).sum() / below) if below else float("nan")

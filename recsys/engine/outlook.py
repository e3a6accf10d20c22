"""What a segment's customers are likely to spend: what those who were in it a while ago spent since.

A plain estimate that takes the next days to be like the last ones: customers are grouped as of `days` before
the end of the log by the rules of today, and everyone's spend since, net of returns, is counted, nothing for
those who did not come back. No model stands between, so a season that comes or goes is not foreseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Fold
from recsys.core.ids import NOTHING
from recsys.measure.resample import interval, resampled_means
from recsys.measure.segments import ALL
from recsys.segment.profile import net_spend

COLUMNS = ["segment", "days", "customers", "came_back", "spend", "ci_low", "ci_high", "total"]
"""came_back: share of customers who bought. spend: mean of each customer, with its 95 % bootstrap interval;
total: of all of them.
"""


@dataclass(frozen=True, eq=False)
class Later:
    """What each customer of a fold's history did in its future, in the order of their codes.

    spend: net of returns, 0 for who did not come back. bought: whether they came back.
    """

    spend: NDArray[np.float64]
    bought: NDArray[np.bool_]

    @classmethod
    def of(cls, fold: Fold) -> Later:
        history, future = fold.known.history, fold.future
        code = history.customers.codes(future.customers.names)
        spend = np.zeros(len(history.customers))
        bought = np.zeros(len(history.customers), dtype=bool)
        here = code != NOTHING
        spend[code[here]] = net_spend(future)[here]
        present = np.bincount(future.lines["customer"], minlength=len(future.customers)) > 0
        bought[code[here & present]] = True
        return cls(spend, bought)


def outlook(fold: Fold, rng: np.random.Generator) -> pd.DataFrame:
    """A row for everyone and per segment; spend is NaN in a log without prices. Raises ValueError without
    segments.
    """
    found = fold.known.segmentation
    if found is None:
        raise ValueError("the customers have no segments: call known.with_segments(...) first")
    later = Later.of(fold)
    days = int((fold.future.end - fold.known.cutoff) / np.timedelta64(1, "D"))
    rows = []
    members = {name: found.members(code) for code, name in enumerate(found.names)}
    for name, at in ({ALL: np.arange(len(found.codes), dtype=np.int32)} | members).items():
        row: dict[str, Any] = {"segment": name, "days": days, "customers": len(at)}
        if len(at):
            row["came_back"] = float(later.bought[at].mean())
        if len(at) and fold.future.priced:
            spend = later.spend[at][:, None]
            low, high = interval(resampled_means(spend, rng))
            row |= {"spend": float(spend.mean()), "ci_low": float(low[0]), "ci_high": float(high[0])}
            row["total"] = float(spend.sum())
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def explained(codes: NDArray[np.integer], values: NDArray[np.float64]) -> float:
    """The share of the values' variance that lies between groups (eta squared); NaN where nothing varies."""
    middle = values.mean()
    total = ((values - middle) ** 2).sum()
    size = np.bincount(codes)
    means = np.bincount(codes, values) / np.maximum(size, 1)
    return float((size * (means - middle) ** 2).sum() / total) if total > 0 else float("nan")

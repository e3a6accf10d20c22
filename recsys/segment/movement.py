"""Who moved where between two cutoffs, and which segment of a later grouping is which of an earlier one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment.levels import levels

ARRIVED, GONE = "(not yet a customer)", "(no longer in the history)"
COLUMNS = ["from", "to", "customers", "share"]


def moves(before: Known, after: Known) -> pd.DataFrame:
    """The transition table: from, to, customers, share of those in `from`; every pair that occurs.

    Customers are matched by name. Who had no purchase at the earlier cutoff comes from ARRIVED; who is in no
    history at the later one (split.history_days) goes to GONE. Raises ValueError without segments.
    """
    frame = pd.merge(_places(before, "from"), _places(after, "to"), on="customer", how="outer")
    frame = frame.fillna({"from": ARRIVED, "to": GONE})
    table = frame.groupby(["from", "to"], sort=False).size().rename("customers").reset_index()
    table["share"] = table["customers"] / table.groupby("from")["customers"].transform("sum")
    order = {name: at for at, name in enumerate([*_names(before), *_names(after), ARRIVED, GONE][::-1])}
    keys = table.assign(a=-table["from"].map(order), b=-table["to"].map(order))
    return table.loc[keys.sort_values(["a", "b"]).index, COLUMNS].reset_index(drop=True)


def aligned(before: Segmentation, after: Segmentation) -> dict[str, str | None]:
    """Each segment of `after` -> the one of `before` whose centroid it is nearest to, one to one.

    Centroids are means of standardised features, skewed ones on the log1p scale; the assignment has the least
    total distance (Kuhn 1955). None where `after` has more segments. Raises ValueError for other features.
    """
    from scipy.optimize import linear_sum_assignment

    if list(before.features) != list(after.features):
        raise ValueError(
            f"features are {', '.join(after.features)}: expected {', '.join(before.features)}, as before"
        )
    level = levels(before.features).to_numpy()
    center, spread = level.mean(axis=0), level.std(axis=0)
    spread[spread == 0] = 1.0
    first = _centroids((level - center) / spread, before)
    second = _centroids((levels(after.features).to_numpy() - center) / spread, after)
    apart = np.linalg.norm(second[:, None, :] - first[None, :, :], axis=2)
    row, column = linear_sum_assignment(np.nan_to_num(apart, nan=1e9))
    match = dict(zip(row.tolist(), column.tolist(), strict=True))
    return {name: before.names[match[at]] if at in match else None for at, name in enumerate(after.names)}


def _places(known: Known, column: str) -> pd.DataFrame:
    names = np.array(_names(known), dtype=object)
    assert known.segmentation is not None
    return pd.DataFrame({"customer": known.history.customers.names, column: names[known.segmentation.codes]})


def _names(known: Known) -> tuple[str, ...]:
    if known.segmentation is None:
        raise ValueError("the customers have no segments: call known.with_segments(...) first")
    return known.segmentation.names


def _centroids(points: NDArray[np.float64], of: Segmentation) -> NDArray[np.float64]:
    """Mean point of each segment, NaN for an empty one. Shape (segments, features)."""
    return pd.DataFrame(points).groupby(of.codes).mean().reindex(range(len(of.names))).to_numpy()

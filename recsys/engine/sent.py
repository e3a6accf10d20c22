"""Money per 1,000 lists sent: to every customer with history, and not only to those who came back."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
import pandas as pd

PER_LIST = ("revenue", "margin")
LISTS = 1_000
"""A row of each of these metrics becomes one of `<metric>_per_1000`."""
_REACH = NormalDist().inv_cdf(0.975)


def per_thousand(board: pd.DataFrame, customers: Mapping[tuple[int, str], int]) -> pd.DataFrame:
    """Leaderboard rows of money per 1,000 lists, made from the rows of money per judged list.

    board: with ci_low and ci_high. customers: with history, by (window, segment); a segment that is not in
    there cannot be sent lists. With j judged of N customers, those who did not come back bought nothing, so
    the mean m becomes m j / N. Resampled customers leave j as it is; that it might have been another widens
    either side d of the interval to sqrt(d^2 + (1.96 m)^2 (1 - j / N) / j): a sum of a random number of terms
    has the variance j s^2 + j (1 - j / N) m^2.
    """
    places = zip(board["window"], board["segment"], strict=True)
    sent = np.array([customers.get(place, 0) for place in places], dtype=np.float64)
    at = board["metric"].isin(PER_LIST).to_numpy() & (sent > 0) & (board["customers"].to_numpy() > 0)
    rows, sent = board[at], sent[at]
    judged, mean = rows["customers"].to_numpy(dtype=np.float64), rows["value"].to_numpy()
    back = judged / sent
    luck = (_REACH * mean) ** 2 * (1 - back) / judged
    low = mean - np.sqrt((mean - rows["ci_low"].to_numpy()) ** 2 + luck)
    high = mean + np.sqrt((rows["ci_high"].to_numpy() - mean) ** 2 + luck)
    low = np.where(rows["ci_low"] >= 0, np.maximum(low, 0), low)  # no revenue below nothing
    scale = LISTS * back
    return rows.assign(
        metric=rows["metric"] + f"_per_{LISTS}",
        value=mean * scale,
        ci_low=low * scale,
        ci_high=high * scale,
        customers=sent.astype(np.int64),
    )

"""A return takes its units off the customer's latest earlier purchase of the product, then the one before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def net(lines: pd.DataFrame, cancellations: pd.DataFrame) -> pd.DataFrame:
    """Lines with returned units taken off; a line with nothing left is dropped.

    Cancellations are applied oldest first, each to the latest purchase line that is not later than it and
    still has units, then to earlier ones until it is used up; what finds no purchase is ignored.
    Only pairs (customer, product) that hold a cancellation are walked.
    """
    if len(cancellations) == 0 or len(lines) == 0:
        return lines
    products = int(max(lines["product"].max(), cancellations["product"].max())) + 1
    bought, returned = _pair(lines, products), _pair(cancellations, products)
    touched = np.flatnonzero(np.isin(bought, returned))
    touched = touched[np.argsort(bought[touched], kind="stable")]
    order = np.argsort(returned, kind="stable")
    quantity = lines["quantity"].to_numpy().copy()
    left = _take_back(
        bought[touched],
        lines["time"].to_numpy()[touched],
        quantity[touched],
        returned[order],
        cancellations["time"].to_numpy()[order],
        -cancellations["quantity"].to_numpy()[order],
    )
    quantity[touched] = left
    kept = quantity > 0
    return lines.assign(quantity=quantity)[kept].reset_index(drop=True)


def _pair(frame: pd.DataFrame, products: int) -> NDArray[np.int64]:
    return frame["customer"].to_numpy().astype(np.int64) * products + frame["product"].to_numpy()


def _take_back(
    pair: NDArray[np.int64],
    time: NDArray[np.datetime64],
    units: NDArray[np.float64],
    returned_pair: NDArray[np.int64],
    returned_time: NDArray[np.datetime64],
    returned_units: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Units left per line; both sides sorted by pair, then time. One step per return, few lines each."""
    left = units.copy()
    starts = np.searchsorted(pair, returned_pair, side="left")
    ends = np.searchsorted(pair, returned_pair, side="right")
    for i in range(len(returned_pair)):
        owed = float(returned_units[i])
        end = starts[i] + int(np.searchsorted(time[starts[i] : ends[i]], returned_time[i], side="right"))
        for at in range(end - 1, starts[i] - 1, -1):
            if owed <= 0:
                break
            taken = min(owed, left[at])
            left[at] -= taken
            owed -= taken
    return left

"""Who bought what on how many days, and when last: the log's record behind "you buy this every 30 days"."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.core.log import TransactionLog
from recsys.export.words import Habit
from recsys.recommend.repurchase import occasions


class LogHabits:
    """Counted from the lines when it is first asked for."""

    def __init__(self, history: TransactionLog) -> None:
        self._history = history

    @cached_property
    def _occasions(self) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any], NDArray[Any]]:
        return occasions(self._history)

    def of(self, customers: NDArray[np.int32], products: NDArray[np.int32]) -> Habit:
        """The record of each (customer, product); 0 days where there is none."""
        pairs, again, first, last = self._occasions
        wanted = customers.astype(np.int64) * len(self._history.products) + products
        at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
        held = pairs[at] == wanted
        end = (self._history.end - np.timedelta64(1, "s")).astype("datetime64[D]").astype(np.int64) + 1
        days = np.where(held, again[at] + 1, 0).astype(np.int64)
        return Habit(days, (last - first)[at].astype(np.int64), (end - last[at]).astype(np.int64))

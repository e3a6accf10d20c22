"""Cutoffs that are the same for everybody: one holdout at the end of the log, or several that step back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from recsys.core.errors import SplitError
from recsys.core.fold import Fold, make_fold
from recsys.core.log import TransactionLog


@dataclass(frozen=True)
class Window:
    """history < cutoff; judged_from <= future < end; number 0 is the latest."""

    number: int
    cutoff: np.datetime64
    judged_from: np.datetime64
    end: np.datetime64

    def __str__(self) -> str:
        last = self.end - np.timedelta64(1, "D")
        return f"window {self.number} ({str(self.judged_from)[:10]} to {str(last)[:10]})"


class _ByTime(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    holdout_days: int = Field(28, ge=1, description="days from a cutoff to the end of its window")
    gap_days: int = Field(0, ge=0, description="the first of them, which are skipped: a campaign's lead time")
    history_days: int | None = Field(None, ge=1, description="only that much history; null: all of it")
    shift_days: int = Field(
        0, description="all cutoffs later (earlier where below 0); a window still ends with the log"
    )

    @model_validator(mode="after")
    def _something_is_left(self) -> _ByTime:
        if self.gap_days >= self.holdout_days:
            raise ValueError(
                f"gap_days is {self.gap_days}: expected less than holdout_days ({self.holdout_days}); "
                "nothing would be left to predict"
            )
        predicted = self.holdout_days - self.gap_days
        if self.shift_days >= predicted:
            raise ValueError(
                f"shift_days is {self.shift_days}: expected less than the {predicted} days predicted, or "
                "nothing of the latest window would be left"
            )
        return self

    @property
    def _count(self) -> int:
        return 1

    def plan(self, log: TransactionLog) -> list[Window]:
        """The windows, latest first. Raises SplitError where the log is too short."""
        end = log.end
        lines = log.lines if log.gross is None else log.gross  # a later return does not shorten the log
        start = lines["time"].to_numpy()[0].astype("datetime64[D]").astype("datetime64[s]")
        step = np.timedelta64(self.holdout_days, "D").astype("timedelta64[s]")
        needed = self._count * self.holdout_days - self.shift_days
        have = int((end - start) / np.timedelta64(1, "D"))
        if needed >= have:
            raise SplitError(
                f"split asks for {self._count} window(s) of {self.holdout_days} days = {needed} days, but "
                f"the log covers {have} days ({str(start)[:10]} to {str(end)[:10]}): expected history before "
                "the first window; lower split.holdout_days or split.windows"
            )
        gap, shift = np.timedelta64(self.gap_days, "D"), np.timedelta64(self.shift_days, "D")
        cutoffs = [end + shift - (w + 1) * step for w in range(self._count)]
        return [Window(w, at, at + gap, min(at + step, end)) for w, at in enumerate(cutoffs)]

    def fold(self, log: TransactionLog, window: Window) -> Fold:
        """One window of `plan`, cut out of the log."""
        return make_fold(
            log,
            window.cutoff,
            window.end,
            gap_days=self.gap_days,
            history_days=self.history_days,
            window=window.number,
        )

    def split(self, log: TransactionLog) -> list[Fold]:
        """All folds, latest first."""
        return [self.fold(log, window) for window in self.plan(log)]


class Holdout(_ByTime):
    """The last days of the log are predicted from all that came before."""

    kind: Literal["holdout"] = "holdout"


class Rolling(_ByTime):
    """Several holdouts that step back by their own length; window 0 is the latest."""

    kind: Literal["rolling"] = "rolling"
    windows: int = Field(3, ge=1, description="how many holdouts")

    @property
    def _count(self) -> int:
        return self.windows

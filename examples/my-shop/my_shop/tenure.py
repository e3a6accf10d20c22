"""Customers by how long they have been with the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, Field, model_validator

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation

NAMES = ("Long-standing", "Settled", "New")


class Tenure(BaseModel, frozen=True, extra="forbid"):
    """Three segments by days since the first purchase; nothing is learned."""

    kind: Literal["tenure"] = Field("tenure", description="How customers are grouped.")
    new_days: float = Field(60, gt=0, description="Customers are new for so many days.")
    long_days: float = Field(240, gt=0, description="After so many days they are long-standing.")

    @model_validator(mode="after")
    def _in_order(self) -> Tenure:
        if self.new_days >= self.long_days:
            raise ValueError(f"new_days {self.new_days:g}: expected fewer than long_days {self.long_days:g}")
        return self

    def fit(self, known: Known, rng: np.random.Generator) -> FittedTenure:
        return FittedTenure(self.new_days, self.long_days)


@dataclass(frozen=True)
class FittedTenure:
    """The limits in days; segments are the same at every cutoff."""

    new_days: float
    long_days: float

    def assign(self, known: Known) -> Segmentation:
        """A segment for every customer of the history."""
        lines = known.history.lines
        first = lines.groupby("customer")["time"].min()
        days = (known.cutoff - first.to_numpy()) / np.timedelta64(1, "D")
        codes = np.digitize(-days, [-self.long_days, -self.new_days])
        return Segmentation(NAMES, codes.astype(np.int16), first.to_frame().assign(tenure=days)[["tenure"]])

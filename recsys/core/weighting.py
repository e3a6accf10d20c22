"""How much a purchase counts in the customer x product matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Weighting:
    """One of four readings of "customer c bought product p in these invoices".

    binary: 1. count: distinct invoices holding p. log: log1p(count).
    decay: sum over invoices of 0.5 ** (age in days at the cutoff / half_life_days).
    """

    kind: Literal["binary", "count", "log", "decay"] = "binary"
    half_life_days: float = 90.0

    def __post_init__(self) -> None:
        if not self.half_life_days > 0:
            raise ValueError(f"half_life_days is {self.half_life_days}: expected more than 0")

    def __str__(self) -> str:
        return f"decay({self.half_life_days:g} days)" if self.kind == "decay" else self.kind

    def of_event(self, age_days: NDArray[np.float64]) -> NDArray[np.float64]:
        """What one invoice of this age adds, before `of_sum`."""
        if self.kind == "decay":
            return np.asarray(0.5 ** (age_days / self.half_life_days))
        return np.ones_like(age_days)

    def of_sum(self, total: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weight of a pair whose events add up to `total`."""
        if self.kind == "binary":
            return np.minimum(total, 1.0)
        return np.log1p(total) if self.kind == "log" else total


BINARY = Weighting("binary")
COUNT = Weighting("count")

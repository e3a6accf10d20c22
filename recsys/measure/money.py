"""Money beside accuracy: how much of what a customer went on to spend was in the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK, ratio


class Monetary(AtK):
    """A metric that needs prices."""


@dataclass(frozen=True)
class CapturedSpend(Monetary):
    """Future spend on recommended products in T / future spend on T, net of returns inside the future.

    NaN for a customer whose net spend on the truth is 0.
    """

    word: ClassVar[str] = "captured_spend"

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        return ratio(judged.hit_spend[:, : self.k].sum(axis=1), judged.truth_spend)

"""What the lists as a whole look like, whoever gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK


@dataclass(frozen=True)
class Coverage(AtK):
    """Share of the catalogue that stands in at least one list."""

    word: ClassVar[str] = "coverage"

    def overall(self, judged: Judged) -> float:
        shown = int((_exposure(judged, self.k) > 0).sum())
        return shown / judged.catalogue if judged.catalogue else float("nan")


@dataclass(frozen=True)
class Gini(AtK):
    """How unequally places go to the products of the catalogue: 0 all alike (or none), near 1 a few hold all.

    sum_i (2 i - n - 1) x_i / (n sum x), x ascending: the lists that hold each of the n products. As in Shani,
    Gunawardana, "Evaluating recommendation systems", 2011.
    """

    word: ClassVar[str] = "gini"

    def overall(self, judged: Judged) -> float:
        x = np.sort(_exposure(judged, self.k)).astype(np.float64)
        n, places = len(x), x.sum()
        weights = 2.0 * np.arange(1, n + 1) - n - 1
        return float(weights @ x / (n * places)) if places else 0.0 if n else float("nan")


def _exposure(judged: Judged, k: int) -> NDArray[np.int64]:
    """In how many lists each product of the catalogue stands."""
    shown = judged.lists[:, :k]
    return np.bincount(shown[shown != NOTHING], minlength=judged.catalogue)

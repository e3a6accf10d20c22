"""What the lists as a whole look like, whoever gets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys.core.ids import NOTHING
from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK


@dataclass(frozen=True)
class Coverage(AtK):
    """Share of the catalogue that stands in at least one list."""

    word: ClassVar[str] = "coverage"

    def overall(self, judged: Judged) -> float:
        shown = np.unique(judged.lists[:, : self.k])
        return float((shown != NOTHING).sum() / judged.catalogue) if judged.catalogue else float("nan")

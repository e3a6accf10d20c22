"""What was bought before and what was not, apart: the two halves of a list that may hold both.

The split and its names: Li, Jullien, Ariannezhad, de Rijke, "A next basket recommendation reality check",
ACM TOIS 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK, ratio
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class RecallRepeat(AtK):
    """sum over places of h that were bought before / products of T bought before; NaN without any."""

    word: ClassVar[str] = "recall_repeat"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.REPEATS})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        found = self.hits(judged) & judged.known.before[:, : self.k]
        return ratio(found.sum(axis=1), judged.known.truth_before)


@dataclass(frozen=True)
class RecallExplore(AtK):
    """sum over places of h that were not bought before / products of T not bought before; NaN without any."""

    word: ClassVar[str] = "recall_explore"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.REPEATS})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        found = self.hits(judged) & ~judged.known.before[:, : self.k]
        return ratio(found.sum(axis=1), judged.truth_sizes - judged.known.truth_before)


@dataclass(frozen=True)
class RepeatShare(AtK):
    """Products of the list that the customer had bought / products of the list; NaN for an empty one."""

    word: ClassVar[str] = "repeat_share"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.REPEATS})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        shown = (judged.lists[:, : self.k] != NOTHING).sum(axis=1)
        return ratio(judged.known.before[:, : self.k].sum(axis=1), shown)

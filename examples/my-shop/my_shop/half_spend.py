"""Whether a list held at least half of what the customer went on to spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.judged import Judged
from recsys.measure.accuracy import AtK
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class HalfSpend(AtK):
    """1 where the hits among the first k were worth half of the later spend or more; NaN without any."""

    word: ClassVar[str] = "half_spend"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.PAID})
    decides: ClassVar[bool] = True  # more is better: a config may decide by it

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        won = judged.hit_spend[:, : self.k].sum(axis=1)
        return np.where(judged.truth_spend > 0, won >= judged.truth_spend / 2, np.nan)

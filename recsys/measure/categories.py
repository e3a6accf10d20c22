"""The right kind of product, if not the very one: precision and recall by category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.core.judged import Judged, held
from recsys.measure.accuracy import AtK, ratio
from recsys.measure.context import Aspect


@dataclass(frozen=True)
class CategoryPrecision(AtK):
    """Places with a product of a category of T / k; NaN where no product of T has a category."""

    word: ClassVar[str] = "category_precision"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.CATEGORIES})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        inside = held(judged.known.in_category)[:, : self.k].sum(axis=1)
        return ratio(inside, np.where(held(judged.known.truth_categories) > 0, self.k, 0))


@dataclass(frozen=True)
class CategoryRecall(AtK):
    """Categories of T that the list holds / categories of T; NaN where no product of T has a category."""

    word: ClassVar[str] = "category_recall"
    needs: ClassVar[frozenset[Aspect]] = frozenset({Aspect.CATEGORIES})

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        found = held(judged.known.first_of_category)[:, : self.k].sum(axis=1)
        return ratio(found, held(judged.known.truth_categories))

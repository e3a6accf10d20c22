"""What Surprise's algorithms learned, as arrays, and how every product is scored from them at once.

Scores are those of the library's `predict(..., clip=False)`, which takes a call for each pair.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.base import FittedModel
from recsys.recommend.kernels import Ranked, Rules, rank_dense, rank_factors


@dataclass(frozen=True, eq=False)
class FittedSurprise(FittedModel):
    """One of the three forms below; `load` chooses by the saved fields."""

    kind: ClassVar[str] = "surprise"

    @classmethod
    def load(cls, folder: Path, parts: tuple[Fitted, ...] = ()) -> Self:
        if cls is FittedSurprise:
            stored = json.loads((folder / "model.json").read_text(encoding="utf-8"))["fields"]
            return FORMS[stored["form"]].load(folder, parts)  # type: ignore[return-value]
        return super().load(folder, parts)


@dataclass(frozen=True, eq=False)
class FittedProducts(FittedSurprise):
    """Scores are left @ right.T. left: (customers, d). right: (products, d), NaN where never bought.

    It has no reasons: biases make most of these scores, alike for everybody. What lies nearest among the
    products bought, or adds most (svdpp), could be named, but is not why a product is in the list: on the
    reference log it is one and the same for bestsellers of every kind.
    """

    left: NDArray[np.float32]
    right: NDArray[np.float32]
    form: str = "products"

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_factors(self.left[customers], self.right, rules)


@dataclass(frozen=True, eq=False)
class _InBlocks(FittedSurprise):
    """place: (customers,) row of each, NOTHING without stars. products: (m,) codes of those with stars."""

    place: NDArray[np.int32]
    products: NDArray[np.int32]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        def block(start: int, stop: int) -> NDArray[np.float32]:
            wide = np.full((stop - start, rules.products), -np.inf, dtype=np.float32)
            wide[:, self.products] = self.block(self.place[customers[start:stop]])
            return wide

        return rank_dense(block, len(customers), rules)

    @abstractmethod
    def block(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """Scores of these rows, (rows, m)."""


@dataclass(frozen=True, eq=False)
class FittedNeighbours(_InBlocks):
    """KNN. x is a product and y a customer, or the other way round: v are the k most alike to x of y's.

    score = centre_x + shift_y + scale_x * sum_v similar_xv (stars_yv - centre_v - shift_y) / scale_v
    / sum_v similar_xv, and otherwise_x + shift_y where fewer than min_neighbours are alike.

    Basic: centre 0, scale 1, otherwise the mean of all stars. Means: centre and otherwise the mean of x.
    Z-score: the same, scale its standard deviation. Baseline: centre and otherwise the mean of all stars +
    the bias of x, shift the bias of y.
    """

    similar: NDArray[np.float64]
    stars: sparse.csr_matrix
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    otherwise: NDArray[np.float64]
    shift: NDArray[np.float64]
    of_products: bool
    neighbours: int
    min_neighbours: int
    form: str = "neighbours"

    def block(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        from recsys.recommend.compiled_surprise import neighbours_block

        scores = np.empty((len(rows), len(self.products)), dtype=np.float32)
        neighbours_block(rows, self.otherwise, scores, *self._formula)
        return scores

    @property
    def _formula(self) -> tuple[Any, ...]:
        """What the compiled loops take of it."""
        by_y = (self.stars.indptr.astype(np.int64), self.stars.indices.astype(np.int32), self.stars.data)
        how = (self.centre, self.scale, self.shift, self.neighbours, self.min_neighbours)
        return (self.of_products, self.similar, *by_y, *how)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """Between products the one bought that adds most to the sum; between customers what others had.

        See core.protocols.Explains. Products drawn as not bought are among the neighbours, and no reason.
        """
        from recsys.recommend.compiled_surprise import neighbours_parts

        column = np.full(int(max(self.products.max(initial=0), lists.products.max(initial=0))) + 2, NOTHING)
        column[self.products] = np.arange(len(self.products))  # the last place is that of a gap
        place = np.append(self.place, np.int32(NOTHING))[lists.customers]
        listed = np.where(place[:, None] == NOTHING, NOTHING, column[lists.products])
        greatest = np.full(listed.shape, NOTHING, dtype=np.int64)
        total, own = np.zeros(listed.shape), np.zeros(listed.shape)
        neighbours_parts(place, listed, greatest, total, own, *self._formula)
        found = Reasons.none(listed.shape)
        if self.of_products:
            named = greatest != NOTHING
            itself = named & (greatest == listed)
            found.kinds[named] = Why.WITH
            found.products[named & ~itself] = self.products[greatest[named & ~itself]]
        else:
            found.kinds[total > 0] = Why.ALIKE
            itself = (own > 0) & (2 * own >= total)
        found.kinds[itself] = Why.OWN
        return found


@dataclass(frozen=True, eq=False)
class FittedSlopes(_InBlocks):
    """Slope one: the customer's mean + the mean of deviation_ji over the j they have stars for.

    It has no reasons: a deviation tells which of two products has more stars, not which brings the other.
    held: rows x m, 1 where there are stars. deviation: (m, m), row j: how many more stars i has than j, with
    those who have stars for both. common: (m, m), 1 where there are any such; only they count. mean: (rows,).
    """

    held: sparse.csr_matrix
    deviation: NDArray[np.float32]
    common: NDArray[np.float32]
    mean: NDArray[np.float32]
    form: str = "slopes"

    def block(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        held = self.held[rows]
        both = np.maximum(held @ self.common, 1)
        return np.asarray(self.mean[rows][:, None] + (held @ self.deviation) / both, dtype=np.float32)


FORMS: dict[str, type[FittedSurprise]] = {
    "products": FittedProducts,
    "neighbours": FittedNeighbours,
    "slopes": FittedSlopes,
}

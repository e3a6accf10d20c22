"""Any product, with equal chance: what a metric shows by luck alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Known
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf
from recsys.recommend.kernels import Ranked, Rules, rank_dense


class Random(RecommenderModel):
    """Products drawn at random for each customer; the floor of every metric."""

    kind: Literal["random"] = "random"

    def fit(self, known: Known, rng: np.random.Generator) -> FittedRandom:
        return FittedRandom(Shelf.of(known), int(rng.integers(2**63)))


@dataclass(frozen=True, eq=False)
class FittedRandom(FittedModel):
    """seed: what the draws of every customer follow from, so that a list does not depend on who else asks."""

    kind: ClassVar[str] = "random"
    seed: int

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_dense(lambda a, b: self._draw(customers[a:b], rules.products), len(customers), rules)

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked:
        return self.rank(np.full(n, -1, dtype=np.int32), rules)

    def _draw(self, customers: NDArray[np.int32], products: int) -> NDArray[np.float32]:
        """Uniform numbers in [0, 1) as a hash of (seed, customer, product): SplitMix64's finaliser."""
        cell = (customers.astype(np.int64)[:, None] + 1) * products + np.arange(products)
        bits = cell.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(self.seed)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return ((bits ^ (bits >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) / np.float32(2**24)

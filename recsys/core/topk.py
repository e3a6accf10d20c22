"""Ranked lists as padded arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.core.ids import NOTHING


@dataclass(frozen=True, eq=False)
class TopK:
    """Best first; short rows padded with NOTHING at the end.

    customers: (n,) int32, NOTHING for someone without history.
    products: (n, k) int32. scores: (n, k) float32, NaN where padded.
    """

    customers: NDArray[np.int32]
    products: NDArray[np.int32]
    scores: NDArray[np.float32]

    @classmethod
    def empty(cls, customers: NDArray[np.int32], k: int) -> TopK:
        """A list of nothing for each customer."""
        shape = (len(customers), k)
        return cls(customers, np.full(shape, NOTHING, np.int32), np.full(shape, np.nan, np.float32))

    def __repr__(self) -> str:
        return f"TopK({len(self)} lists of {self.k}, {self.own_share:.1%} filled)"

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def k(self) -> int:
        """Places in a list."""
        return int(self.products.shape[1])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Products in each list. Shape (n,)."""
        return (self.products != NOTHING).sum(axis=1)

    @property
    def own_share(self) -> float:
        """Share of places that hold a product."""
        return float((self.products != NOTHING).mean()) if self.products.size else 0.0

    def head(self, k: int) -> TopK:
        """The first k places of every list."""
        return TopK(self.customers, self.products[:, :k], self.scores[:, :k])

    def filled(self, other: TopK) -> TopK:
        """Empty places taken by the products of `other`, in its order, that the list lacks.

        `other` holds k places, which is enough: each one that is taken already has one less to fill. Filled
        places score NaN.
        """
        products, scores = self.products.copy(), self.scores.copy()
        short = np.flatnonzero(self.lengths < self.k)
        if len(short) == 0:
            return self
        own, spare = products[short], other.products[short]
        # A spare product counts if it is real and not in the list already.
        fresh = (spare != NOTHING) & ~(spare[:, :, None] == own[:, None, :]).any(axis=2)
        order = np.argsort(~fresh, axis=1, kind="stable")
        spare = np.where(np.take_along_axis(fresh, order, 1), np.take_along_axis(spare, order, 1), NOTHING)
        both = np.concatenate([own, spare], axis=1)
        order = np.argsort(both == NOTHING, axis=1, kind="stable")[:, : self.k]
        products[short] = np.take_along_axis(both, order, 1)
        return TopK(self.customers, products, scores)

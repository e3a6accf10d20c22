"""Drawing many products at once by their shares: one binary search over the summed shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Picker:
    """Draws products from a source whose labels (groups, families, or one for all) each sum to one."""

    def __init__(self, share: NDArray[np.float64], label: NDArray[np.int32]) -> None:
        self._on_sale = share > 0
        self._order = np.argsort(label, kind="stable")
        self._edges = np.cumsum(share[self._order])
        self._low = np.searchsorted(label[self._order], np.arange(int(label.max()) + 1))
        self._high = np.append(self._low[1:], len(label)) - 1

    def pick(self, label: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.int64]:
        """One product of each label asked for."""
        low, high = self._low[label], self._high[label]
        floor = np.where(low > 0, self._edges[low - 1], 0.0)
        at = floor + rng.random(len(label)) * (self._edges[high] - floor)
        place = np.searchsorted(self._edges, at, side="right")
        product: NDArray[np.int64] = self._order[np.clip(place, low, high)]
        return product

    def offers(self, product: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True where the product is on sale."""
        return self._on_sale[product]

"""Names outside, int32 codes inside: the border between a shop's ids and array positions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

NOTHING = -1
"""The code of what is not there: an unknown id, or the padding of a short list."""


@dataclass(frozen=True, eq=False)
class IdMap:
    """Sorted, distinct external names; the code of a name is its position.

    Because names are sorted, ordering by code is ordering by external name.
    """

    names: NDArray[np.object_]

    @classmethod
    def of(cls, names: Iterable[str]) -> IdMap:
        """The map of these names, sorted and without repeats."""
        return cls(np.array(sorted(set(names)), dtype=object))

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.names[:3]))
        return f"IdMap({len(self)}: {shown}{', …' if len(self) > 3 else ''})"

    @cached_property
    def _index(self) -> pd.Index[str]:
        return pd.Index(self.names)

    def codes(self, names: ArrayLike) -> NDArray[np.int32]:
        """The code of each name; NOTHING where it is unknown."""
        return self._index.get_indexer(pd.Index(np.asarray(names, dtype=object))).astype(np.int32)

    def take(self, codes: ArrayLike) -> NDArray[np.object_]:
        """The name of each code; None for NOTHING."""
        at = np.asarray(codes)
        if len(self) == 0:
            return np.full(at.shape, None, dtype=object)
        taken = self.names[np.maximum(at, 0)]
        taken[at < 0] = None
        return taken

    def keep(self, mask: NDArray[np.bool_]) -> tuple[IdMap, NDArray[np.int32]]:
        """The map of the names under `mask`, and for each old code the new one (NOTHING if dropped)."""
        recode = np.where(mask, np.cumsum(mask) - 1, NOTHING).astype(np.int32)
        return IdMap(self.names[mask]), recode

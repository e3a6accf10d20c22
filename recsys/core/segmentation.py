"""Who belongs where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Each customer's segment.

    names: readable, unique, in the order of their codes (most valuable first).
    codes: (customers,) int16, position in `names`.
    features: one row per customer, the raw figures the segments were made from.
    evidence: how the number of segments was chosen (k, inertia, silhouette ...), for the report.
    memberships: (customers, segments) float32, how likely each customer is of each segment, where the way of
    grouping tells; rows sum to 1.
    """

    names: tuple[str, ...]
    codes: NDArray[np.int16]
    features: pd.DataFrame
    evidence: tuple[dict[str, Any], ...] = field(default=())
    memberships: NDArray[np.float32] | None = None

    def __repr__(self) -> str:
        sizes = np.bincount(self.codes, minlength=len(self.names))
        return (
            "Segmentation(" + ", ".join(f"{n}: {s:,}" for n, s in zip(self.names, sizes, strict=True)) + ")"
        )

    def members(self, segment: int) -> NDArray[np.int32]:
        """Customer codes of one segment."""
        return np.flatnonzero(self.codes == segment).astype(np.int32)

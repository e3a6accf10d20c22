"""Features on the scale on which they are compared: skewed ones by their logarithm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.segment.space import level
from recsys.segment.vocabulary import is_skewed


def levels(features: pd.DataFrame) -> pd.DataFrame:
    """The same columns; log1p, below 0 mirrored, where the vocabulary calls them skewed."""
    logged = np.array([float(is_skewed(str(name))) for name in features])
    return pd.DataFrame(
        level(features.to_numpy(dtype=np.float64), logged, np.ones(len(logged))), columns=features.columns
    )

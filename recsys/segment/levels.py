"""Features on the scale on which they are compared: skewed ones by their logarithm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.segment.vocabulary import FEATURES


def levels(features: pd.DataFrame) -> pd.DataFrame:
    """The same columns, log1p where the vocabulary calls them skewed; unknown ones as they are."""
    skewed = [name for name in features if name in FEATURES and FEATURES[name].skewed]
    return features.assign(**{name: np.log1p(features[name].clip(lower=0)) for name in skewed}).astype(float)

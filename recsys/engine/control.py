"""The control group of a campaign: customers who are sent nothing, so that its effect can be measured."""

from __future__ import annotations

import math
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def control_group(
    names: NDArray[np.object_], segments: Iterable[NDArray[np.int32]], share: float, seed: int
) -> NDArray[np.bool_]:
    """Who is kept back: `share` of each segment, to the nearest customer (a half is one more).

    names: (customers,) ids. segments: the codes of each one's members. Customers stand in the order of a hash
    of their id, keyed by the seed, and the first of each segment are kept back: who leaves the shop, comes to
    it or changes segment moves nobody else but at the edge. Raises ValueError for a share outside [0, 1).
    """
    if not 0 <= share < 1:
        raise ValueError(f"control share is {share}: expected at least 0 and less than 1")
    kept = np.zeros(len(names), dtype=bool)
    place = _places(names, seed) if share else np.zeros(len(names), dtype=np.uint64)
    for members in segments:
        size = math.floor(share * len(members) + 0.5)
        kept[members[np.argsort(place[members])[:size]]] = True
    return kept


def _places(names: NDArray[np.object_], seed: int) -> NDArray[np.uint64]:
    """A keyed hash of each id (SipHash)."""
    key = blake2b(f"control group {seed}".encode(), digest_size=8).hexdigest()
    return pd.util.hash_array(names.astype(object), hash_key=key, categorize=False)

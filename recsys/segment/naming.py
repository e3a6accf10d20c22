"""What a segment is called: its value, rhythm and recency beside those of all customers.

For example "High-value frequent active". Short enough to head a table's column and to name a file.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.segment.vocabulary import described, value_of

VALUE = ("Low-value", "Mid-value", "High-value")
VALUE_BOUNDS = (1 / 4, 3 / 4)
"""Quarters, since most of a shop's money comes from few of its customers."""
RHYTHM = ("repeat", "repeat", "frequent")
RECENCY = ("active", "cooling", "lapsed")
THIRDS = (1 / 3, 2 / 3)
EVERYONE = "Everyone"


def name_segments(features: pd.DataFrame, codes: NDArray[np.int16], segments: int) -> tuple[str, ...]:
    """One unique name per segment code.

    features: one row per customer, with recency, frequency and monetary (or units).
    """
    if segments == 1:
        return (EVERYONE,)
    medians = features.groupby(codes).median().reindex(range(segments))
    ranks = ranks_of(features, codes, segments)
    names = []
    for code in range(segments):
        rank = ranks.loc[code]
        value = _word(VALUE, rank[value_of(features)], VALUE_BOUNDS)
        rhythm = _word(RHYTHM, rank["frequency"]) if medians.loc[code, "frequency"] > 1 else "one-time"
        names.append(f"{value} {rhythm} {_word(RECENCY, rank['recency'])}")
    return _numbered(_told_apart(names, ranks, list(range(segments))))


def ranks_of(features: pd.DataFrame, codes: NDArray[np.int16], segments: int) -> pd.DataFrame:
    """Per segment and feature, the share of all customers below the segment's median; a row per code."""
    medians = features.groupby(codes).median().reindex(range(segments))
    return pd.DataFrame({name: _ranks(features[name], medians[name]) for name in features})


def _ranks(values: pd.Series, medians: pd.Series) -> NDArray[np.float64]:
    """The share of customers below each median, ties counting half."""
    ordered = np.sort(values.to_numpy())
    below = np.searchsorted(ordered, medians.to_numpy(), side="left")
    up_to = np.searchsorted(ordered, medians.to_numpy(), side="right")
    return (below + up_to) / (2 * len(ordered))


def _word(words: tuple[str, str, str], rank: float, bounds: tuple[float, float] = THIRDS) -> str:
    """The word for a low, middle or high rank."""
    return words[int(rank >= bounds[0]) + int(rank >= bounds[1])]


def _told_apart(names: list[str], ranks: pd.DataFrame, group: list[int]) -> list[str]:
    """Segments of one name get a word for the feature in which they differ most."""
    told = list(names)
    for name, count in Counter(names[code] for code in group).items():
        if count == 1:
            continue
        same = [code for code in group if names[code] == name]
        spread = ranks.loc[same].max() - ranks.loc[same].min()
        # rounded, so that equal spreads stay in the order of the columns
        spread = spread.round(9).sort_values(ascending=False, kind="stable")
        if len(spread) == 0 or not spread.iloc[0] > 0:
            continue
        feature = spread.index[0]
        middle = (ranks.loc[same, feature].max() + ranks.loc[same, feature].min()) / 2
        for code in same:
            high = ranks.loc[code, feature] >= middle
            told[code] = f"{name} {described(feature).more if high else described(feature).less}"
        told = _told_apart(told, ranks.drop(columns=feature), same)
    return told


def _numbered(names: list[str]) -> tuple[str, ...]:
    """The second of one name gets " 2", the third " 3"."""
    counted: Counter[str] = Counter()
    unique = []
    for name in names:
        counted[name] += 1
        unique.append(name if counted[name] == 1 else f"{name} {counted[name]}")
    return tuple(unique)

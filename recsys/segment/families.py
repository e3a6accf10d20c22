"""What kind of thing a product is, by the words that descriptions end with: holder, box, bag.

A shop that names its products in English puts the thing last (the head noun) and its colour or motif before.
The words are found once, at the fit; a later product belongs to the family whose word it has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"[^\W\d_]{2,}")
PLURAL = re.compile(r"(?<=ss|sh|ch)es$|(?<=x)es$|(?<=[^s])s$")
ENDS = 1 / 3
"""A family's word ends at least this share of the descriptions that hold it: a colour seldom does."""
OTHER = "other"


def learn_families(descriptions: Iterable[object], most: int) -> tuple[str, ...]:
    """The words that end most descriptions, at most `most`, each of two products or more; best first."""
    ends: Counter[str] = Counter()
    holds: Counter[str] = Counter()
    for text in descriptions:
        words = _words(text)
        ends.update(words[-1:])
        holds.update(set(words))
    fit = [word for word, count in ends.items() if count > 1 and count >= ENDS * holds[word]]
    return tuple(sorted(fit, key=lambda word: (-ends[word], word))[:most])


def family_of(descriptions: Sequence[object], families: Sequence[str]) -> NDArray[np.int32]:
    """Position of each description's last family word; len(families) where it has none. Shape (products,)."""
    place = {word: at for at, word in enumerate(families)}
    found = [
        next((place[word] for word in reversed(_words(text)) if word in place), len(families))
        for text in descriptions
    ]
    return np.array(found, dtype=np.int32)


def family_shares(lines: nw.DataFrame[Any], columns: Sequence[str]) -> nw.DataFrame[Any]:
    """One row per customer: the share of lines in each family; lines: customer, family (a position)."""
    counted = lines.group_by("customer", "family").agg(count=nw.len())
    by_family = [
        nw.when(nw.col("family") == at).then(nw.col("count")).otherwise(0).cast(nw.Float64).alias(name)
        for at, name in enumerate(columns)
    ]
    sums = counted.with_columns(*by_family).group_by("customer").agg(nw.col("count", *columns).sum())
    return sums.select("customer", *((nw.col(name) / nw.col("count")).alias(name) for name in columns))


def _words(text: object) -> list[str]:
    """Lower-case words of letters, without an English plural."""
    found = WORD.findall(text.lower()) if isinstance(text, str) else []
    return [PLURAL.sub("", word) if len(word) > 3 else word for word in found]

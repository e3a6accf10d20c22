"""What a column holds: ids, numbers, dates or words; and how two columns hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.ingest.guess.names import fit
from recsys.ingest.guess.when import Dates, dated
from recsys.ingest.numbers import numbers
from recsys.ingest.raw import is_bytes, recode
from recsys.ingest.source import Source
from recsys.ingest.text import words

LOOKED_AT = 100_000
"""Lines, from the first on, by which columns are held against each other."""
MOST = 0.9
"""Share of a column's distinct values that must be numbers; the reader then names the first that is none."""
SHOWN = 3


@dataclass(frozen=True, eq=False)
class Profile:
    """One column. texts: its distinct values as text; rows: their codes by line, -1 where missing.

    numbers: per distinct value, where they are numbers. dates: where they are dates.
    """

    name: str
    texts: Any
    rows: NDArray[np.int32]
    numbers: NDArray[np.float64] | None
    dates: Dates | None

    @property
    def distinct(self) -> int:
        """How many different values."""
        return len(self.texts)

    @property
    def filled(self) -> int:
        """Lines with a value."""
        return int((self.rows >= 0).sum())

    @property
    def head(self) -> NDArray[np.int32]:
        """The codes of the first lines."""
        return self.rows[:LOOKED_AT]

    @property
    def samples(self) -> str:
        """The first values that differ."""
        if self.dates is not None and len(self.texts) and len(str(self.texts[0])) > 20:
            return ", ".join(str(moment).replace("T", " ") for moment in self.dates.moments[:SHOWN])
        return ", ".join(_short(text) for text in self.texts[:SHOWN].to_pylist())

    @property
    def whole(self) -> float:
        """Share of the values, line by line, that are whole numbers."""
        if self.numbers is None or self.filled == 0:
            return 0.0
        values = self.by_line()
        known = values[~np.isnan(values)]
        return float((known == np.floor(known)).mean()) if len(known) else 0.0

    @property
    def wordy(self) -> bool:
        """Mostly letters."""
        held = pc.match_substring_regex(self.texts, r"[A-Za-z\x{80}-\x{10FFFF}]{3}")
        return self.numbers is None and self.dates is None and bool(pc.mean(held).as_py() > 0.5)

    def by_line(self) -> NDArray[np.float64]:
        """The numbers of the first lines; NaN where missing."""
        assert self.numbers is not None
        return np.append(self.numbers, np.nan)[self.head]


def profiles(table: Any, source: Source) -> list[Profile]:
    """One for each column that holds anything. table: dictionary-encoded columns of a Raw."""
    found = []
    for name in table.column_names:
        column = table[name].combine_chunks()
        if is_bytes(column.type.value_type) or pa.types.is_boolean(column.type.value_type):
            continue
        profile = _profile(name, column, source)
        if profile.distinct:
            found.append(profile)
    return found


def _profile(name: str, column: Any, source: Source) -> Profile:
    values = column.dictionary
    merged = recode(column, words(values))
    rows = merged.indices.fill_null(-1).to_numpy().astype(np.int32)
    when = dated(
        merged.dictionary if pa.types.is_string(values.type) else values,
        rows if pa.types.is_string(values.type) else column.indices.fill_null(-1).to_numpy(),
        source,
        named=fit("time", name) >= 0.5,
    )
    read = None
    if when is None:
        plain, bad = numbers(merged.dictionary, source)
        if len(plain) and 1 - pc.mean(bad).as_py() >= MOST:
            read = plain.to_numpy(zero_copy_only=False)
    return Profile(name, merged.dictionary, rows, read, when)


def depends(key: NDArray[Any], value: NDArray[Any]) -> float:
    """Share of lines whose value is the usual one for their key: 1 where the key decides the value.

    Codes; -1 is missing, and such lines do not count. Keys that stand on one line only do not count either.
    """
    known = (key >= 0) & (value >= 0)
    _, keys = np.unique(key[known], return_inverse=True)
    if len(keys) == 0:
        return 0.0
    often = np.bincount(keys)[keys] > 1
    keys, values = keys[often], value[known][often]
    if len(keys) == 0:
        return 0.0
    _, values = np.unique(values, return_inverse=True)
    pair, count = np.unique(keys.astype(np.int64) * (values.max() + 1) + values, return_counts=True)
    usual = np.zeros(keys.max() + 1, dtype=np.int64)
    np.maximum.at(usual, pair // (values.max() + 1), count)
    return float(usual.sum() / len(keys))


def days(profile: Profile) -> NDArray[np.int64]:
    """The day of each of the first lines; -1 where missing."""
    assert profile.dates is not None
    moments = np.append(profile.dates.moments, np.datetime64("NaT"))[profile.head]
    return np.where(np.isnat(moments), -1, moments.astype("datetime64[D]").astype(np.int64))


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 24 else text[:23] + "…"

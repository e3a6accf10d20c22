"""When a line happened: ISO, a stated format, or the one common format that fits every value."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.errors import ConfigError
from recsys.ingest.source import Source
from recsys.ingest.text import words

SECONDS = pa.timestamp("s")
UNIX = {"unix": "s", "unix-ms": "ms"}
DAYS = {
    "/": ("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%Y/%m/%d", "%y/%m/%d"),
    ".": ("%d.%m.%Y", "%d.%m.%y", "%Y.%m.%d"),
    "-": ("%d-%m-%Y", "%m-%d-%Y", "%d-%b-%Y", "%d-%b-%y"),
    " ": ("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y"),
    "": ("%Y%m%d",),
}
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", " %H:%M:%S.%f")


class AmbiguousError(ValueError):
    """Several formats fit every value."""

    def __init__(self, formats: list[str]) -> None:
        super().__init__(f"{' and '.join(formats)} both fit")
        self.formats = formats


def dates(values: Any, source: Source) -> tuple[Any, Any]:
    """Distinct values as timestamp[s] (null where missing), and a mask of those that are no date.

    Fractions of a second are cut off; a time zone's clock is kept as it reads. Raises AmbiguousError.
    """
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _floored(values), pa.repeat(False, len(values))
    if source.date_format in UNIX:
        return _since_1970(values, UNIX[source.date_format])
    text = words(values)
    if source.date_format is not None:
        read = _by_format(text, source.date_format)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        read = _guessed(text)
    else:
        read = pa.nulls(len(text), SECONDS)
    return read, pc.and_(pc.is_valid(text), pc.is_null(read))


def _floored(values: Any) -> Any:
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("ms"))
    if values.type.tz is not None:
        values = pc.local_timestamp(values)
    return pc.floor_temporal(values, unit="second").cast(SECONDS)


def _since_1970(values: Any, unit: str) -> tuple[Any, Any]:
    """Counts of seconds or milliseconds."""
    counts = pd.to_numeric(pd.Series(words(values).to_pandas()), errors="coerce")
    moments = pd.to_datetime(counts, unit=unit, errors="coerce")
    read = _floored(pa.array(moments, from_pandas=True))
    return read, pc.and_(pc.is_valid(words(values)), pc.is_null(read))


def _guessed(text: Any) -> Any:
    for iso in (_iso, _iso_with_zone):
        read = iso(text)
        if read is not None:
            return read
    known = text.drop_null()
    if len(known) == 0:
        return pa.nulls(len(text), SECONDS)
    fitting = {form: _by_format(text, form) for form in shaped_like(known[0].as_py())}
    fitting = {form: read for form, read in fitting.items() if read.null_count == text.null_count}
    if not fitting:
        return _best_effort(text)
    first, *others = fitting.values()
    if not all(other.equals(first) for other in others):  # %b and %B agree on May
        raise AmbiguousError(list(fitting))
    return first


def _iso(text: Any) -> Any:
    try:
        return _floored(text.cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        return None


def _iso_with_zone(text: Any) -> Any:
    """Clock times as they read, the offset cut off: a shop's day is the day on its own clock."""
    zoned = pc.match_substring_regex(text, r"^\d{4}-\d\d-\d\d[T ]\d\d.*(Z|[+-]\d\d:?\d\d)$")
    if not pc.all(pc.fill_null(zoned, True)).as_py():
        return None
    return _iso(pc.replace_substring_regex(text, r"\s?(Z|[+-]\d\d:?\d\d)$", ""))


def shaped_like(value: str) -> list[str]:
    """Formats that read this one value."""
    mark = next((mark for mark in ("/", ".", "-", " ") if mark in value[:6]), "")
    forms = [day + clock for day, clock in product(DAYS[mark], CLOCKS)]
    return [form for form in forms if not pd.isna(pd.to_datetime(value, format=form, errors="coerce"))]


def _best_effort(text: Any) -> Any:
    """Nothing fits every value: read what the likeliest form reads, so that the first odd value is named."""
    known = text.drop_null()
    forms = shaped_like(known[0].as_py())
    attempts = [_by_format(text, form) for form in forms]
    iso = pc.match_substring_regex(text, r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$")
    attempts.append(_by_format(pc.if_else(iso, text, None), "ISO8601"))
    return min(attempts, key=lambda read: read.null_count)


def _by_format(text: Any, form: str) -> Any:
    try:
        moments = pd.to_datetime(pd.Series(text.to_pandas(), dtype=object), format=form, errors="coerce")
    except ValueError as error:  # offsets that differ
        raise ConfigError(
            f"source.date_format {form!r} cannot be used ({error}): leave the zone out"
        ) from None
    return _floored(pa.array(moments, from_pandas=True))

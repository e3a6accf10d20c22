"""Whether a column holds dates, and in which format; where several fit, which one is likelier and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.core.errors import ConfigError
from recsys.ingest.dates import AmbiguousError, dates
from recsys.ingest.source import Source
from recsys.ingest.text import words

LIKE = re.compile(r"\d{1,4}[-/. ]|^\d{8}(\d{4,6})?$|^[A-Za-z]{3,9},? \d")
RARE = (
    *("%d/%m/%Y, %H:%M", "%d/%m/%Y, %H:%M:%S", "%m/%d/%Y, %I:%M %p", "%m/%d/%Y, %I:%M:%S %p"),
    *("%d.%m.%Y, %H:%M", "%d.%m.%Y, %H:%M:%S", "%d.%m.%Y %H.%M", "%d.%m.%y %H:%M:%S", "%d.%m.%YT%H:%M:%S"),
    *("%d-%m-%y", "%m-%d-%y", "%d-%m-%y %H:%M", "%m-%d-%y %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M"),
    *("%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%a %b %d %H:%M:%S %Y", "%a, %d %b %Y %H:%M:%S", "%A, %d %B %Y"),
    *("%b %d, %Y %I:%M %p", "%d %b %Y %I:%M %p", "%d %b %y", "%d/%b/%Y", "%d/%b/%Y:%H:%M:%S"),
)
"""Formats that are not tried when a log is read, so that they have to be named."""
MOST = 0.98
"""Share of a column's values that must be dates; the reader then names the first that is none."""
YEARS = (1990, 2050)


@dataclass(frozen=True, eq=False)
class Dates:
    """A column of dates. form: what to set as date_format, None where the reader finds it by itself.

    moments: per distinct value, datetime64[s]. why: how the order of day and month was told. doubtful: where
    another format fits as well.
    """

    form: str | None
    moments: NDArray[np.datetime64]
    why: str
    doubtful: bool = False


def dated(values: Any, rows: NDArray[np.int32], source: Source, *, named: bool) -> Dates | None:
    """The column as dates; None where it is none. values: distinct; rows: their codes in file order.

    named: whether the column's name says a time, without which bare numbers are no dates.
    """
    kind = values.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return Dates(None, _moments(values, source), "stored as dates")
    text = words(values) if pa.types.is_string(kind) or pa.types.is_integer(kind) else None
    if text is None or len(text.drop_null()) == 0:
        return None
    first = str(text.drop_null()[0].as_py())
    if first.isdecimal():
        return _of_digits(values, first, source) if named or len(first) == 8 else None
    if not LIKE.search(first) or len(first) > 40 or not pa.types.is_string(kind):
        return None
    return _of_text(values, rows, source)


def _of_text(values: Any, rows: NDArray[np.int32], source: Source) -> Dates | None:
    try:
        read, bad = dates(values, source)
    except AmbiguousError as error:
        return _likeliest(values, rows, source, error.formats)
    if not pc.any(bad).as_py():
        return Dates(None, _as_numpy(read), _order(values))
    for form in RARE:
        moments = _by(values, source, form)
        if moments is not None and np.isnat(moments).mean() <= 1 - MOST:
            return Dates(form, moments, f"reads as {form}")
    known = len(values) - values.null_count
    share = 1 - pc.sum(bad).as_py() / max(known, 1)
    return Dates(None, _as_numpy(read), "though not every value is a date") if share >= MOST else None


def _likeliest(values: Any, rows: NDArray[np.int32], source: Source, forms: list[str]) -> Dates:
    """Of formats that all fit, the one in which the file's dates go up line by line, else day first."""
    read = {form: moments for form in forms if (moments := _by(values, source, form)) is not None}
    back = {form: _backward(moments[rows[rows >= 0]]) for form, moments in read.items()}
    leading = [form for form, steps in back.items() if steps <= 1.1 * min(back.values()) + 2]
    chosen = leading[0]
    if any("%p" in form for form in leading):
        chosen = next((form for form in leading if form.startswith("%m")), chosen)
    if len(leading) == 1:
        why = f"{' and '.join(forms)} both fit, but only so the dates of the file go up"
    else:
        why = f"{' and '.join(forms)} both fit every line: check this one"
    return Dates(chosen, read[chosen], why, doubtful=True)


def _backward(moments: NDArray[np.datetime64]) -> int:
    """Steps from line to line that go back in time."""
    known = moments[~np.isnat(moments)]
    return int((known[1:] < known[:-1]).sum())


def _of_digits(values: Any, first: str, source: Source) -> Dates | None:
    """20231201, or seconds or milliseconds since 1970."""
    for form, length in (("%Y%m%d", 8), ("unix", 10), ("unix-ms", 13), ("%Y%m%d%H%M%S", 14)):
        if len(first) != length:
            continue
        moments = _by(values, source, form)
        if moments is not None and not np.isnat(moments).any():
            return Dates(form, moments, f"reads as {form}")
    return None


def _by(values: Any, source: Source, form: str) -> NDArray[np.datetime64] | None:
    try:
        moments = _moments(values, source.model_copy(update={"date_format": form}))
    except (ConfigError, ValueError, pa.ArrowInvalid):
        return None
    years = pd.DatetimeIndex(moments[~np.isnat(moments)]).year
    return moments if len(years) and years.min() >= YEARS[0] and years.max() <= YEARS[1] else None


def _moments(values: Any, source: Source) -> NDArray[np.datetime64]:
    return _as_numpy(dates(values, source)[0])


def _as_numpy(read: Any) -> NDArray[np.datetime64]:
    moments: NDArray[np.datetime64] = read.to_numpy(zero_copy_only=False).astype("datetime64[s]")
    return moments


def _order(values: Any) -> str:
    """Which of day, month and year comes first, as far as it can be seen."""
    first = str(words(values).drop_null()[0].as_py())
    if re.match(r"\d{4}-\d\d-\d\d", first):
        zone = re.search(r"\d\d.*(Z|[+-]\d\d:?\d\d)$", first[10:])
        return "ISO; the zone is cut off, the clock stays as it reads" if zone else "ISO"
    if re.match(r"\d{4}", first):
        return "year first"
    parts = [re.findall(r"\d+", str(value)) for value in values.drop_null().to_pylist()[:5000]]
    pairs = [(int(found[0]), int(found[1])) for found in parts if len(found) > 1]
    if re.search(r"[A-Za-z]{3}", first.rstrip("APMapm. ")) or not pairs:
        return "the month in letters"
    if any(left > 12 for left, _ in pairs):
        return f"day first: a {max(left for left, _ in pairs)} comes first"
    return f"month first: a {max(right for _, right in pairs)} comes second"

"""Numbers and names as a reader wants to see them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from recsys.core.currency import SIGNS, WHOLE, amount

NONE = "–"
_MINUS = "\u2212"
# Spelt out here: what strftime writes depends on the locale.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Marks that reorder the text around them: a name could rewrite its neighbours on screen.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """A name on one line: no control characters, no marks that turn the direction of writing."""
    if text.isprintable():
        return text
    kept = "".join(_plain(char) for char in text if char not in _BIDI)
    return re.sub("  +", " ", kept)


def clean_lines(text: str) -> str:
    """The same, but lines and their indentation stay."""
    lines = text.expandtabs(4).splitlines()
    return "\n".join("".join(_plain(char) for char in line if char not in _BIDI).rstrip() for line in lines)


def _plain(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Cs":  # half a character, which UTF-8 cannot write
        return "\ufffd"
    return " " if kind in ("Cc", "Zl", "Zp") else char


def score(value: float) -> str:
    """A metric: 0.2170."""
    return NONE if math.isnan(value) else f"{value + 0.0:.4f}"


def decimals(value: float) -> str:
    """A figure that is no rate: 1.32."""
    return NONE if math.isnan(value) else _signed(f"{value + 0.0:,.2f}")


def change(value: float) -> str:
    """A difference of metrics: +0.0865."""
    return NONE if math.isnan(value) else _signed(f"{value:+.4f}")


def percent_change(value: float) -> str:
    """A relative difference: +66.3%."""
    return NONE if math.isnan(value) else _signed(f"{value:+,.1%}")


def share(value: float) -> str:
    """A part of a whole: 31.2%."""
    return NONE if math.isnan(value) else f"{value:.1%}"


def count(value: float) -> str:
    """A whole number: 391,150."""
    return NONE if math.isnan(value) else _signed(f"{value:,.0f}")


def money(value: float, currency: str = "") -> str:
    """An amount: 1,447,487.53, or £1,447,487.53."""
    if math.isnan(value):
        return NONE
    return amount(_signed(f"{value:,.0f}" if currency in WHOLE else f"{value:,.2f}"), currency)


def whole_money(value: float, currency: str = "") -> str:
    """A large amount: 1,447,488, or £1,447,488."""
    return NONE if math.isnan(value) else amount(count(value), currency)


def in_money(heading: str, currency: str = "") -> str:
    """The heading of a column of amounts: Revenue, or Revenue (£)."""
    return f"{heading} ({SIGNS.get(currency, currency)})" if currency else heading


def figures(values: Sequence[float]) -> list[str]:
    """Numbers of one kind with the same decimals: none for whole or large ones, else one, else two."""
    known = [abs(value) for value in values if math.isfinite(value)]
    if all(value.is_integer() for value in known) or max(known) >= 1000:
        decimals = 0
    else:
        decimals = 1 if max(known) >= 10 else 2
    return [NONE if math.isnan(value) else _signed(f"{value:,.{decimals}f}") for value in values]


def seconds(value: float) -> str:
    """A duration: 0.004 s, 2.50 s, 12.3 s."""
    if 0 < value < 0.0005:
        return "< 0.001 s"
    decimals = 3 if value < 1 else 2 if value < 10 else 1
    return NONE if math.isnan(value) else f"{value:,.{decimals}f} s"


def megabytes(value: float) -> str:
    """Memory: 512 MB."""
    if value < 0.5:
        return "< 1 MB"
    return NONE if math.isnan(value) else f"{value:,.0f} MB"


def deviations(value: float) -> str:
    """A difference in standard deviations: +1.7."""
    return NONE if math.isnan(value) else _signed(f"{value:+.1f}")


def listing(names: Sequence[str]) -> str:
    """a, b and c."""
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + " and " + names[-1]


def plural(number: int, noun: str) -> str:
    """1 window, 3 windows."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def counted(number: float, noun: str) -> str:
    """1 customer, 1,112 customers; a mean is rounded first."""
    shown = count(number)
    return f"{shown} {noun}" + ("" if shown == "1" else "s")


def day(moment: object) -> str:
    """The date of an ISO timestamp: 9 Dec 2011; what is none is shown as it is."""
    when = _moment(moment)
    return _written(when.date()) if when else str(moment or NONE)


def month(moment: object) -> str:
    """The month of an ISO date: Dec 2011; what is none is shown as it is."""
    when = _moment(moment)
    return f"{_MONTHS[when.month - 1]}\u00a0{when.year}" if when else str(moment or NONE)


def span(start: object, end: object) -> str:
    """The days from `start` until before `end`: 12 Nov 2011 to 9 Dec 2011."""
    until = _moment(end)
    # A half-open range that ends at midnight holds nothing of its last date.
    last = _written((until - timedelta(microseconds=1)).date()) if until else str(end or NONE)
    return f"{day(start)} to {last}"


def _moment(moment: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(moment))
    except ValueError:
        return None


def _written(when: date) -> str:
    # Unbroken at the end of a line.
    return f"{when.day}\u00a0{_MONTHS[when.month - 1]}\u00a0{when.year}"


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)

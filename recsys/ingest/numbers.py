"""Quantities and prices: what is written becomes a float, or is named as what it cannot be."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.ingest.source import Source
from recsys.ingest.text import words

PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def numbers(values: Any, source: Source) -> tuple[Any, Any]:
    """Distinct values as float64 (null where missing), and a mask of those that are no finite number."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return _finite(values.cast(pa.float64()))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return pa.nulls(len(values), pa.float64()), pc.is_valid(values)
    text = words(values)
    well_formed = pc.match_substring_regex(text, _shape(source))
    plain = pc.if_else(well_formed, _pointed(text, source), None).cast(pa.float64())
    return plain, pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(well_formed, False)))


def remedy(value: Any, source: Source) -> str:
    """What to set so that this text is a number; where nothing helps, what to mend."""
    text = str(value).strip()
    other = "," if source.decimal == "." else "."
    marks: list[tuple[dict[str, Any], str]] = [
        ({"decimal": other, "thousands": None}, f"set source.decimal: '{other}'"),
        ({"thousands": other}, f"set source.thousands: '{other}'"),
        (
            {"decimal": other, "thousands": source.decimal},
            f"set source.decimal: '{other}' and source.thousands: '{source.decimal}'",
        ),
    ]
    for change, words_for_it in marks:
        if re.match(_shape(source.model_copy(update=change)), text):
            return words_for_it
    return "mend the value, or map another column"


def _finite(values: Any) -> tuple[Any, Any]:
    known = pc.if_else(pc.is_nan(values), None, values)
    return known, pc.fill_null(pc.is_inf(known), False)


def _shape(source: Source) -> str:
    """A number in these marks; groups of digits are held to three, so that a decimal mark is not eaten."""
    if source.thousands is None and source.decimal == ".":
        return PLAIN
    point = re.escape(source.decimal)
    whole = r"\d+"
    if source.thousands is not None:
        whole = rf"(\d{{1,3}}({re.escape(source.thousands)}\d{{3}})+|\d+)"
    return rf"^[+-]?({whole}({point}\d*)?|{point}\d+)$"


def _pointed(text: Any, source: Source) -> Any:
    """Without groups, and with a decimal point."""
    if source.thousands is not None:
        text = pc.replace_substring(text, source.thousands, "")
    return text if source.decimal == "." else pc.replace_substring(text, source.decimal, ".")

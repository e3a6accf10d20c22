"""Quantities and prices: what is written becomes a float, or is named as what it cannot be."""

from __future__ import annotations

import re
import unicodedata
from itertools import product
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.ingest.source import Source
from recsys.ingest.text import words

BLANK = "[ \u00a0\u2009\u202f]"
NARROW = "[\u00a0\u2009\u202f]"
PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def numbers(values: Any, source: Source) -> tuple[Any, Any]:
    """Distinct values as float64 (null where missing), and a mask of those that are no finite number."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return _finite(values.cast(pa.float64()))
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return pa.nulls(len(values), pa.float64()), pc.is_valid(values)
    text = _plain_spaces(unsigned(words(values)), source)
    well_formed = pc.match_substring_regex(text, _shape(source))
    plain = pc.if_else(well_formed, _pointed(text, source), None).cast(pa.float64())
    plain, infinite = _finite(plain)
    return plain, pc.or_(pc.and_(pc.is_valid(text), pc.invert(pc.fill_null(well_formed, False))), infinite)


def unsigned(text: Any) -> Any:
    """The texts without a currency sign before or after the number: £2.55 and 2,55 € are 2.55 and 2,55.

    Amounts of two currencies do not add up: one with another sign than most is left as it is.
    """
    sign = signs(text)
    if sign is None:
        return text
    sign = re.escape(sign)
    text = pc.replace_substring_regex(text, rf"^([+-]?){BLANK}*{sign}{BLANK}*([+-]?)", r"\1\2")
    return pc.replace_substring_regex(text, rf"{BLANK}*{sign}$", "")


def signs(text: Any) -> str | None:
    """The currency sign that most of these texts have; None where none has any."""
    found = pc.struct_field(pc.extract_regex(text, r"(?P<sign>\p{Sc})"), "sign")
    counted = pc.value_counts(found.drop_null())
    if len(counted) == 0:
        return None
    most = pc.index(counted.field("counts"), pc.max(counted.field("counts"))).as_py()
    return str(counted.field("values")[most])


def remedy(value: Any, source: Source) -> str:
    """The fewest settings that make this text a number; where none do, what to mend."""
    text = re.sub(NARROW, " ", str(value))
    text = "".join(char for char in text if unicodedata.category(char) != "Sc").strip()
    if text != str(value).strip() and re.match(_shape(source), text):
        return "amounts of several currencies do not add up: convert it, or leave its lines out"
    found = []
    for thousands, decimal in product((None, ".", ",", " ", "'"), (".", ",")):
        marks = {"thousands": thousands, "decimal": decimal}
        changed = {name: mark for name, mark in marks.items() if mark != getattr(source, name)}
        if changed and decimal != thousands and re.match(_shape(source.model_copy(update=marks)), text):
            found.append(changed)
    if not found:
        return "mend the value, or map another column"
    # 1.234 where the decimal mark is a comma: rather a thousand than that the comma was wrong.
    least = min(found, key=lambda changed: (len(changed), "decimal" in changed))
    settings = (f"source.{name}: {'null' if mark is None else repr(mark)}" for name, mark in least.items())
    return "set " + " and ".join(settings)


def _plain_spaces(text: Any, source: Source) -> Any:
    """Groups of digits are often set apart by no-break or narrow spaces."""
    return pc.replace_substring_regex(text, NARROW, " ") if source.thousands == " " else text


def _finite(values: Any) -> tuple[Any, Any]:
    """NaN is missing."""
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

"""Ids and words in one spelling: 17850, 17850.0 and ' 17850 ' are one id; '00123' stays '00123'."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EXACT = 2.0**53  # beyond it a float no longer tells whole numbers apart
MISSING = ["", "nan", "null", "<na>", "nat"]
MISSING_ID = [*MISSING, "none"]


def ids(values: Any) -> Any:
    """Distinct ids of any type as text; null where empty or a word for nothing."""
    if pa.types.is_floating(values.type):
        return _of_floats(values.cast(pa.float64()))
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    if not pa.types.is_integer(values.type):
        # A whole number that went through a float; '00123.0' never did.
        text = pc.replace_substring_regex(text, r"^(-?(?:0|[1-9]\d*))\.0+$", r"\1")
    return _or_null(text, MISSING_ID)


def words(values: Any) -> Any:
    """Distinct texts without outer whitespace; null where empty."""
    if pa.types.is_floating(values.type):
        return _of_floats(values.cast(pa.float64()))
    return _or_null(pc.utf8_trim_whitespace(values.cast(pa.string())), MISSING)


def _of_floats(values: Any) -> Any:
    """Whole numbers without a point."""
    whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), EXACT))
    integers = pc.if_else(whole, values, None).cast(pa.int64()).cast(pa.string())
    return _or_null(pc.coalesce(integers, values.cast(pa.string())), MISSING)


def _or_null(text: Any, missing: list[str]) -> Any:
    absent = pc.is_in(pc.utf8_lower(text), value_set=pa.array(missing))
    return pc.if_else(absent, None, text)

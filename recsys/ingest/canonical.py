"""Roles instead of column names: one file's columns as ids, words, numbers and seconds.

Columns of the canonical table (all but customer, product and time may be absent):

customer, product, invoice, event, description   dictionary of text, null where missing
time       timestamp[s], the line's own time
quantity   double, 1 where no column is mapped     price   double, currency per unit
worth      double, currency of the line, 0 where unknown
attributes dictionary of text, or double
same:NAME  each file column but row numbers: lines that agree in all of them are duplicates
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.errors import SourceError, nearest
from recsys.ingest.dates import AmbiguousError, dates, shaped_like
from recsys.ingest.numbers import numbers, remedy
from recsys.ingest.raw import Raw, first_row, is_bytes, recode
from recsys.ingest.source import Source
from recsys.ingest.text import ids, words

TEXT_ROLES = {"customer": ids, "product": ids, "invoice": ids, "event": words, "description": words}
NUMBER_ROLES = ("quantity", "price", "total")
SAME = "same:"
ROW_NUMBERS = ("(column 1)", "Unnamed: 0", "__index_level_0__")  # as pandas writes them: no two are alike


def canonical(source: Source, raw: Raw) -> Any:
    """The canonical table. Raises SourceError for an absent column or an unreadable value."""
    cells = {name: raw.table[name].combine_chunks() for name in raw.table.column_names}
    made: dict[str, Any] = {}
    for role in (*TEXT_ROLES, *NUMBER_ROLES, "time"):
        name = _pick(source, raw, role)
        if name is not None:
            cells[name], made[role] = _read(source, raw, role, name)
    _money(made, len(raw))
    for attribute, names in (source.customer_columns | source.product_columns).items():
        name = _first_present(raw, names)
        if name is None:
            raise _absent(raw, names, f"attribute {attribute}")
        made[attribute] = _attribute(source, raw, name, attribute)
    return pa.table(made | {SAME + name: cell for name, cell in cells.items() if name not in ROW_NUMBERS})


def _read(source: Source, raw: Raw, role: str, name: str) -> tuple[Any, Any]:
    """A column as what duplicates are told by, and as its role needs it."""
    if role == "time":
        return _time(source, raw, name)
    if role in NUMBER_ROLES:
        return _number(source, raw, name)
    column = _column(raw, name)
    text = recode(column, TEXT_ROLES[role](column.dictionary))
    # Two spellings of an id are one id; two spellings of a description are two lines.
    return (column if role == "description" else text), text


def _column(raw: Raw, name: str) -> Any:
    """One dictionary-encoded chunk. Raises SourceError for bytes that are no text."""
    column = raw.table[name].combine_chunks()
    if is_bytes(column.type.value_type):
        raise SourceError(f"column {name!r} of {raw.name} holds bytes that are no text: map another column")
    return column


def _pick(source: Source, raw: Raw, role: str) -> str | None:
    """The file's column for a role; None where the role is not mapped."""
    names = source.columns.names(role)
    if not names:
        return None
    name = _first_present(raw, names)
    if name is None:
        raise _absent(raw, names, f"columns.{role}")
    return name


def _first_present(raw: Raw, names: list[str]) -> str | None:
    held = set(raw.table.column_names)
    return next((name.strip() for name in names if name.strip() in held), None)


def _absent(raw: Raw, names: list[str], role: str) -> SourceError:
    held = raw.table.column_names
    return SourceError(
        f"column {' or '.join(map(repr, names))} (source.{role}) is not in {raw.name}"
        f"{nearest(names[0], held)}; expected one of its columns: {', '.join(held)}; "
        f"correct source.{role}"
    )


def _number(source: Source, raw: Raw, name: str) -> tuple[Any, Any]:
    """A column as dictionary of doubles, and as doubles."""
    column = _column(raw, name)
    values, bad = numbers(column.dictionary, source)
    seen = first_row(column, bad)
    if seen is not None:
        row, value = seen
        help_ = remedy(value, source) if isinstance(value, str) else "mend the value, or map another column"
        raise SourceError(f"column {name!r} holds {value!r} ({raw.where(row)}): expected a number; {help_}")
    return recode(column, values), values.take(column.indices)


def _time(source: Source, raw: Raw, name: str) -> tuple[Any, Any]:
    """A column as dictionary of timestamps, and as timestamps."""
    column = _column(raw, name)
    try:
        values, bad = dates(column.dictionary, source)
    except AmbiguousError as error:
        held = column.dictionary[0].as_py()
        raise SourceError(
            f"column {name!r} holds {held!r} ({raw.where(0)}): {' and '.join(map(repr, error.formats))} "
            f"both fit every line; set source.date_format to one of them"
        ) from None
    seen = first_row(column, bad)
    if seen is not None:
        row, value = seen
        wanted = "an ISO date or one common format throughout"
        if source.date_format is not None:
            wanted = f"a date written {source.date_format!r}"
        raise SourceError(
            f"column {name!r} holds {value!r} ({raw.where(row)}): expected {wanted}; "
            f"set source.date_format, e.g. {_format_of(value)!r}"
        )
    return recode(column, values), values.take(column.indices)


def _format_of(value: Any) -> str:
    """A format that reads this value, or the usual example."""
    text = str(value).strip()
    forms = shaped_like(text)
    if forms:
        return forms[0]
    since_1970 = {9: "unix", 10: "unix", 12: "unix-ms", 13: "unix-ms"}
    whole, _, fraction = text.partition(".")
    digits = (whole + fraction).isdecimal()
    return since_1970.get(len(whole), "%d.%m.%Y %H:%M") if digits else "%d.%m.%Y %H:%M"


def _money(made: dict[str, Any], lines: int) -> None:
    """Quantity where none is mapped, price from totals, and the worth of each line."""
    if "quantity" not in made:
        made["quantity"] = pa.array(np.ones(lines))
    quantity = made["quantity"]
    if "total" in made:
        total = made.pop("total")
        divisor = pc.if_else(pc.equal(quantity, 0), None, quantity)
        made["price"] = pc.divide(total, divisor)
        worth = total
    elif "price" in made:
        worth = pc.multiply(quantity, made["price"])
    else:
        worth = pa.nulls(lines, pa.float64())
    made["worth"] = pc.fill_null(worth, 0.0)


def _attribute(source: Source, raw: Raw, name: str, attribute: str) -> Any:
    """Doubles where every value is a number (`cost` has to be), words otherwise, null where all is missing.

    Text counts as a number only without leading zeros, so that a postcode stays one.
    """
    if attribute == "cost":
        return _number(source, raw, name)[1]
    cell = _column(raw, name)
    text = words(cell.dictionary)
    if text.null_count == len(text):
        return pa.nulls(len(raw))
    values, bad = numbers(cell.dictionary, source)
    zeros = pc.fill_null(pc.match_substring_regex(text, r"^[+-]?0\d"), False)
    if attribute in ("country", "category") or pc.any(pc.or_(bad, zeros)).as_py():
        return recode(cell, text)
    return values.take(cell.indices)

"""Several files as one: an invoice's line that an earlier file holds too counts once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.ingest.canonical import SAME
from recsys.ingest.raw import encode, recode
from recsys.ingest.text import words

FILE = "(file)"
"""Column of the file's position in source.path; only where there are several files."""

WITHIN = ("invoice", "customer", "product", "event", "time", "quantity", "price")
"""Lines that agree in all of these are the same line of the same invoice."""


def joined(tables: list[Any]) -> Any:
    """Canonical tables below one another, with `repeated`: whether an earlier file holds the very line.

    Several files also have the column FILE. `same:` columns come out as int32 codes. A column that some file
    lacks is empty for its lines.
    """
    table = tables[0] if len(tables) == 1 else _below(tables)
    if len(tables) > 1:
        file = np.repeat(np.arange(len(tables), dtype=np.int32), [len(part) for part in tables])
        table = table.append_column(FILE, pa.array(file))
        table = table.append_column("repeated", pa.array(_repeated(table, file)))
    for position, name in enumerate(table.column_names):
        if name.startswith(SAME):
            table = table.set_column(position, name, table[name].combine_chunks().indices)
    return table


def _below(tables: list[Any]) -> Any:
    """What one file stores as numbers and another as text becomes text."""
    kinds: dict[str, set[Any]] = {}
    for field in (field for table in tables for field in table.schema if not pa.types.is_null(field.type)):
        kinds.setdefault(field.name, set()).add(field.type)
    mixed = {name for name, found in kinds.items() if len(found) > 1}
    whole = pa.concat_tables([_in_words(table, mixed) for table in tables], promote_options="default")
    return whole.unify_dictionaries().combine_chunks()


def _in_words(table: Any, mixed: set[str]) -> Any:
    for position, name in enumerate(table.column_names):
        if name in mixed:
            column = encode(table[name])
            table = table.set_column(position, name, recode(column, words(column.dictionary)))
    return table


def _repeated(table: Any, file: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Per line, whether an earlier file holds it; a difference of multisets, so the nth answers the nth.

    Keyed on the line and not on the invoice: numbers start again every year, and an export may cut an
    invoice in two. Lines without an invoice never are repeated.
    """
    repeated = np.zeros(len(file), dtype=bool)
    if "invoice" not in table.column_names:
        return repeated
    rows = _shared(table["invoice"].combine_chunks(), file)
    keys = {name: _key(table[name].combine_chunks(), rows) for name in WITHIN if name in table.column_names}
    lines = pd.DataFrame({FILE: file[rows], **keys})
    nth = lines.groupby(list(lines), sort=False, dropna=False).cumcount()
    repeated[rows] = lines.drop(columns=FILE).assign(nth=nth).duplicated()
    return repeated


def _shared(invoice: Any, file: NDArray[np.int32]) -> NDArray[np.int64]:
    """Lines whose invoice number is in more than one file."""
    size = len(invoice.dictionary)
    codes = invoice.indices.fill_null(size).to_numpy(zero_copy_only=False)
    first, last = np.full(size + 1, file[-1]), np.zeros(size + 1, dtype=np.int32)
    first[codes[::-1]] = file[::-1]
    last[codes] = file
    return np.flatnonzero((last > first)[codes] & (codes < size))


def _key(column: Any, rows: NDArray[np.int64]) -> NDArray[Any]:
    """What lines are told apart by; numbers as float32, since one file may have stored them so."""
    if pa.types.is_dictionary(column.type):
        column = column.indices.fill_null(-1)
    values = column.to_numpy(zero_copy_only=False)[rows]
    return values.astype(np.float32) if values.dtype == np.float64 else values

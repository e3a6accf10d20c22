"""Several files as one: an invoice that an earlier file holds is taken from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from recsys.ingest.canonical import SAME
from recsys.ingest.raw import encode, recode
from recsys.ingest.text import words


def joined(tables: list[Any]) -> Any:
    """Canonical tables below one another, with `repeated`: whether an earlier file holds the invoice.

    `same:` columns come out as int32 codes. A column that some file lacks is empty for its lines.
    """
    table = tables[0] if len(tables) == 1 else _below(tables)
    if len(tables) > 1:
        table = table.append_column("repeated", pa.array(_repeated(table, [len(part) for part in tables])))
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


def _repeated(table: Any, lengths: list[int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Per line, whether its invoice is in an earlier file; lines without an invoice never are."""
    file = np.repeat(np.arange(len(lengths)), lengths)
    if "invoice" not in table.column_names:
        return np.zeros(len(file), dtype=bool)
    invoice = table["invoice"].combine_chunks()
    codes = invoice.indices.fill_null(len(invoice.dictionary)).to_numpy(zero_copy_only=False)
    first = np.full(len(invoice.dictionary) + 1, len(lengths))
    first[codes[::-1]] = file[::-1]
    return np.asarray((file > first[codes]) & (codes < len(invoice.dictionary)))

"""Several files as one: an invoice that an earlier file holds is taken from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from recsys.ingest.canonical import SAME


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
    return (
        pa.concat_tables(map(_alike, tables), promote_options="default").unify_dictionaries().combine_chunks()
    )


def _alike(table: Any) -> Any:
    """File columns as text, so that files that store one differently can be put below one another."""
    for position, name in enumerate(table.column_names):
        if name.startswith(SAME) and not pa.types.is_string(table.schema.field(name).type.value_type):
            cell = table[name].combine_chunks()
            text = pa.DictionaryArray.from_arrays(cell.indices, cell.dictionary.cast(pa.string()))
            table = table.set_column(position, name, text)
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

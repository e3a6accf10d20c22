"""A file as it was read: columns by name, each a dictionary of its distinct values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.errors import SourceError

Arrow = Any  # pyarrow comes untyped


@dataclass(frozen=True, eq=False)
class Raw:
    """Columns of one file or query, before anything is interpreted.

    name: what messages call it. table: every column dictionary-encoded, in one chunk.
    where: row position -> "line 12", as a person finds it in the file.
    """

    name: str
    table: Arrow
    where: Callable[[int], str]

    def __len__(self) -> int:
        return int(self.table.num_rows)


def tidy_name(name: str) -> str:
    """A column name without byte order mark, outer whitespace and NBSP."""
    return name.replace("\ufeff", "").strip()


def checked_names(names: list[str], file: str) -> list[str]:
    """The tidied names. Raises SourceError where two are the same."""
    tidy = [tidy_name(name) for name in names]
    twice = sorted({name for name in tidy if name and tidy.count(name) > 1})
    if twice:
        raise SourceError(f"column {twice[0]!r} is in {file} twice: expected each name once; rename one")
    return [name or f"(column {position})" for position, name in enumerate(tidy, start=1)]


def encoded(table: Arrow, names: list[str]) -> Arrow:
    """The table under these names, every column one dictionary-encoded chunk."""
    return pa.table([encode(column) for column in table.columns], names=names)


def encode(column: Arrow) -> Arrow:
    """One dictionary-encoded chunk with int32 codes and, where values are text, plain strings."""
    if isinstance(column.type, pa.BaseExtensionType):  # UUIDs
        column = pa.array(
            [None if value is None else str(value) for value in column.to_pylist()], pa.string()
        )
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks()
    return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), _as_string(column.dictionary))


def _as_string(values: Arrow) -> Arrow:
    """Every kind of text in one; bytes too where they are text, as some writers do not mark it."""
    if values.type in (pa.large_string(), pa.string_view()) or is_bytes(values.type):
        try:
            return values.cast(pa.string())
        except pa.ArrowInvalid:
            return values
    return values


def is_bytes(kind: Arrow) -> bool:
    """Whether values of this type are bytes and not text."""
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(of(kind) for of in kinds)


def recode(column: Arrow, values: Arrow) -> Arrow:
    """The dictionary column with its distinct values replaced; values that became equal share a code."""
    merged = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(merged.indices.take(column.indices), merged.dictionary)


def first_row(column: Arrow, bad: Arrow) -> tuple[int, Any] | None:
    """The first row whose distinct value is marked bad, and that value."""
    rows = pc.indices_nonzero(pc.fill_null(bad.take(column.indices), False))
    if len(rows) == 0:
        return None
    row = rows[0].as_py()
    return row, column[row].as_py()

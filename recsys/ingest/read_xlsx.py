"""One sheet of an Excel workbook, as Arrow (fastexcel: calamine without a Python object per cell)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.errors import SourceError, nearest
from recsys.ingest.raw import Raw, checked_names, encoded
from recsys.ingest.source import Source


def read_xlsx(source: Source, path: Path) -> Raw:
    """All columns of the sheet. Raises SourceError where the file is no workbook or the sheet is empty."""
    book = _opened(path)
    sheet = _sheet(source, book, path)
    # All rows decide a column's type: a sample would turn a late 'C536379' among numbers into a null.
    try:
        loaded = book.load_sheet(sheet, schema_sample_rows=None)
        table = pa.table(loaded.to_arrow())
    except (fastexcel.FastExcelError, pa.ArrowInvalid) as error:
        raise SourceError(f"sheet {sheet!r} of {path.name} cannot be read ({_first_line(error)})") from None
    if table.num_rows == 0:
        raise SourceError(f"sheet {sheet!r} of {path.name} holds no lines: expected purchases below a header")
    _refuse_repeated(book, sheet, table.column_names, path)
    names = checked_names(table.column_names, path.name)
    table, rows = _without_blank_rows(pa.table([_to_second(column) for column in table.columns], names=names))
    return Raw(path.name, encoded(table, names), _where(rows))


def _opened(path: Path) -> Any:
    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise SourceError(
            f"{path.name} cannot be read as a workbook ({_first_line(error)}): check source.path, or set "
            "source.kind"
        ) from None


def _sheet(source: Source, book: Any, path: Path) -> str:
    names = list(book.sheet_names)
    if not names:
        raise SourceError(f"{path.name} holds no sheet: expected one with purchases")
    if source.sheet is None:
        return str(names[0])
    if source.sheet not in names:
        raise SourceError(
            f"sheet {source.sheet!r} is not in {path.name}{nearest(source.sheet, names)}: it has "
            f"{', '.join(names)}; correct source.sheet"
        )
    return source.sheet


def _refuse_repeated(book: Any, sheet: str, names: list[str], path: Path) -> None:
    """fastexcel renames a second 'Price' to 'Price_1': where that may be, look at the header itself."""
    if not any(name.rpartition("_")[0] in names and name.rpartition("_")[2].isdigit() for name in names):
        return
    head = book.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string")
    row = pa.table(head.to_arrow())
    checked_names([str(column[0].as_py() or "") for column in row.columns], path.name)


def _to_second(column: Any) -> Any:
    """Excel keeps days as fractions: 08:26:00 may come as 08:25:59.999."""
    return pc.round_temporal(column, unit="second") if pa.types.is_timestamp(column.type) else column


def _without_blank_rows(table: Any) -> tuple[Any, Any]:
    """The rows with any value, and where they stood."""
    filled = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns:
        filled |= column.is_valid().to_numpy()
        if filled.all():
            return table, np.arange(table.num_rows)
    rows = np.flatnonzero(filled)
    return table.take(rows), rows


def _where(rows: Any) -> Callable[[int], str]:
    return lambda row: f"row {rows[row] + 2}"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]

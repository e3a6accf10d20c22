"""Files that grow block by block, so that memory holds one block of customers."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

import pyarrow as pa
from pyarrow import csv, parquet

from recsys.export.json_lines import JsonLinesWriter
from recsys.export.spreadsheet import defused

Format = Literal["csv", "parquet", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)


class TableFile:
    """A table on its way into a file. rows: written so far. defused: texts that got an apostrophe in front.

    safe: whether texts of a CSV are kept from running as formulas; see spreadsheet.py.
    """

    def __init__(self, path: Path, kind: Format, schema: pa.Schema, *, safe: bool = True) -> None:
        self.path = path
        self.rows = 0
        self.defused = 0
        self._safe = safe and kind == "csv"
        self._writer: Any = _writer(path, kind, schema)

    def __enter__(self) -> TableFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Write one block."""
        self.rows += table.num_rows
        if self._safe:
            table, changed = defused(table)
            self.defused += changed
        self._writer.write_table(table)

    def told(self) -> dict[str, Any]:
        """What a manifest says of the closed file."""
        return {"rows": self.rows, "defused": self.defused, "sha256": _digest(self.path)}


def _writer(path: Path, kind: Format, schema: pa.Schema) -> Any:
    if kind == "csv":
        return csv.CSVWriter(path, schema)
    if kind == "parquet":
        return parquet.ParquetWriter(path, schema, compression="zstd")
    return JsonLinesWriter(path)


def _digest(path: Path) -> str:
    whole = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()

"""A Parquet file, its columns as they were stored."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.core.errors import SourceError
from recsys.ingest.raw import Raw, checked_names, encoded
from recsys.ingest.source import Source


def read_parquet(source: Source, path: Path) -> Raw:
    """All columns that are flat. Raises SourceError where the file is no Parquet or holds no rows."""
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        said = str(error).splitlines()[0]
        raise SourceError(
            f"{path.name} cannot be read as Parquet ({said}): check source.path, or set source.kind"
        ) from None
    if table.num_rows == 0:
        raise SourceError(f"{path.name} holds no rows: expected purchases; check how it was exported")
    flat = [name for name in table.column_names if not pa.types.is_nested(table.schema.field(name).type)]
    table = table.select(flat)
    return Raw(path.name, encoded(table, checked_names(flat, path.name)), lambda row: f"row {row + 1}")

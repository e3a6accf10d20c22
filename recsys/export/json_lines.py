"""Tables as JSON Lines: one object per row, in UTF-8 (https://jsonlines.org).

Each distinct text is written as JSON once, and rows are joined column by column: no loop over rows.
"""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
from pyarrow import compute


class JsonLinesWriter:
    """Writes tables of texts and numbers; what is missing or no finite number is null."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb")

    def write_table(self, table: pa.Table) -> None:
        """Append the rows of a table."""
        for batch in table.to_batches():
            self._stream.write(_encoded(batch))

    def close(self) -> None:
        self._stream.close()


def _encoded(batch: pa.RecordBatch) -> pa.Buffer | bytes:
    """The rows as they stand in the file."""
    if not batch.num_rows:
        return b""
    parts: list[pa.Array | pa.Scalar] = []
    for at, name in enumerate(batch.schema.names):
        parts += [_fixed(("{" if at == 0 else ", ") + json.dumps(name) + ": "), _values(batch.column(at))]
    lines = compute.binary_join_element_wise(*parts, _fixed("}\n"), _fixed(""))
    _, offsets, text = lines.buffers()
    ends = memoryview(offsets).cast("q")
    return text.slice(ends[lines.offset], ends[lines.offset + len(lines)] - ends[lines.offset])


def _fixed(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _values(column: pa.Array) -> pa.Array:
    """Each value as JSON."""
    if pa.types.is_string(column.type):
        found = column.dictionary_encode()
        words = [json.dumps(word, ensure_ascii=False) for word in found.dictionary.to_pylist()]
        texts = pa.array(words, pa.large_string()).take(found.indices)
    else:
        if pa.types.is_floating(column.type):
            column = compute.if_else(compute.is_finite(column), column, None)
        texts = column.cast(pa.large_string())
    return compute.fill_null(texts, "null")

"""Lists as rows of a file: customer, rank, product, description, score; names outside, no codes."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from recsys.core.ids import NOTHING
from recsys.core.topk import TopK

SCHEMA = pa.schema(
    [
        ("customer", pa.string()),
        ("rank", pa.int32()),
        ("product", pa.string()),
        ("description", pa.string()),
        ("score", pa.float32()),
    ]
)


def rows(lists: TopK, customers: NDArray[np.object_], catalogue: pd.DataFrame) -> pa.Table:
    """One row per recommended product, best first; customers: (n,) what stands for each list's owner.

    A product that the model did not rank itself (a filled place) has no score.
    """
    at, rank = np.nonzero(lists.products != NOTHING)
    product = lists.products[at, rank]
    score = lists.scores[at, rank]
    columns = [
        pa.array(customers[at], pa.string()),
        pa.array((rank + 1).astype(np.int32)),
        pa.array(catalogue["product"].to_numpy()[product], pa.string()),
        pa.array(catalogue["description"].to_numpy()[product], pa.string(), from_pandas=True),
        pa.array(score, pa.float32(), mask=np.isnan(score)),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


CONTROL = pa.schema([("customer", pa.string()), ("segment", pa.string())])


def write_control(path: Path, customers: NDArray[np.object_], segments: NDArray[np.object_]) -> str:
    """The control group as CSV: each customer and their segment; returns the file's sha256."""
    columns = [pa.array(customers, pa.string()), pa.array(segments, pa.string())]
    csv.write_csv(pa.Table.from_arrays(columns, schema=CONTROL), path)
    return sha256(path.read_bytes()).hexdigest()


class SegmentFile:
    """A file that grows block by block, so that memory holds one block of customers."""

    def __init__(self, path: Path, kind: Literal["csv", "parquet"]) -> None:
        self.path = path
        self.rows = 0
        self._writer: Any = (
            csv.CSVWriter(path, SCHEMA)
            if kind == "csv"
            else parquet.ParquetWriter(path, SCHEMA, compression="zstd")
        )

    def __enter__(self) -> SegmentFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        """Write one block."""
        self._writer.write_table(table)
        self.rows += table.num_rows

    def digest(self) -> str:
        """sha256 of the closed file."""
        whole = sha256()
        with self.path.open("rb") as stream:
            while block := stream.read(1 << 20):
                whole.update(block)
        return whole.hexdigest()

"""The log and its truth as files: Parquet or CSV, written chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from recsys.simulate.customers import COUNTRIES
from recsys.simulate.noise import SPECIALS, Lines
from recsys.simulate.settings import FAMILY, TASTE, TYPE_NAMES
from recsys.simulate.world import World

ROW_GROUP = 300_000  # lines gathered before they are written
SCHEMA = pa.schema(
    [
        ("InvoiceNo", pa.string()),
        ("StockCode", pa.string()),
        ("Description", pa.string()),
        ("Quantity", pa.int64()),
        ("InvoiceDate", pa.timestamp("us")),
        ("UnitPrice", pa.float64()),
        ("CustomerID", pa.string()),
        ("Country", pa.string()),
    ]
)


class Names:
    """Codes to the texts of the log."""

    def __init__(self, world: World) -> None:
        self._customers = world.customers
        self._start = np.datetime64(world.settings.start, "m")
        self._codes = pa.array([*world.products.code, *(special.code for special in SPECIALS)], pa.string())
        self._texts = pa.array(
            [*world.products.description, *(special.description for special in SPECIALS)], pa.string()
        )
        self._people = pa.array(world.customers.names(), pa.string())
        self._countries = pa.array(COUNTRIES, pa.string())

    def table(self, lines: Lines) -> pa.Table:
        """These lines in the Online Retail schema."""
        guest = lines.customer >= self._customers.identified
        unnamed = guest & (lines.price == 0)
        number = pc.cast(pa.array(lines.invoice), pa.string())
        mark = pc.if_else(pa.array(lines.cancels), "C", "")
        columns = [
            pc.binary_join_element_wise(mark, number, ""),
            self._codes.take(pa.array(lines.item)),
            self._texts.take(pa.array(lines.item, mask=unnamed)),
            pa.array(lines.quantity),
            pa.array((self._start + lines.minute).astype("datetime64[us]")),
            pa.array(lines.price),
            self._people.take(pa.array(lines.customer, mask=guest)),
            self._countries.take(pa.array(self._customers.country[lines.customer].astype(np.int64))),
        ]
        return pa.Table.from_arrays(columns, schema=SCHEMA)


def write_log(chunks: Iterable[Lines], names: Names, path: Path) -> int:
    """Write all chunks as Parquet or CSV, by the path's suffix; returns the number of lines."""
    written = 0
    with _writer(path) as writer:
        for table in _gathered(names.table(lines) for lines in chunks):
            writer.write_table(table)
            written += table.num_rows
    return written


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """One truth table as Parquet (no index, no pandas metadata)."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, path, compression="zstd")


def customer_table(world: World) -> pd.DataFrame:
    """One row per identified customer: type, what draws them, rhythm and spend; country."""
    people = world.customers
    rows = slice(0, people.identified)
    kind = people.kind[rows]
    family = pd.Series(np.array(world.products.family_names)[people.family[rows]], dtype="str")
    return pd.DataFrame(
        {
            "customer": people.names(),
            "type": np.array(TYPE_NAMES)[kind],
            "taste_group": pd.Series(people.group[rows], dtype="Int32").where(kind == TASTE),
            "family": family.where(kind == FAMILY),
            "visits_a_year": people.visits[rows].round(4),
            "basket": (1 + people.basket[rows]).round(4),
            "spend": people.spend[rows].round(4),
            "country": np.array(COUNTRIES)[people.country[rows]],
        }
    )


def product_table(world: World) -> pd.DataFrame:
    """One row per product: description, family, hidden taste group, price, arrival, hot spell, popularity."""
    products, start = world.products, np.datetime64(world.settings.start, "us")
    hot = np.nan_to_num(products.hot_day).round().astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "product": products.code,
            "description": products.description,
            "family": np.array(products.family_names)[products.family],
            "taste_group": products.group,
            "price": products.price,
            "popularity": (products.weight / products.weight.sum()).round(8),
            "first_day": start + products.first_day.astype("timedelta64[D]"),
            "season_peak": products.season_day,
            "hot_middle": np.where(np.isnan(products.hot_day), np.datetime64("NaT"), start + hot),
        }
    )


def _gathered(tables: Iterable[pa.Table]) -> Iterable[pa.Table]:
    """The same rows in fewer, larger tables."""
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(part.num_rows for part in waiting) >= ROW_GROUP:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _writer(path: Path) -> Any:
    """A Parquet or CSV writer; a CSV's times have no fraction of a second."""
    if path.suffix == ".csv":
        schema = SCHEMA.set(4, pa.field("InvoiceDate", pa.timestamp("s")))
        return _CsvWriter(path, schema)
    return pq.ParquetWriter(path, SCHEMA, compression="zstd")


class _CsvWriter:
    """pyarrow's CSV writer with the times cast to whole seconds."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        options = pyarrow.csv.WriteOptions(quoting_style="needed")
        self._writer = pyarrow.csv.CSVWriter(str(path), schema, write_options=options)

    def write_table(self, table: pa.Table) -> None:
        """Append these rows."""
        self._writer.write_table(table.cast(self._schema))

    def __enter__(self) -> _CsvWriter:
        return self

    def __exit__(self, *problem: object) -> None:
        self._writer.close()

"""A public log from its home: fetched, checked against what is known of it, kept as Parquet."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys.ingest.datasets import MEGABYTE, Dataset, Facts, Part
from recsys.ingest.download import FetchError, Report, download
from recsys.ingest.paths import sha256
from recsys.ingest.text import ids

UNPACKED = 2_000 * MEGABYTE  # all of a workbook's own parts together
KINDS = (  # of Dataset.columns
    *(pa.large_string(), pa.large_string(), pa.large_string(), pa.int64()),
    *(pa.timestamp("us"), pa.float64(), pa.int64(), pa.large_string()),
)


@dataclass(frozen=True)
class Fetched:
    """Where the files are, and whether they had to be fetched."""

    files: tuple[Path, ...]
    fresh: bool


def fetch(
    dataset: Dataset, to: Path, *, url: str | None = None, force: bool = False, report: Report
) -> Fetched:
    """Every part of the log in folder `to`, each with a .json that says where it came from.

    Raises FetchError; an interrupted download leaves one .part file, with which the next call goes on.
    """
    files = tuple(to / part.file for part in dataset.parts)
    if not force and all(file.is_file() for file in files):
        for file in files:
            _refuse_changed(file)
        return Fetched(files, fresh=False)
    address = url or dataset.url
    kept = to / f"{dataset.name}.zip.part"
    zipped = download(address, kept, limit=dataset.limit, report=report)
    try:
        tables = _tables(dataset, zipped)
    except FetchError:
        kept.unlink()  # it would be as wrong the next time
        raise
    origin = {
        "name": dataset.name,
        "title": dataset.title,
        "url": address,
        "licence": dataset.licence,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "download_bytes": len(zipped),
        "download_sha256": hashlib.sha256(zipped).hexdigest(),
    }
    for file, part, table in zip(files, dataset.parts, tables, strict=True):
        _keep(file, table, origin | {"sheet": part.sheet, "lines": len(table)})
    kept.unlink()
    return Fetched(files, fresh=True)


def _refuse_changed(file: Path) -> None:
    """A file that is no longer what was fetched is the user's: it is not overwritten unasked."""
    try:
        known = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if known != sha256(file):
        raise FetchError(
            f"{file} has changed since it was fetched: move it away, or fetch again with --force"
        )


def _tables(dataset: Dataset, zipped: bytes) -> list[Any]:
    """The sheets, each checked against its facts."""
    book = _workbook(dataset, zipped)
    return [_checked(dataset, part, _sheet(dataset, part, book)) for part in dataset.parts]


def _workbook(dataset: Dataset, zipped: bytes) -> Any:
    """The one expected member, read in memory and never beyond its limit; no path in the zip is followed."""
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive, archive.open(dataset.member) as member:
            content = member.read(dataset.limit + 1)
        if len(content) > dataset.limit:
            raise FetchError(f"{dataset.member} unpacks to more than {dataset.limit:,} bytes: refused")
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            if sum(info.file_size for info in inner.infolist()) > UNPACKED:
                raise FetchError(f"{dataset.member} unpacks to more than {UNPACKED:,} bytes: refused")
        return fastexcel.read_excel(content)
    except KeyError:
        raise FetchError(f"the download holds no {dataset.member!r}: its home has changed it") from None
    except (
        zipfile.BadZipFile,
        fastexcel.FastExcelError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise FetchError(
            f"the download is damaged ({error}): run the same command again to start over"
        ) from None


def _sheet(dataset: Dataset, part: Part, book: Any) -> Any:
    """The sheet with its columns in the types that its Parquet file has."""
    try:
        table = pa.table(book.load_sheet(part.sheet, schema_sample_rows=None).to_arrow())
    except (fastexcel.FastExcelError, pa.ArrowInvalid) as error:
        raise FetchError(f"sheet {part.sheet!r} of {dataset.member} cannot be read ({error})") from None
    if tuple(table.column_names) != dataset.columns:
        raise FetchError(
            f"sheet {part.sheet!r} has columns {', '.join(table.column_names)}: expected "
            f"{', '.join(dataset.columns)}"
        )
    try:
        columns = [_typed(column, kind) for column, kind in zip(table.columns, KINDS, strict=True)]
    except pa.ArrowInvalid as error:
        raise FetchError(f"sheet {part.sheet!r} of {dataset.member} holds other values: {error}") from None
    return pa.table(columns, names=list(dataset.columns))


def _typed(column: Any, kind: Any) -> Any:
    if pa.types.is_large_string(kind):
        if pa.types.is_floating(column.type):
            column = ids(column.combine_chunks())
        return column.cast(kind)
    if pa.types.is_timestamp(kind):
        return pc.round_temporal(column, unit="second").cast(kind)
    return column.cast(kind)


def _checked(dataset: Dataset, part: Part, table: Any) -> Any:
    """The table, if it holds what is known of it."""
    invoice, _, _, _, time, _, customer, _ = (table[name] for name in dataset.columns)
    ends = pc.min_max(time).as_py()
    held = Facts(
        len(table),
        pc.count_distinct(invoice).as_py(),
        pc.count_distinct(customer).as_py(),
        ends["min"],
        ends["max"],
    )
    if held != part.facts:
        raise FetchError(
            f"{part.sheet!r} holds {_told(held)}: expected {_told(part.facts)}; its home has changed it"
        )
    return table


def _told(facts: Facts) -> str:
    return (
        f"{facts.lines:,} lines, {facts.invoices:,} invoices and {facts.customers:,} customers, "
        f"{facts.first} to {facts.last}"
    )


def _keep(file: Path, table: Any, origin: dict[str, Any]) -> None:
    """Parquet and JSON, each written beside its place and renamed when whole."""
    half = file.with_suffix(".parquet.tmp")
    try:
        pq.write_table(table, half, compression="zstd")
        about = json.dumps(origin | {"sha256": sha256(half)}, indent=2) + "\n"
        os.replace(half, file)
        half.write_text(about, encoding="utf-8")
        os.replace(half, file.with_suffix(".json"))
    except OSError as error:
        raise FetchError(
            f"{file} cannot be written ({error.strerror}): choose another folder with --to"
        ) from None
    finally:
        half.unlink(missing_ok=True)

"""A parsed and cleaned log, kept as Parquet and JSON beside others in a cache folder.

Folder per log: lines, cancellations, evidence (and gross) .parquet, names of each map as .parquet, log.json.
Whatever is wrong with it (absent, torn, of another version, not writable) means: parse again. Nothing is
pickled; pages carry checksums; an entry is written beside its place and renamed when whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys import __version__
from recsys.core.ids import IdMap
from recsys.core.log import TransactionLog, check_lines
from recsys.ingest.clean import Clean
from recsys.ingest.source import Source

FORMAT = 3  # raise it when the meaning of an entry changes: cleaning, coding, columns
KEPT = 20  # entries; older ones go
FRAMES = ("lines", "cancellations", "evidence", "gross")
MAPS = ("customers", "products", "descriptions")

Told = dict[str, Any]
"""What is kept beside the log: the rows of the ledger and of what is missing, and the notes."""


def key(sha256: str, source: Source, clean: Clean) -> str:
    """The same for the same content read in the same way; where the file lies does not matter."""
    said = [FORMAT, __version__, sha256, source.model_dump_json(exclude={"path"}), clean.model_dump_json()]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def recall(place: Path) -> tuple[TransactionLog, Told] | None:
    """The entry, or None where there is no sound one."""
    try:
        told = json.loads((place / "log.json").read_text(encoding="utf-8"))
        categories = told["categories"]
        frames = {name: _frame(place / f"{name}.parquet", categories) for name in told["frames"]}
        check_lines(frames["lines"])
        maps: dict[str, Any] = {name: IdMap(_names(place / f"{name}.parquet")) for name in MAPS}
        log = TransactionLog(
            **frames,
            **maps,
            end=np.datetime64(told["end"], "s"),
            customer_columns=tuple(told["customer_columns"]),
            product_columns=tuple(told["product_columns"]),
        )
        os.utime(place)
        return log, told
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        return None


def remember(place: Path, log: TransactionLog, told: Told) -> None:
    """Keep the log; where that is impossible, nothing happens."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = Path(tempfile.mkdtemp(prefix=".partial-", dir=place.parent))
    except OSError:
        return
    try:
        _write(half, log, told)
        shutil.rmtree(place, ignore_errors=True)
        half.rename(place)
        _forget_oldest(place.parent)
    except (OSError, pa.ArrowException):
        pass
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _write(half: Path, log: TransactionLog, told: Told) -> None:
    frames = [name for name in FRAMES if getattr(log, name) is not None]
    for name in frames:
        _save({column: _plain(values) for column, values in getattr(log, name).items()}, half, name)
    for name in MAPS:
        _save({"name": pa.array(getattr(log, name).names, pa.string())}, half, name)
    kept = told | {
        "frames": frames,
        "categories": _categories(log.lines),
        "end": str(log.end),
        "customer_columns": log.customer_columns,
        "product_columns": log.product_columns,
    }
    (half / "log.json").write_text(json.dumps(kept), encoding="utf-8")


def _save(columns: dict[str, Any], half: Path, name: str) -> None:
    pq.write_table(pa.table(columns), half / f"{name}.parquet", compression="zstd", write_page_checksum=True)


def _plain(values: pd.Series) -> Any:
    """Categories as their codes: their names are in log.json."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy()
    return pa.array(values.to_numpy())


def _categories(lines: pd.DataFrame) -> dict[str, list[str]]:
    kinds = {name: values for name, values in lines.items() if isinstance(values.dtype, pd.CategoricalDtype)}
    return {str(name): list(values.cat.categories) for name, values in kinds.items()}


def _frame(path: Path, categories: dict[str, list[str]]) -> pd.DataFrame:
    table = _table(path)
    columns: dict[str, Any] = {}
    for name in table.column_names:
        values = table[name].to_numpy()
        if pa.types.is_timestamp(table.schema.field(name).type):
            values = values.astype("datetime64[s]")
        if name in categories:
            values = pd.Categorical.from_codes(values, categories=pd.Index(categories[name], dtype="str"))
        columns[name] = values
    return pd.DataFrame(columns)


def _names(path: Path) -> Any:
    return np.array(_table(path)["name"].to_pylist(), dtype=object)


def _table(path: Path) -> Any:
    return pq.read_table(path, page_checksum_verification=True, partitioning=None)


def _forget_oldest(parent: Path) -> None:
    """Hold the folder to KEPT entries."""
    entries = [entry for entry in parent.iterdir() if (entry / "log.json").is_file()]
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(entry, ignore_errors=True)

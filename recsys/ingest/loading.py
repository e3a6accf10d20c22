"""`load`: find, read, interpret, clean, code; or take all of it from the cache."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.core.cache_folder import cache_folder
from recsys.core.log import TransactionLog
from recsys.ingest import cache as kept
from recsys.ingest.clean import Clean
from recsys.ingest.ledger import as_ledger
from recsys.ingest.missing import COLUMNS, missing
from recsys.ingest.paths import find, sha256_of
from recsys.ingest.raw import Raw
from recsys.ingest.source import Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A log, and how it came to be.

    ledger: rule, lines, customers (who vanish), revenue; `read` first, `kept` last.
    sha256: of the input. notes: what should be said once. files: what was read, in order. missing: what each
    column of the input lacks, as `recsys.ingest.missing` has it.
    """

    log: TransactionLog
    ledger: pd.DataFrame
    sha256: str
    notes: tuple[str, ...]
    files: tuple[Path, ...]
    missing: pd.DataFrame

    def __repr__(self) -> str:
        return f"Loaded({self.log!r} from {', '.join(file.name for file in self.files) or 'a query'})"


def load(
    source: Source, clean: Clean | None = None, *, roots: Sequence[Path] = (), cache: Path | None = None
) -> Loaded:
    """The purchases a source describes, cleaned (absent: the default rules).

    roots: folders to look in beside those `find` knows. cache: where parsed logs are kept (absent: see
    `core.cache_folder`); queries are asked anew every time. Raises SourceError and ConfigError.
    """
    clean = Clean() if clean is None else clean
    if source.kind == "sql":
        return _from_query(source, clean, roots)
    files = tuple(find(path, roots) for path in source.paths)
    digest = sha256_of(files)
    place = cache_folder(cache) / kept.key(digest, source, clean)
    entry = kept.recall(place)
    if entry is not None:
        log, told = entry
        logger.info("the cache holds the log, cleaned: %s", place)
        lacks = pd.DataFrame(told["missing"], columns=list(COLUMNS))
        return Loaded(log, as_ledger(told["ledger"]), digest, tuple(told["notes"]), files, lacks)
    logger.info("the cache does not hold the log: parsing %s", ", ".join(map(str, files)))
    log, ledger, notes, lacks = _from_files(source, clean, files)
    rows = {"ledger": ledger.to_numpy().tolist(), "missing": lacks.to_numpy().tolist()}
    kept.remember(place, log, rows | {"notes": notes})
    return Loaded(log, ledger, digest, notes, files, lacks)


def _from_files(source: Source, clean: Clean, files: Sequence[Path]) -> Any:
    from recsys.ingest.canonical import canonical
    from recsys.ingest.cleaned import cleaned
    from recsys.ingest.joined import joined

    read, parts = reader(source), []

    def raws() -> Iterator[Raw]:  # one at a time: a raw file is as large as what is made of it
        for file in files:
            raw = read(source, file)
            parts.append(canonical(source, raw))
            yield raw

    lacks = missing(source, raws())
    return (*cleaned(source, clean, joined(parts)), lacks)


def _from_query(source: Source, clean: Clean, roots: Sequence[Path]) -> Loaded:
    from recsys.ingest.canonical import canonical
    from recsys.ingest.cleaned import cleaned
    from recsys.ingest.joined import joined
    from recsys.ingest.read_sql import read_sql

    raw, digest = read_sql(source, roots)
    log, ledger, notes = cleaned(source, clean, joined([canonical(source, raw)]))
    return Loaded(log, ledger, digest, notes, (), missing(source, [raw]))


def reader(source: Source) -> Any:
    """The reader of a kind; its library is imported only where it is needed."""
    if source.kind == "csv":
        from recsys.ingest.read_csv import read_csv

        return read_csv
    if source.kind == "xlsx":
        from recsys.ingest.read_xlsx import read_xlsx

        return read_xlsx
    from recsys.ingest.read_parquet import read_parquet

    return read_parquet

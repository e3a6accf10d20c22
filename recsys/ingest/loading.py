"""`load`: find, read, interpret, clean, code; or take all of it from the cache."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.core.log import TransactionLog
from recsys.ingest import cache as kept
from recsys.ingest.clean import Clean
from recsys.ingest.ledger import as_ledger
from recsys.ingest.paths import find, sha256_of
from recsys.ingest.source import Source

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A log, and how it came to be.

    ledger: rule, lines, customers (who vanish), revenue; `read` first, `kept` last.
    sha256: of the input. notes: what should be said once. files: what was read, in order.
    """

    log: TransactionLog
    ledger: pd.DataFrame
    sha256: str
    notes: tuple[str, ...]
    files: tuple[Path, ...]

    def __repr__(self) -> str:
        return f"Loaded({self.log!r} from {', '.join(file.name for file in self.files) or 'a query'})"


def load(
    source: Source, clean: Clean | None = None, *, roots: Sequence[Path] = (), cache: Path | None = None
) -> Loaded:
    """The purchases a source describes, cleaned (absent: the default rules).

    roots: folders to look in beside those `find` knows. cache: where parsed logs are kept (absent: see
    `cache.folder`); queries are asked anew every time. Raises SourceError and ConfigError.
    """
    clean = Clean() if clean is None else clean
    if source.kind == "sql":
        return _from_query(source, clean, roots)
    files = tuple(find(path, roots) for path in source.paths)
    digest = sha256_of(files)
    place = kept.folder(cache) / kept.key(digest, source, clean)
    entry = kept.recall(place)
    if entry is not None:
        log, told = entry
        logger.info("the cache holds the log, cleaned: %s", place)
        return Loaded(log, as_ledger(told["ledger"]), digest, tuple(told["notes"]), files)
    logger.info("the cache does not hold the log: parsing %s", ", ".join(map(str, files)))
    log, ledger, notes = _from_files(source, clean, files)
    kept.remember(place, log, {"ledger": ledger.to_numpy().tolist(), "notes": notes})
    return Loaded(log, ledger, digest, notes, files)


def _from_files(source: Source, clean: Clean, files: Sequence[Path]) -> Any:
    from recsys.ingest.canonical import canonical
    from recsys.ingest.cleaned import cleaned
    from recsys.ingest.joined import joined

    read = reader(source)
    return cleaned(source, clean, joined([canonical(source, read(source, file)) for file in files]))


def _from_query(source: Source, clean: Clean, roots: Sequence[Path]) -> Loaded:
    from recsys.ingest.canonical import canonical
    from recsys.ingest.cleaned import cleaned
    from recsys.ingest.joined import joined
    from recsys.ingest.read_sql import read_sql

    raw, digest = read_sql(source, roots)
    log, ledger, notes = cleaned(source, clean, joined([canonical(source, raw)]))
    return Loaded(log, ledger, digest, notes, ())


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

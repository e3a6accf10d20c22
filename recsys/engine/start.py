"""A log that nobody has described -> a config that runs, with the reason for every line of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.core.errors import ConfigError, SourceError
from recsys.core.log import TransactionLog
from recsys.engine.config import read_config
from recsys.engine.draft import draft
from recsys.ingest import Clean, Loaded, Source, load
from recsys.ingest.guess import Guess, guess

CHOICES = ((28, 3), (28, 2), (28, 1), (14, 2), (14, 1), (7, 2), (7, 1), (3, 1), (1, 1))
"""Days of a window and windows, best first."""
CONFIGS = (".yaml", ".yml")
ENOUGH = 30
"""Customers with history who buy in a window, for it to say anything."""


@dataclass(frozen=True)
class Cut:
    """Windows that fit a log. judged: customers in the window that has fewest."""

    holdout_days: int
    windows: int
    judged: int
    days: int


@dataclass(frozen=True, eq=False)
class Started:
    """The config that was written, and what it rests on."""

    config: Path
    guess: Guess
    loaded: Loaded
    cut: Cut


def start(
    log: Path, out: Path | None = None, *, force: bool = False, columns: Mapping[str, str] | None = None
) -> Started:
    """Guess the log, read it as guessed, and write a config for it; whole or not at all.

    out: absent: the log's name with .yaml, here. columns: column by role, where the user knows better.
    Raises ConfigError where `out` is there already (without `force`) or cannot be written, and SourceError
    where the log cannot be used.
    """
    out = Path(f"{title(log)}.yaml") if out is None else out
    _refuse_to_overwrite(out, force)
    found, source, clean, loaded = guessed(log, Path(os.path.abspath(out)).parent, columns)
    cut = cut_of(loaded.log)
    text = draft(
        title(log), out.name, found, source, clean, loaded, cut.holdout_days, cut.windows, cut.judged
    )
    _write(out, text)
    return Started(out, found, loaded, cut)


def guessed(
    log: Path, folder: Path, columns: Mapping[str, str] | None = None
) -> tuple[Guess, Source, Clean, Loaded]:
    """The guess, as a source whose path works from `folder`, and the log that it reads."""
    found = guess(log, columns)
    source = found.source.model_copy(update={"path": path_from(folder, found.path)})
    clean = Clean.model_validate({name: value for name, (value, _) in found.clean.items()})
    return found, source, clean, load(source, clean, roots=(folder,))


def title(log: Path) -> str:
    """The log's name as a name in a config: letters, digits, - and _."""
    stem = re.sub(r"(\.csv)?\.gz$", "", log.name)
    stem = re.sub(r"\.(csv|tsv|txt|parquet|xlsx|xls)$", "", stem, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:60] or "log"


def path_from(folder: Path, file: Path) -> str:
    """The path to write in a config in `folder`: relative where both lie in one project, else absolute."""
    whole = Path(os.path.abspath(file))  # links are left as they are
    relative = Path(os.path.relpath(whole, folder))
    near = relative.parts.count("..") <= 1 and (folder / relative).resolve() == whole.resolve()
    return (relative if near else whole).as_posix()


def cut_of(log: TransactionLog) -> Cut:
    """The longest windows whose history is at least as long and in which enough customers come back.

    Raises SourceError where nobody comes back at all.
    """
    lines = log.lines if log.gross is None else log.gross
    first = lines["time"].to_numpy()[0].astype("datetime64[D]").astype("datetime64[s]")
    days = int((log.end - first) / np.timedelta64(1, "D"))
    found = [
        Cut(holdout, windows, _judged(log, holdout, windows), days)
        for holdout, windows in CHOICES
        if holdout * windows < days
    ]
    for cut in found:
        if 2 * cut.holdout_days * cut.windows <= days and cut.judged >= ENOUGH:
            return cut
    best = max(found, key=lambda cut: cut.judged, default=None)
    if best is None or best.judged == 0:
        raise SourceError(
            f"the log covers {days} day(s), {str(first)[:10]} to {str(log.end)[:10]}, and no customer of its "
            "first days buys again in its last: expected customers who come back; use a longer log, or check "
            "which column is the customer (--column customer=NAME)"
        )
    return best


def _judged(log: TransactionLog, holdout: int, windows: int) -> int:
    """Customers with history who buy something known, in the window that has fewest."""
    lines = log.lines
    time, customer, product = (lines[name].to_numpy() for name in ("time", "customer", "product"))
    counts = []
    for window in range(windows):
        end = log.end - np.timedelta64(window * holdout, "D")
        cutoff = end - np.timedelta64(holdout, "D")
        before, within = time < cutoff, (time >= cutoff) & (time < end)
        known = np.isin(customer, customer[before]) & np.isin(product, product[before])
        counts.append(len(np.unique(customer[within & known])))
    return min(counts)


def _refuse_to_overwrite(out: Path, force: bool) -> None:
    if out.is_dir():
        raise ConfigError(f"{str(out)!r} is a folder: expected a file to write; name one, as in my.yaml")
    if out.suffix.lower() not in CONFIGS:
        raise ConfigError(f"{str(out)!r} is no name of a config: expected it to end in .yaml; add that")
    if out.exists() and not force:
        raise ConfigError(f"{str(out)!r} is there already: expected a new file; name another, or add --force")
    if not out.resolve().parent.is_dir():
        raise ConfigError(f"{str(out.parent)!r} is no folder: expected one to write in; make it first")


def _write(out: Path, text: str) -> None:
    """Beside it first, read as a config, then renamed."""
    partial = out.with_name(f".{out.stem}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        read_config(partial)
        partial.replace(out)
    except OSError as cause:
        raise ConfigError(f"{str(out)!r} cannot be written ({cause.strerror}): name another file") from None
    finally:
        partial.unlink(missing_ok=True)

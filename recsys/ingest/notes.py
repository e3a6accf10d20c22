"""What a user should be told once about a log: what it lacks, and what was decided for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.core.log import TransactionLog
from recsys.ingest.clean import Clean
from recsys.ingest.coding import BREAK, starts
from recsys.ingest.joined import FILE
from recsys.ingest.ledger import UNASKED
from recsys.ingest.rules import RETURNS
from recsys.ingest.source import Events, Source

SHOWN = 5  # values named before "..."
MUCH = 0.2  # share of a file's lines beyond which it is odd that earlier files hold them
LONG = np.timedelta64(60, "D")  # an empty stretch beyond which a date may be mistyped, where it is also
WIDE = 1 / 3  # more than that share of the log's span, or has
FEW = 0.01  # less than that share of the lines beyond it


def notes(
    source: Source,
    clean: Clean,
    table: Any,
    log: TransactionLog,
    ledger: pd.DataFrame,
    purchases: NDArray[np.int64],
) -> tuple[str, ...]:
    """Sentences, most important first. purchases: rows of the table that became the log's lines."""
    return (
        *_astray(log),
        *_lacking(source, clean, log),
        *_dropped(ledger),
        *_returned(ledger),
        *_repeated(table),
        *_events(source, table),
        *_long(table, purchases),
    )


def _astray(log: TransactionLog) -> Iterator[str]:
    """A few purchases far from all others, as where a year is mistyped: the last one decides the windows."""
    raw = log.lines if log.gross is None else log.gross
    time = raw["time"].to_numpy()
    gap = time[1:] - time[:-1]
    after = np.arange(1, len(time))  # lines before each gap
    beyond = np.minimum(after, len(time) - after)
    odd = (gap > LONG) & ((gap > WIDE * (time[-1] - time[0])) | (beyond < FEW * len(time)))
    early = np.flatnonzero(odd & (after < len(time) - after))
    late = np.flatnonzero(odd & (after >= len(time) - after))
    if len(late):
        yield _stretch(time, late[0], int(beyond[late[0]]), "after")
    if len(early):
        yield _stretch(time, early[-1], int(beyond[early[-1]]), "before")


def _stretch(time: NDArray[np.datetime64], at: int, lines: int, side: str) -> str:
    first, last = (str(moment)[:10] for moment in (time[at], time[at + 1]))
    days = int((time[at + 1] - time[at]) / np.timedelta64(1, "D"))
    what = "the log ends there, and its windows with it" if side == "after" else "the log begins there"
    lie, dates = ("lies", "its date is") if lines == 1 else ("lie", "their dates are")
    return (
        f"{lines:,} line{_s(lines)} {lie} {side} {days:,} days without a purchase, {first} to {last}: "
        f"{what}; if {dates} mistyped, mend the source or take the line{_s(lines)} out"
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _lacking(source: Source, clean: Clean, log: TransactionLog) -> Iterator[str]:
    if source.columns.price is None and source.columns.total is None:
        yield "no price column is mapped: money metrics are off"
    elif not log.priced:
        yield "no line has a price: money metrics are off"
    if source.columns.description is None:
        yield "no description is mapped: content-based recommenders cannot be fitted"
        if clean.missing_description or clean.descriptions:
            yield "no description is mapped: the rules of clean that read it are off"
    elif len(log.descriptions) == 0:
        yield "no line has a description: content-based recommenders cannot be fitted"
    if source.columns.invoice is None:
        yield "no invoice is mapped: what a customer buys on one day counts as one basket"
        if "cancellations" in clean.model_fields_set and clean.returns is not None:
            yield "no invoice is mapped: clean.cancellations has nothing to go by and is off"
        if len(source.paths) > 1:
            yield "no invoice is mapped: a line that two files hold counts twice"
    if source.columns.quantity is None:
        yield "no quantity is mapped: every line counts as one unit"


def _dropped(ledger: pd.DataFrame) -> Iterator[str]:
    """Lines that no rule of the config asked to remove."""
    for row in ledger[ledger["rule"].isin(UNASKED)].itertuples():
        what = str(row.rule).removeprefix("missing-")
        were = "was" if row.lines == 1 else "were"
        yield f"{row.lines:,} line{_s(row.lines)} without {what} {were} left out"


def _returned(ledger: pd.DataFrame) -> Iterator[str]:
    for lines in ledger.loc[ledger["rule"] == RETURNS, "lines"]:
        count = "counts as a return" if lines == 1 else "count as returns"
        yield (
            f"{lines:,} line{_s(lines)} with negative units {count}: money is net of that, and it is no "
            "purchase (clean.quantity lets it pass)"
        )


def _repeated(table: Any) -> Iterator[str]:
    """Files whose lines earlier files hold in good part."""
    if FILE not in table.column_names:
        return
    file, repeated = table[FILE].to_numpy(), table["repeated"].to_numpy()
    lines, gone = np.bincount(file), np.bincount(file, weights=repeated).astype(int)
    for at in np.flatnonzero(gone > MUCH * lines):
        yield (
            f"file {at + 1} of source.path: {gone[at]:,} of its {lines[at]:,} lines "
            f"({gone[at] / lines[at]:.0%}) stand in earlier files, with the same invoice, customer, product, "
            "time, quantity and price, and count once; check that these files are meant to overlap"
        )


def _events(source: Source, table: Any) -> Iterator[str]:
    if source.columns.event is None:
        return
    events = source.events or Events()
    seen = [value for value in pc.unique(table["event"]).to_pylist() if value is not None]
    unknown = sorted({*seen} - {*events.purchases} - {*events.weights})
    if unknown:
        shown = ", ".join(map(repr, unknown[:SHOWN])) + (", ..." if len(unknown) > SHOWN else "")
        yield f"events {shown} have no weight and were left out; set source.events.weights to use them"


def _long(table: Any, purchases: NDArray[np.int64]) -> Iterator[str]:
    """Invoice numbers that one customer has again, and invoices longer than a day."""
    if "invoice" not in table.column_names:
        return
    lines = table.select(["invoice", "customer", "time"]).take(purchases).combine_chunks()
    invoice, customer = (lines[name].combine_chunks().indices for name in ("invoice", "customer"))
    named = invoice.is_valid().to_numpy(zero_copy_only=False)
    key = invoice.fill_null(0).to_numpy().astype(np.int64) * (pc.max(customer).as_py() + 1)
    key, time = (key + customer.to_numpy())[named], lines["time"].to_numpy()[named]
    order = np.lexsort((time, key))
    key, time = key[order], time[order]
    head = np.flatnonzero(starts(key, time))
    again = len(head) - len(np.unique(key))
    if again:
        yield (
            f"{again:,} time{_s(again)} a customer has an invoice number again after more than a day: that "
            "is a basket of its own, at its own time"
        )
    last = np.append(head, len(key))[1:] - 1
    long = int((time[last] - time[head] > BREAK).sum())
    if long:
        yield (
            f"{long:,} invoice{' spans' if long == 1 else 's span'} more than a day: every line counts at "
            "the first time of its invoice"
        )

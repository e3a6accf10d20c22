"""What a user should be told once about a log: what it lacks, and what was decided for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from recsys.core.log import TransactionLog
from recsys.ingest.clean import Clean
from recsys.ingest.ledger import UNLISTED
from recsys.ingest.source import Events, Source

SHOWN = 5  # values named before "..."


def notes(
    source: Source, clean: Clean, table: Any, log: TransactionLog, ledger: pd.DataFrame
) -> tuple[str, ...]:
    """Sentences, most important first."""
    return (*_lacking(source, clean, log), *_dropped(ledger), *_events(source, table), *_long(table))


def _lacking(source: Source, clean: Clean, log: TransactionLog) -> Iterator[str]:
    if source.columns.price is None and source.columns.total is None:
        yield "no price column is mapped: money metrics are off"
    elif not log.priced:
        yield "no line has a price: money metrics are off"
    if source.columns.description is None:
        yield "no description is mapped: content-based recommenders cannot be fitted"
    elif len(log.descriptions) == 0:
        yield "no line has a description: content-based recommenders cannot be fitted"
    if source.columns.invoice is None:
        yield "no invoice is mapped: what a customer buys on one day counts as one basket"
        if "cancellations" in clean.model_fields_set and clean.returns is not None:
            yield "no invoice is mapped: clean.cancellations has nothing to go by and is off"
    if source.columns.quantity is None:
        yield "no quantity is mapped: every line counts as one unit"


def _dropped(ledger: pd.DataFrame) -> Iterator[str]:
    """Lines that no rule of the config asked to remove."""
    for row in ledger[ledger["rule"].isin(UNLISTED)].itertuples():
        what = str(row.rule).removeprefix("missing-")
        one = row.lines == 1
        yield f"{row.lines:,} line{'' if one else 's'} without {what} {'was' if one else 'were'} left out"


def _events(source: Source, table: Any) -> Iterator[str]:
    if source.columns.event is None:
        return
    events = source.events or Events()
    seen = [value for value in pc.unique(table["event"]).to_pylist() if value is not None]
    unknown = sorted({*seen} - {*events.purchases} - {*events.weights})
    if unknown:
        shown = ", ".join(map(repr, unknown[:SHOWN])) + (", ..." if len(unknown) > SHOWN else "")
        yield f"events {shown} have no weight and were left out; set source.events.weights to use them"


def _long(table: Any) -> Iterator[str]:
    """Invoices longer than a day, as where their numbers start again every year."""
    if "invoice" not in table.column_names:
        return
    codes = table["invoice"].combine_chunks().indices
    spans = pa.table({"invoice": codes, "time": table["time"]}).group_by("invoice")
    ends = spans.aggregate([("time", "min"), ("time", "max")]).filter(pc.field("invoice").is_valid())
    days = pc.subtract(ends["time_max"], ends["time_min"]).cast(pa.int64()).to_numpy() / 86_400
    long = int((days > 1).sum())
    if long:
        yield (
            f"{long:,} invoice{' spans' if long == 1 else 's span'} more than a day: every line counts at "
            "the first time of its invoice; check that invoice numbers are not used twice"
        )

"""Canonical lines -> a coded log, its ledger and what to say about it."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.errors import ConfigError, SourceError
from recsys.core.log import TransactionLog
from recsys.ingest.canonical import SAME
from recsys.ingest.clean import Clean
from recsys.ingest.coding import Chosen, coded
from recsys.ingest.ledger import ledger, told, with_netting
from recsys.ingest.notes import notes
from recsys.ingest.rules import RETURNS, RULE, tagged, too_little
from recsys.ingest.source import Events, Source

RULE_COLUMNS = (
    *("customer", "product", "invoice", "event", "time"),
    *("quantity", "price", "worth", "repeated"),
)


def cleaned(source: Source, clean: Clean, table: Any) -> tuple[TransactionLog, pd.DataFrame, tuple[str, ...]]:
    """The log, the ledger and the notes. Raises where nothing usable is left."""
    frame, names = _tagged(source, clean, table)
    removed = ledger(frame, names)
    chosen = _chosen(source, clean, frame, names)
    _refuse_unusable(clean, frame, chosen.purchases, removed)
    nets = clean.returns is not None and clean.returns.mode == "net"
    log = coded(source, table, chosen, nets=nets, returners=clean.cancellations.returners)
    if log.gross is not None:
        removed = with_netting(removed, *_netted(log.gross, log.lines))
    return log, removed, notes(source, clean, table, log, removed, chosen.purchases)


def _tagged(source: Source, clean: Clean, table: Any) -> tuple[nw.DataFrame[Any], list[str]]:
    same = [name for name in table.column_names if name.startswith(SAME)]
    events = source.events or Events()
    try:
        return tagged(_plain(table, _read_by(clean)), clean, same=same, purchases=events.purchases)
    except pa.ArrowInvalid as error:
        raise ConfigError(
            f"clean.product_code {clean.product_code!r} cannot be used ({error}): expected a pattern without "
            "look-around or back-references"
        ) from None


def _read_by(clean: Clean) -> set[str]:
    """Columns of the table that the rules read."""
    told = {"description"} if clean.missing_description or clean.descriptions else set()
    return told.union(RULE_COLUMNS)


def _plain(table: Any, wanted: set[str]) -> nw.DataFrame[Any]:
    """What rules read, with text as text and not as a dictionary, which not every backend can search."""
    columns = {}
    for name in table.column_names:
        if name in wanted or name.startswith(SAME):
            column = table[name]
            columns[name] = column.cast(pa.large_string()) if pa.types.is_dictionary(column.type) else column
    return nw.from_native(pa.table(columns), eager_only=True)


def _chosen(source: Source, clean: Clean, frame: nw.DataFrame[Any], names: list[str]) -> Chosen:
    """Row positions by what becomes of them."""
    rule = frame.get_column(RULE).to_numpy()

    def rows(name: str, *conditions: nw.Expr) -> NDArray[np.int64]:
        found = np.flatnonzero(rule == names.index(name)) if name in names else np.empty(0, dtype=np.int64)
        if len(found) == 0 or not conditions:
            return found
        here = frame.filter(nw.col(RULE) == names.index(name)).select(
            nw.all_horizontal(*conditions, ignore_nulls=True)
        )
        return found[here.to_numpy()[:, 0].astype(bool)]

    weights = [] if source.events is None else list(source.events.weights)
    return Chosen(
        purchases=np.flatnonzero(rule == len(names)),
        cancellations=np.sort(
            np.concatenate([rows("cancellations", *_sound_return(clean, frame.columns)), rows(RETURNS)])
        ),
        evidence=rows("events", *_sound_event(weights)) if weights else rows("-"),
    )


def _sound_return(clean: Clean, columns: list[str]) -> list[nw.Expr]:
    """What a cancellation has to be to be set aside: units given back, at a price.

    Of which product is settled later: one without a purchase that stays is left out.
    """
    conditions = [nw.col("quantity").fill_null(0.0) < 0]
    floor = clean.floor("price")
    if floor is not None and "price" in columns:
        conditions.append(~too_little("price", floor))
    return conditions


def _sound_event(weights: list[str]) -> list[nw.Expr]:
    """What a view or cart has to be to count: weighted and dated."""
    return [nw.col("event").fill_null("").is_in(weights), ~nw.col("time").is_null()]


def _refuse_unusable(
    clean: Clean, frame: nw.DataFrame[Any], kept: NDArray[np.int64], removed: pd.DataFrame
) -> None:
    """Nothing left, or lines that no log can hold since their rule is off."""
    if len(kept) == 0:
        raise SourceError(
            f"no line is left after cleaning ({told(removed)}): expected purchases; relax clean, or check "
            "source.columns"
        )
    for name, rule in (("customer", clean.missing_customer), ("quantity", clean.floor("quantity"))):
        missing = 0 if rule else int(frame.get_column(name).is_null().to_numpy()[kept].sum())
        if missing:
            key = "missing_customer" if name == "customer" else name
            raise ConfigError(
                f"clean.{key} is false, but {missing:,} of the lines that stay have no {name}: expected one "
                f"in each; set clean.{key}: true"
            )


def _netted(gross: pd.DataFrame, lines: pd.DataFrame) -> tuple[int, int, float]:
    """Lines, customers and revenue that netting took."""
    worth = (gross["quantity"] * gross["price"]).sum() - (lines["quantity"] * lines["price"]).sum()
    gone = gross["customer"].nunique() - lines["customer"].nunique()
    return len(gross) - len(lines), int(gone), float(worth)

"""Cleaned lines -> TransactionLog: ids become codes, invoices become baskets, time becomes order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.errors import SourceError
from recsys.core.ids import NOTHING, IdMap
from recsys.core.log import EVIDENCE_COLUMNS, TransactionLog, check_lines, empty_frame, midnight_after
from recsys.core.netting import net
from recsys.ingest.raw import encode
from recsys.ingest.source import Source

BREAK = np.timedelta64(1, "D")
"""An invoice number that the same customer has again after a longer time is another invoice."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chosen:
    """Row positions in the canonical table: purchases, cancellations set aside, and weaker events."""

    purchases: Rows
    cancellations: Rows
    evidence: Rows


def coded(
    source: Source, table: Any, chosen: Chosen, *, nets: bool, returners: bool = False
) -> TransactionLog:
    """The log of the chosen rows, sorted by time, then invoice, then place in the file.

    Cancellations and evidence of customers or products without a purchase are left out, and so is what came
    after the last purchase day. Baskets: purchases first, then cancellations. returners: customers are also
    those who have such cancellations only.
    """
    products, product = _coded_ids(table["product"], chosen.purchases)
    who = chosen.purchases
    if returners:
        who = np.concatenate([who, chosen.cancellations[product[chosen.cancellations] != NOTHING]])
    customers, customer = _coded_ids(table["customer"], who)
    texts, text = _coded_texts(table, chosen.purchases)
    time, basket = _baskets(table, customer, chosen)
    every = {
        "customer": customer,
        "product": product,
        "basket": basket,
        "time": time,
        "quantity": _floats(table, "quantity"),
        "price": _floats(table, "price"),
        "description": text,
    } | {
        name: _attribute(table[name], chosen.purchases)
        for name in source.customer_columns | source.product_columns
    }
    lines = _laid(every, chosen.purchases)
    end = midnight_after(lines["time"].to_numpy()[-1])
    cancellations = _until(_laid(every, _coded_rows(chosen.cancellations, customer, product)), end)
    gross = lines if nets else None
    if nets:
        lines = net(lines, cancellations)
        if len(lines) == 0:
            raise SourceError("clean.cancellations nets every purchase away: expected some to stay; use drop")
    check_lines(lines)
    check_lines(cancellations)
    return TransactionLog(
        lines=lines,
        customers=customers,
        products=products,
        descriptions=texts,
        end=end,
        cancellations=cancellations,
        evidence=_until(_evidence(source, table, chosen.evidence, customer, product), end),
        customer_columns=tuple(source.customer_columns),
        product_columns=tuple(source.product_columns),
        gross=gross,
    )


def _coded_ids(column: Any, rows: Rows) -> tuple[IdMap, NDArray[np.int32]]:
    """The map of the ids in these rows, and every row's code (NOTHING where the map lacks it)."""
    column = _one_chunk(column)
    names = np.array(column.dictionary.to_pylist(), dtype=object)
    codes = _indices(column)
    used = np.zeros(len(names) + 1, dtype=bool)
    used[codes[rows]] = True
    held = np.flatnonzero(used[:-1])  # the last place is that of missing ids
    order = held[np.argsort(names[held], kind="stable")] if len(held) else held
    recode = np.full(len(names) + 1, NOTHING, dtype=np.int32)
    recode[order] = np.arange(len(order), dtype=np.int32)
    return IdMap(names[order]), recode[codes]


def _coded_texts(table: Any, rows: Rows) -> tuple[IdMap, NDArray[np.int32]]:
    if "description" not in table.column_names:
        return IdMap.of([]), np.full(table.num_rows, NOTHING, dtype=np.int32)
    return _coded_ids(table["description"], rows)


def _coded_rows(rows: Rows, customer: NDArray[np.int32], product: NDArray[np.int32]) -> Rows:
    return rows[(customer[rows] != NOTHING) & (product[rows] != NOTHING)]


def _baskets(
    table: Any, customer: NDArray[np.int32], chosen: Chosen
) -> tuple[NDArray[np.datetime64], NDArray[np.int32]]:
    """Per row: the first time of its invoice (absent: of the customer's day), and the basket's number.

    An invoice that two customers share counts as a basket of each, and one that comes back after BREAK as a
    new one. Numbers follow first time, invoice, customer; rows that are not chosen get NOTHING.
    """
    time = table["time"].to_numpy().astype("datetime64[s]")
    purpose = np.full(len(time), NOTHING, dtype=np.int64)
    purpose[chosen.cancellations] = 1
    purpose[chosen.purchases] = 0
    rows = np.flatnonzero((purpose != NOTHING) & (customer != NOTHING))
    invoice = _invoice_rank(table, time)[rows]
    key = invoice * (int(customer.max()) + 1) + customer[rows]
    rows = rows[np.lexsort((time[rows], key))]
    key = np.sort(key)
    heads = starts(key, time[rows])
    head = np.flatnonzero(heads)
    first = time[rows][head]
    order = np.lexsort((key[head], first, purpose[rows][head]))
    number = np.empty(len(head), dtype=np.int32)
    number[order] = np.arange(len(head), dtype=np.int32)
    member = np.cumsum(heads) - 1
    basket = np.full(len(time), NOTHING, dtype=np.int32)
    basket[rows] = number[member]
    started = time.copy()
    started[rows] = first[member]
    return started, basket


def starts(key: NDArray[np.int64], time: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Which lines start a basket; both sorted by key (invoice and customer), then time."""
    heads = np.ones(len(key), dtype=bool)
    heads[1:] = (key[1:] != key[:-1]) | (time[1:] - time[:-1] > BREAK)
    return heads


def _invoice_rank(table: Any, time: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Per row, the place of its invoice among all, by name; the day where there is none."""
    dated = ~np.isnat(time)  # rows without a time are not chosen, but must not overflow either
    day = np.where(dated, time.astype("datetime64[D]").astype(np.int64), 0)
    day -= day.min()
    if "invoice" not in table.column_names:
        return day
    column = _one_chunk(table["invoice"])
    names = np.array(column.dictionary.to_pylist(), dtype=object)
    rank = np.empty(len(names) + 1, dtype=np.int64)
    rank[np.argsort(names, kind="stable")] = np.arange(len(names))
    codes = _indices(column)
    return np.where(codes == len(names), len(names) + day, rank[codes])


def _laid(every: dict[str, Any], rows: Rows) -> pd.DataFrame:
    """The contract's columns for these rows, in order of time, then invoice, then place in the file."""
    rows = rows[np.argsort(every["basket"][rows], kind="stable")]
    return pd.DataFrame({name: values[rows] for name, values in every.items()})


def _evidence(
    source: Source, table: Any, rows: Rows, customer: NDArray[np.int32], product: NDArray[np.int32]
) -> pd.DataFrame:
    """Views and carts with their stated weights, by time."""
    rows = _coded_rows(rows, customer, product)
    if len(rows) == 0 or source.events is None:
        return empty_frame(EVIDENCE_COLUMNS)
    time = table["time"].to_numpy().astype("datetime64[s]")[rows]
    column = _one_chunk(table["event"])
    weights = np.array(
        [source.events.weights.get(value, 0.0) for value in column.dictionary.to_pylist()] + [0.0]
    )
    order = np.lexsort((product[rows], customer[rows], time))
    rows = rows[order]
    return pd.DataFrame(
        {
            "customer": customer[rows],
            "product": product[rows],
            "time": time[order],
            "weight": weights[_indices(column)[rows]],
        }
    )


def _until(frame: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    return frame.iloc[: int(np.searchsorted(frame["time"].to_numpy(), end))].reset_index(drop=True)


def _attribute(column: Any, rows: Rows) -> Any:
    """Float64, or a pandas categorical; its categories are those of the purchases, sorted."""
    column = _one_chunk(column)
    if pa.types.is_null(column.type):
        column = encode(column)
    if not pa.types.is_dictionary(column.type):
        return column.to_numpy(zero_copy_only=False).astype(np.float64)
    names, codes = _coded_ids(column, rows)
    return pd.Categorical.from_codes(codes, categories=pd.Index(names.names, dtype="str"))


def _floats(table: Any, name: str) -> NDArray[np.float64]:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return np.asarray(_one_chunk(table[name]).to_numpy(zero_copy_only=False), dtype=np.float64)


def _one_chunk(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _indices(column: Any) -> NDArray[np.int64]:
    """Dictionary codes; one past the last where missing."""
    absent = pa.scalar(len(column.dictionary), column.indices.type)
    return np.asarray(column.indices.fill_null(absent).to_numpy(zero_copy_only=False), dtype=np.int64)

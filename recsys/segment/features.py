"""How each customer bought until the cutoff; the same expressions on pandas, Polars and Spark.

`vocabulary.FEATURES` has the unit and the formula of each column; columns that depend on what a fit found
(families, countries, attributes) are made in `columns`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from recsys.core.fold import Known
from recsys.core.log import TransactionLog
from recsys.segment.moments import CALENDAR, MONTHS, hours, months
from recsys.segment.prices import PRICES, prices

Frame = nw.DataFrame[Any]
RANGE = {"products", "repeat_share"}


def features(known: Known, names: Iterable[str]) -> pd.DataFrame:
    """The named features at the cutoff; row = customer code, float64, columns in the order given."""
    history = known.history
    wanted = list(names)
    lines = nw.from_native(_purchases(history, with_price=bool(PRICES & set(wanted))), eager_only=True)
    returned = nw.from_native(_returns(history), eager_only=True)
    frame = customer_features(lines, returned, wanted, end=history.end).to_native()
    return frame[wanted].astype("float64").reset_index(drop=True)


def customer_features(lines: Frame, returned: Frame, names: Iterable[str], *, end: np.datetime64) -> Frame:
    """One row per customer who has a line or a return, in the order of their codes: customer and features.

    lines, returned: customer, product, basket, age (days), units, spend; returned units and spend are
    negative; lines have a price where a feature of prices is named. end: the instant ages are counted from.
    """
    wanted = list(names)
    asked = set(wanted)
    bought, back = _invoices(lines), _credits(returned)
    visits = _visits(bought, back)
    frame = _rhythm(visits)
    parts = [_cancelled(back)]
    if asked & RANGE:
        parts.append(_range(lines))
    if asked & CALENDAR:
        parts.append(hours(visits, end))
    if asked & MONTHS:
        parts.append(months(bought, back, end))
    if asked & PRICES:
        parts.append(prices(lines))
    if "gap_over_lines" in asked:
        parts.append(_span(bought, back, end))
    for part in parts:
        frame = frame.join(part, on="customer", how="left")
    counted = [name for name in ("products", "again") if name in frame.columns]
    frame = frame.with_columns(nw.col("cancelled", "refunded", "sent_back", *counted).fill_null(0.0))
    return _figures(frame).sort("customer").select("customer", *wanted)


def _invoices(lines: Frame) -> Frame:
    """One row per invoice, with the days since the customer's previous one."""
    return (
        lines.group_by("customer", "basket")
        .agg(nw.col("age").max(), nw.col("units", "spend").sum(), lines=nw.len())
        .with_columns(earlier=nw.col("age").shift(-1).over("customer", order_by="age"))
        .with_columns(gap=nw.col("earlier") - nw.col("age"))
    )


def _credits(returned: Frame) -> Frame:
    """One row per cancelled invoice."""
    return returned.group_by("customer", "basket").agg(
        nw.col("age").max(), nw.col("units", "spend").sum(), lines=nw.len()
    )


def _visits(bought: Frame, back: Frame) -> Frame:
    """The invoices, and the cancelled ones of customers who have no other: visits that bought nothing."""
    only = back.join(bought.select("customer").unique(), on="customer", how="anti")
    nothing = nw.lit(0.0)
    idle = only.select("customer", "age", "lines", units=nothing, spend=nothing, bought=nw.lit(0))
    return nw.concat([bought.with_columns(bought=nw.lit(1)), idle], how="diagonal")


def _rhythm(visits: Frame) -> Frame:
    """One row per customer: when, how often and how much; sums are at least 0, as a log may keep returns."""
    sums = visits.group_by("customer").agg(
        frequency=nw.col("bought").sum(),
        recency=nw.col("age").min(),
        tenure=nw.col("age").max(),
        units=nw.col("units").sum(),
        spend=nw.col("spend").sum(),
        lines=nw.col("lines").sum(),
        gap=nw.col("gap").mean(),
        deviation=nw.col("gap").std(ddof=0),
    )
    return sums.with_columns(nw.col("units", "spend").clip(lower_bound=0.0))


def _range(lines: Frame) -> Frame:
    """One row per customer: distinct products, and those on two or more invoices."""
    return (
        lines.group_by("customer", "product")
        .agg(first=nw.col("basket").min(), last=nw.col("basket").max())
        .with_columns(again=(nw.col("first") != nw.col("last")).cast(nw.Float64))
        .group_by("customer")
        .agg(products=nw.len(), again=nw.col("again").sum())
    )


def _cancelled(credits: Frame) -> Frame:
    """One row per customer who cancelled: cancelled invoices, their worth and units (negative)."""
    return credits.group_by("customer").agg(
        cancelled=nw.len(), refunded=nw.col("spend").sum(), sent_back=nw.col("units").sum()
    )


def _span(bought: Frame, back: Frame, end: np.datetime64) -> Frame:
    """One row per customer: gap_over_lines, null where there is one line."""
    columns = ["customer", "age", "lines"]
    both = nw.concat([bought.select(columns), back.select(columns)])
    since = float((end - end.astype("datetime64[D]")) / np.timedelta64(1, "D"))  # of the last day, at `end`
    days_back = (nw.col("age") - since).round(9)
    sums = (
        both.with_columns(day=0 - days_back.ceil())
        .group_by("customer")
        .agg(first=nw.col("day").min(), last=nw.col("day").max(), count=nw.col("lines").sum())
    )
    several = nw.col("count") > 1
    gap = (nw.col("last") - nw.col("first")) / (nw.col("count") - 1)
    return sums.select("customer", gap_over_lines=nw.when(several).then(gap))


def _figures(frame: Frame) -> Frame:
    """The columns of the vocabulary that follow from sums."""
    frequency = nw.col("frequency")
    baskets = frequency.clip(lower_bound=1)  # who only returned has none, and nothing in them
    invoices = frequency + nw.col("cancelled")
    net_spend = nw.col("spend") + nw.col("refunded")
    derived = frame.with_columns(
        net_spend.clip(lower_bound=0.0).alias("monetary"),
        net_spend.alias("net_spend"),
        (nw.col("units") + nw.col("sent_back")).alias("net_units"),
        (nw.col("spend") / baskets).alias("basket_value"),
        (nw.col("units") / baskets).alias("basket_units"),
        nw.when(frequency > 0).then(nw.col("lines") / baskets).otherwise(0.0).alias("basket_lines"),
        nw.col("cancelled").alias("cancellations"),
        (nw.col("cancelled") / invoices).alias("cancellation_rate"),
        invoices.alias("transactions"),
        nw.when(frequency > 1).then(nw.col("gap")).otherwise(nw.col("recency")).alias("gap_mean"),
        nw.col("deviation").fill_null(0.0).alias("gap_deviation"),
    ).with_columns(transaction_value=nw.col("net_spend") / nw.col("transactions"))
    optional = [name for name in ("price_level", "discount_share") if name in derived.columns]
    derived = derived.with_columns(nw.col(name).fill_null(0.0) for name in optional)
    if "again" not in frame.columns:
        return derived
    return derived.with_columns(
        (nw.col("again") / nw.col("products").clip(lower_bound=1)).alias("repeat_share")
    )


def _purchases(history: TransactionLog, *, with_price: bool) -> pd.DataFrame:
    lines = history.lines
    columns = {
        "customer": lines["customer"],
        "product": lines["product"],
        "basket": lines["basket"],
        "age": history.age_days,
        "units": lines["quantity"],
        "spend": history.spend,
    }
    return pd.DataFrame(columns | ({"price": lines["price"]} if with_price else {}), copy=False)


def _returns(history: TransactionLog) -> pd.DataFrame:
    """Cancelled lines; nothing is taken off for them where the lines are netted, since it is already."""
    returned = history.cancellations
    units = returned["quantity"].to_numpy(dtype=np.float64)
    worth = np.nan_to_num((returned["quantity"] * returned["price"]).to_numpy(dtype=np.float64))
    if history.gross is not None:
        units, worth = np.zeros_like(units), np.zeros_like(worth)
    age = (history.end - returned["time"].to_numpy()) / np.timedelta64(1, "D")
    return pd.DataFrame(
        {
            "customer": returned["customer"],
            "basket": returned["basket"],
            "age": age.astype(np.float64),
            "units": units,
            "spend": worth,
        }
    )

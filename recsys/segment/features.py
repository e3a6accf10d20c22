"""How each customer bought until the cutoff; the same expressions on pandas, Polars and Spark.

`vocabulary.FEATURES` has the unit and the formula of each column.
"""

from __future__ import annotations

from collections.abc import Iterable

import narwhals as nw
import numpy as np
import pandas as pd

from recsys.core.fold import Known
from recsys.core.log import TransactionLog


def features(known: Known, names: Iterable[str]) -> pd.DataFrame:
    """The named features at the cutoff; row = customer code, float64, columns in the order given."""
    history = known.history
    lines = nw.from_native(_purchases(history), eager_only=True)
    returned = nw.from_native(_returns(history), eager_only=True)
    wanted = list(names)
    frame = customer_features(lines, returned, wanted).to_native()
    return frame[wanted].astype("float64").reset_index(drop=True)


def customer_features(
    lines: nw.DataFrame[pd.DataFrame], returned: nw.DataFrame[pd.DataFrame], names: Iterable[str]
) -> nw.DataFrame[pd.DataFrame]:
    """One row per customer who has a line, in the order of their codes: customer and the named features.

    lines, returned: customer, product, basket, age (days), units, spend; returned spend is negative.
    """
    wanted = list(names)
    frame = _rhythm(_invoices(lines))
    if {"products", "repeat_share"} & set(wanted):
        frame = frame.join(_range(lines), on="customer", how="left")
    frame = frame.join(_cancelled(returned), on="customer", how="left")
    frame = frame.with_columns(nw.col("cancelled", "refunded").fill_null(0.0))
    return _figures(frame).sort("customer").select("customer", *wanted)


def _invoices(lines: nw.DataFrame[pd.DataFrame]) -> nw.DataFrame[pd.DataFrame]:
    """One row per invoice, with the days since the customer's previous one."""
    return (
        lines.group_by("customer", "basket")
        .agg(nw.col("age").max(), nw.col("units", "spend").sum())
        .with_columns(earlier=nw.col("age").shift(-1).over("customer", order_by="age"))
        .with_columns(gap=nw.col("earlier") - nw.col("age"))
    )


def _rhythm(invoices: nw.DataFrame[pd.DataFrame]) -> nw.DataFrame[pd.DataFrame]:
    """One row per customer: when, how often and how much; sums are at least 0, as a log may keep returns."""
    sums = invoices.group_by("customer").agg(
        frequency=nw.len(),
        recency=nw.col("age").min(),
        tenure=nw.col("age").max(),
        units=nw.col("units").sum(),
        spend=nw.col("spend").sum(),
        gap=nw.col("gap").mean(),
        deviation=nw.col("gap").std(ddof=0),
    )
    return sums.with_columns(nw.col("units", "spend").clip(lower_bound=0.0))


def _range(lines: nw.DataFrame[pd.DataFrame]) -> nw.DataFrame[pd.DataFrame]:
    """One row per customer: distinct products, and those on two or more invoices."""
    return (
        lines.group_by("customer", "product")
        .agg(first=nw.col("basket").min(), last=nw.col("basket").max())
        .with_columns(again=(nw.col("first") != nw.col("last")).cast(nw.Float64))
        .group_by("customer")
        .agg(products=nw.len(), again=nw.col("again").sum())
    )


def _cancelled(returned: nw.DataFrame[pd.DataFrame]) -> nw.DataFrame[pd.DataFrame]:
    """One row per customer who cancelled: cancelled invoices, and what they were worth (negative)."""
    return (
        returned.group_by("customer", "basket")
        .agg(nw.col("spend").sum())
        .group_by("customer")
        .agg(cancelled=nw.len(), refunded=nw.col("spend").sum())
    )


def _figures(frame: nw.DataFrame[pd.DataFrame]) -> nw.DataFrame[pd.DataFrame]:
    """The columns of the vocabulary that follow from sums."""
    frequency = nw.col("frequency")
    derived = frame.with_columns(
        (nw.col("spend") + nw.col("refunded")).clip(lower_bound=0.0).alias("monetary"),
        (nw.col("spend") / frequency).alias("basket_value"),
        (nw.col("units") / frequency).alias("basket_units"),
        (nw.col("cancelled") / (frequency + nw.col("cancelled"))).alias("cancellation_rate"),
        nw.when(frequency > 1).then(nw.col("gap")).otherwise(nw.col("recency")).alias("gap_mean"),
        nw.col("deviation").fill_null(0.0).alias("gap_deviation"),
    )
    if "again" not in frame.columns:
        return derived
    return derived.with_columns((nw.col("again") / nw.col("products")).alias("repeat_share"))


def _purchases(history: TransactionLog) -> pd.DataFrame:
    lines = history.lines
    return pd.DataFrame(
        {
            "customer": lines["customer"],
            "product": lines["product"],
            "basket": lines["basket"],
            "age": history.age_days,
            "units": lines["quantity"],
            "spend": history.spend,
        }
    )


def _returns(history: TransactionLog) -> pd.DataFrame:
    """Cancelled lines; worth nothing where the lines are netted, since there they are taken off already."""
    returned = history.cancellations
    worth = np.nan_to_num((returned["quantity"] * returned["price"]).to_numpy(dtype=np.float64))
    if history.gross is not None:
        worth = np.zeros_like(worth)
    return pd.DataFrame({"customer": returned["customer"], "basket": returned["basket"], "spend": worth})

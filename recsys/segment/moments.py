"""When a customer buys: weekday, hour, and the spend of each calendar month."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

Frame = nw.DataFrame[Any]
CALENDAR = {"weekday", "hour", "weekend_share"}
MONTHS = {"month_spend", "month_spend_deviation", "month_spend_trend"}
DAY = 86_400
MONDAY = 3
"""1970-01-01 was a Thursday."""


def hours(invoices: Frame, end: np.datetime64) -> Frame:
    """One row per customer: weekday, hour and weekend_share.

    invoices: customer, age (days before `end`), lines; cancelled ones of who has no other.
    """
    dated = invoices.select("customer", "lines", second=_second(end)).with_columns(
        weekday=(nw.col("second") // DAY + MONDAY) % 7, hour=nw.col("second") % DAY // 3600
    )
    dated = dated.with_columns(weekend=(nw.col("weekday") >= 5).cast(nw.Float64))
    weekend = dated.group_by("customer").agg(weekend_share=nw.col("weekend").mean())
    for unit, count in (("weekday", 7), ("hour", 24)):
        weekend = weekend.join(_usual(dated, unit, count), on="customer", how="left")
    return weekend


def months(bought: Frame, back: Frame, end: np.datetime64) -> Frame:
    """One row per customer: month_spend, its deviation and its trend.

    bought, back: customer, age (days before `end`), spend (that of `back` negative).
    """
    columns = ["customer", "age", "spend"]
    both = nw.concat([bought.select(columns), back.select(columns)])
    instant = (_second(end) * 1000).cast(nw.Datetime("ms"))
    first = end.astype("datetime64[M]").astype(int) + 12 * 1970  # small numbers: sums of squares stay exact
    dated = both.with_columns(instant=instant).with_columns(
        month=(nw.col("instant").dt.year() * 12 + nw.col("instant").dt.month() - first).cast(nw.Float64)
    )
    x, y = nw.col("month"), nw.col("spend")
    monthly = dated.group_by("customer", "month").agg(y.sum())
    means = monthly.group_by("customer").agg(month_spend=y.mean(), middle=x.mean(), count=nw.len())
    apart = monthly.join(means, on="customer", how="left").with_columns(
        dx=x - nw.col("middle"), dy=y - nw.col("month_spend")
    )
    moments = (
        apart.select(
            "customer",
            xx=nw.col("dx") * nw.col("dx"),
            xy=nw.col("dx") * nw.col("dy"),
            yy=nw.col("dy") * nw.col("dy"),
        )
        .group_by("customer")
        .agg(nw.col("xx", "xy", "yy").sum())
    )
    several = nw.col("count") > 1
    found = means.join(moments, on="customer", how="left")
    variance = nw.when(several).then(nw.col("yy") / (nw.col("count") - 1)).otherwise(0.0)
    slope = nw.when(several).then(nw.col("xy") / nw.col("xx")).otherwise(0.0)
    return found.select(
        "customer", "month_spend", month_spend_deviation=variance**0.5, month_spend_trend=slope
    )


def _second(end: np.datetime64) -> nw.Expr:
    """Whole seconds since 1970 of an invoice."""
    last = int(end.astype("datetime64[s]").astype(int))
    return nw.lit(last) - (nw.col("age") * DAY).round(0).cast(nw.Int64)


def _usual(dated: Frame, unit: str, count: int) -> Frame:
    """One row per customer: the weekday or hour with most lines, of equals the earliest."""
    score = nw.col("lines") * count + (count - 1 - nw.col(unit))
    best = (
        dated.group_by("customer", unit)
        .agg(nw.col("lines").sum())
        .with_columns(score=score)
        .group_by("customer")
        .agg(nw.col("score").max())
    )
    return best.select("customer", (count - 1 - nw.col("score") % count).alias(unit))

"""What a careful analyst looks at in a log of purchases: counts over time, baskets, people, products, prices.

Every function takes the cleaned log and returns a table; `revenue` is NaN throughout where it has no prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.log import TransactionLog

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BASKETS = (1, 2, 3, 6, 11, 21, 51)
"""Least number of products in each class of baskets."""
VISITS = (1, 2, 3, 4, 6, 11, 21)
"""Least number of purchases in each class of customers."""
QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
TOP = (0.01, 0.1, 0.2, 0.5)
ODD = 20.0
"""Times a product's median price, or less than one part of it, beyond which a price is odd."""


def facts(log: TransactionLog) -> dict[str, float]:
    """Lines, customers, products, invoices, days, units, revenue, and how full customers x products is."""
    pairs = log.bought.nnz
    customers, products = log.held
    return {
        "lines": len(log.lines),
        "customers": customers,
        "products": products,
        "invoices": int(log.lines["basket"].nunique()),
        "days": int((log.end - _day(log.lines["time"].to_numpy()[0])) / np.timedelta64(1, "D")),
        "units": float(log.lines["quantity"].sum()),
        "revenue": _sum(_spend(log)),
        "pairs": pairs,
        "density": pairs / (customers * products),
    }


def by_day(log: TransactionLog) -> pd.DataFrame:
    """Day (2024-01-31), lines, revenue; days without a purchase too."""
    day = log.lines["time"].to_numpy().astype("datetime64[D]")
    first = day.min()
    at = (day - first).astype(np.int64)
    worth = np.bincount(at, weights=np.nan_to_num(_spend(log)))
    return pd.DataFrame(
        {
            "day": (first + np.arange(len(worth))).astype(str),
            "lines": np.bincount(at),
            "revenue": worth if log.priced else np.nan,
        }
    )


def by_month(log: TransactionLog) -> pd.DataFrame:
    """Month (2024-01), lines, customers, invoices, revenue; months without a purchase too."""
    month = log.lines["time"].to_numpy().astype("datetime64[M]")
    table = _over(log, month)
    every = np.arange(month.min(), month.max() + 1)
    return _with_months(table.reindex(every, fill_value=0), every)


def by_weekday(log: TransactionLog) -> pd.DataFrame:
    """Weekday, lines, customers, invoices, revenue; Monday first."""
    day = log.lines["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    codes = (day + 3) % 7  # 1970 began on a Thursday
    table = _over(log, codes).reindex(range(7), fill_value=0)
    return table.set_axis(list(WEEKDAYS)).rename_axis("weekday").reset_index()


def by_hour(log: TransactionLog) -> pd.DataFrame:
    """Hour, lines, customers, invoices, revenue; no rows where the log has no times of day."""
    hour = log.lines["time"].dt.hour.to_numpy()
    if not hour.any():
        return pd.DataFrame(columns=["hour", "lines", "customers", "invoices", "revenue"])
    return _over(log, hour).reindex(range(24), fill_value=0).rename_axis("hour").reset_index()


def baskets(log: TransactionLog) -> tuple[pd.DataFrame, dict[str, float]]:
    """Products in an invoice: (class, invoices), and quantiles."""
    size = log.lines.drop_duplicates(["basket", "product"])["basket"].value_counts().to_numpy()
    return _classes(size, BASKETS, "products", "invoices"), _quantiles(size)


def purchases(log: TransactionLog) -> tuple[pd.DataFrame, dict[str, float]]:
    """Invoices of a customer: (class, customers), and quantiles; not of those who gave everything back."""
    visits = log.invoices[log.invoices > 0]
    return _classes(visits, VISITS, "purchases", "customers"), _quantiles(visits)


def between(log: TransactionLog) -> dict[str, float]:
    """Days from one purchase of a customer to the next, as quantiles; empty where nobody came twice."""
    heads = log.lines.drop_duplicates("basket").sort_values(["customer", "time"], kind="stable")
    customer, time = heads["customer"].to_numpy(), heads["time"].to_numpy()
    gap = ((time[1:] - time[:-1]) / np.timedelta64(1, "D"))[customer[1:] == customer[:-1]]
    return _quantiles(gap) if len(gap) else {}


def concentration(log: TransactionLog) -> pd.DataFrame:
    """Share (of products, best sellers first), products, lines, revenue: what the top holds of it, 0 to 1."""
    product = log.lines["product"].to_numpy()
    size = log.held[1]
    lines = np.sort(np.bincount(product))[::-1]
    worth = np.sort(np.bincount(product, weights=np.nan_to_num(_spend(log))))[::-1]
    rows = []
    for share in TOP:
        count = max(1, round(share * size))
        money = worth[:count].sum() / worth.sum() if log.priced and worth.sum() else np.nan
        rows.append((share, count, lines[:count].sum() / lines.sum(), money))
    return pd.DataFrame(rows, columns=["share", "products", "lines", "revenue"])


def countries(log: TransactionLog, most: int = 12) -> pd.DataFrame:
    """Country, lines, customers, invoices, revenue; the largest first, all others as one row."""
    if "country" not in log.lines:
        return pd.DataFrame(columns=["country", "lines", "customers", "invoices", "revenue"])
    codes, names = pd.factorize(log.lines["country"], sort=True)
    names = np.array([*names.astype(str), "(none)"], dtype=object)
    codes = np.where(codes < 0, len(names) - 1, codes)
    order = np.argsort(-np.bincount(codes, minlength=len(names)), kind="stable")
    place = np.argsort(order)[codes]  # 0: the country with most lines
    rest = np.unique(place[place >= most])
    table = _over(log, np.minimum(place, most))
    shown = [*names[order[:most]], f"(others: {len(rest)})"]
    return table.set_axis([shown[at] for at in table.index]).rename_axis("country").reset_index()


def prices(log: TransactionLog) -> tuple[dict[str, float], pd.DataFrame]:
    """Quantiles of the prices of lines; odd ones: product, description, price, usual, lines, oddest first."""
    empty = pd.DataFrame(columns=["product", "description", "price", "usual", "lines"])
    if not log.priced:
        return {}, empty
    lines = log.lines[["product", "price", "description"]].dropna(subset=["price"])
    usual = lines.groupby("product")["price"].median().reindex(range(len(log.products))).to_numpy()
    ratio = lines["price"].to_numpy() / usual[lines["product"].to_numpy()]
    odd = lines.assign(ratio=np.maximum(ratio, 1 / np.maximum(ratio, 1e-12)))[
        (ratio > ODD) | (ratio < 1 / ODD)
    ]
    if odd.empty:
        return _quantiles(lines["price"].to_numpy()), empty
    table = (
        odd.groupby(["product", "price"], as_index=False)
        .agg(ratio=("ratio", "max"), lines=("ratio", "size"), description=("description", "last"))
        .sort_values(["ratio", "product"], ascending=[False, True], kind="stable")
    )
    table["usual"] = usual[table["product"].to_numpy()]
    table["description"] = [
        log.descriptions.names[code] if code >= 0 else "" for code in table["description"]
    ]
    table["product"] = [log.products.names[code] for code in table["product"]]
    return _quantiles(lines["price"].to_numpy()), table[list(empty.columns)].reset_index(drop=True)


def shelf(log: TransactionLog) -> pd.DataFrame:
    """Month, on_sale, first, last: products sold in the month, for the first time, and for the last."""
    month = log.lines["time"].to_numpy().astype("datetime64[M]")
    seen = pd.DataFrame({"month": month, "product": log.lines["product"].to_numpy()})
    span = seen.groupby("product")["month"].agg(["min", "max"])
    every = np.arange(month.min(), month.max() + 1)
    table = pd.DataFrame(
        {
            "on_sale": seen.drop_duplicates().groupby("month").size(),
            "first": span.groupby("min").size(),
            "last": span.groupby("max").size(),
        }
    )
    table.index = table.index.to_numpy().astype("datetime64[M]")
    return _with_months(table.reindex(every).fillna(0).astype(int), every)


def ahead(log: TransactionLog, days: Sequence[int] = (7, 28, 56)) -> pd.DataFrame:
    """What the last days hold, seen from their start, a row for each length that has as much history.

    days, pairs: customer and product, once each; repeats, known: share of pairs bought before by the same
    customer, and whose product anybody had bought; buyers: customers; came_before: share of them with
    history; returned: share of the customers with history who buy again.
    """
    lines = log.lines
    time, customer, product = (lines[name].to_numpy() for name in ("time", "customer", "product"))
    rows = []
    for length in days:
        cutoff = log.end - np.timedelta64(length, "D")
        before = time < cutoff
        if not before.any() or before.all() or (cutoff - time[0]) < np.timedelta64(length, "D"):
            continue
        pairs = np.unique(log.pair_keys(lines[~before]))
        buyers, earlier = np.unique(customer[~before]), np.unique(customer[before])
        known = np.isin(pairs % len(log.products), product[before])
        rows.append(
            (
                length,
                len(pairs),
                float(np.isin(pairs, log.pair_keys(lines[before])).mean()),
                float(known.mean()),
                len(buyers),
                float(np.isin(buyers, earlier).mean()),
                float(np.isin(earlier, buyers).mean()),
            )
        )
    columns = ["days", "pairs", "repeats", "known", "buyers", "came_before", "returned"]
    return pd.DataFrame(rows, columns=columns)


def returns(log: TransactionLog) -> dict[str, float]:
    """Lines, customers, units and worth of what was given back, as positive numbers."""
    back = log.cancellations
    return {
        "lines": len(back),
        "customers": int(back["customer"].nunique()),
        "units": float(-back["quantity"].sum()),
        "revenue": float(-(back["quantity"] * back["price"]).sum()) if log.priced else np.nan,
    }


def _with_months(table: pd.DataFrame, months: NDArray[np.datetime64]) -> pd.DataFrame:
    """The table with its first column `month`, as 2024-01."""
    return table.set_axis(months.astype(str).tolist()).rename_axis("month").reset_index()


def _over(log: TransactionLog, key: NDArray[np.generic]) -> pd.DataFrame:
    """Lines, customers, invoices and revenue by this key."""
    frame = pd.DataFrame(
        {
            "key": key,
            "customer": log.lines["customer"].to_numpy(),
            "basket": log.lines["basket"].to_numpy(),
            "worth": _spend(log),
        }
    )
    grouped = frame.groupby("key", sort=True)
    table = pd.DataFrame(
        {
            "lines": grouped.size(),
            "customers": grouped["customer"].nunique(),
            "invoices": grouped["basket"].nunique(),
            "revenue": grouped["worth"].sum(min_count=1),
        }
    )
    if frame["key"].dtype.kind == "M":
        table.index = table.index.to_numpy().astype("datetime64[M]")
    return table


def _spend(log: TransactionLog) -> NDArray[np.float64]:
    return log.spend if log.priced else np.full(len(log.lines), np.nan)


def _sum(values: NDArray[np.float64]) -> float:
    return float(values.sum())


def _day(moment: np.datetime64) -> np.datetime64:
    return moment.astype("datetime64[D]").astype("datetime64[s]")


def _classes(values: NDArray[np.int64], edges: Sequence[int], what: str, count: str) -> pd.DataFrame:
    """How many values lie in each class: from one edge to before the next."""
    found = np.bincount(np.searchsorted(edges, values, side="right") - 1, minlength=len(edges))
    names = []
    for at, edge in enumerate(edges):
        last = edges[at + 1] - 1 if at + 1 < len(edges) else None
        names.append(
            f"{edge} or more" if last is None else str(edge) if last == edge else f"{edge} to {last}"
        )
    return pd.DataFrame({what: names, count: found, "share": found / max(found.sum(), 1)})


def _quantiles(values: NDArray[np.integer[Any] | np.floating[Any]]) -> dict[str, float]:
    """min, 10 %, ... max, and mean."""
    names = ("min", "10%", "25%", "median", "75%", "90%", "99%", "max")
    found = dict(zip(names, map(float, np.quantile(values, QUANTILES)), strict=True))
    return found | {"mean": float(np.mean(values))}

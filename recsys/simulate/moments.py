"""How a log is shaped, in a score of numbers, and the same numbers of the reference log.

Moments are taken after the protocol's cleaning (`cleaned`), except the shares of what cleaning removes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.simulate.settings import HOLDOUT_DAYS

PRODUCT_CODE = r"\d{5}[A-Za-z]*"

# UCI Online Retail (Chen 2015, CC BY 4.0), 541,909 lines; measured with `measure` below.
REFERENCE: dict[str, float] = {
    "duplicate lines, share": 0.009721,
    "lines without customer, share": 0.2516,
    "cancellation lines, share": 0.02209,
    "special lines, share": 0.003944,
    "lines per invoice, mean": 21.26,
    "lines per invoice, median": 15,
    "lines per invoice, p90": 47,
    "invoices per customer, mean": 4.246,
    "invoices per customer, median": 2,
    "customers with one invoice, share": 0.3473,
    "invoice value, median": 301.6,
    "quantity, median": 6,
    "unit price, median": 1.95,
    "product lines, top 1% share": 0.09795,
    "product lines, top 10% share": 0.4561,
    "product lines, Gini": 0.6383,
    "customer lines, top 1% share": 0.1654,
    "customer lines, top 10% share": 0.4904,
    "customer lines, Gini": 0.6313,
    "truth, share bought before": 0.4381,
    "truth products per customer, median": 20,
    "truth products per customer, mean": 32.18,
    "customers judged, share of history": 0.3165,
    "future buyers without history, share": 0.148,
    "products first seen after 90 days, share": 0.2406,
}


def cleaned(log: pd.DataFrame) -> pd.DataFrame:
    """Purchases of identified customers: the protocol's cleaning rules, in their order."""
    lines = log.drop_duplicates()
    lines = lines[lines["CustomerID"].notna() & ~lines["InvoiceNo"].str.startswith("C")]
    lines = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    return lines[is_product(lines["StockCode"])]


def is_product(codes: pd.Series[str]) -> pd.Series[bool]:
    """True where the whole code fits the pattern; each different code is looked at once."""
    different = codes.drop_duplicates()
    return codes.isin(different[different.str.fullmatch(PRODUCT_CODE)])


def measure(log: pd.DataFrame) -> dict[str, float]:
    """All moments of a raw log in the Online Retail schema."""
    lines = cleaned(log)
    return {**_of_noise(log), **_of_invoices(lines), **_of_tails(lines), **_of_holdout(lines)}


def compare(simulated: dict[str, float]) -> pd.DataFrame:
    """moment, simulated, reference, ratio."""
    table = pd.DataFrame({"moment": list(REFERENCE)})
    table["simulated"] = [round(simulated[name], 4) for name in REFERENCE]
    table["reference"] = [REFERENCE[name] for name in REFERENCE]
    table["ratio"] = (table["simulated"] / table["reference"]).round(2)
    return table


def gini(counts: NDArray[np.int64]) -> float:
    """0: all equal; near 1: one has everything."""
    ordered = np.sort(counts).astype(np.float64)
    place = 2 * np.arange(1, len(ordered) + 1) - len(ordered) - 1
    return float(place @ ordered / (len(ordered) * ordered.sum()))


def top_share(counts: NDArray[np.int64], share: float) -> float:
    """The part of the whole that the largest `share` of items holds; at least one item."""
    ordered = np.sort(counts)[::-1]
    return float(ordered[: max(1, round(len(ordered) * share))].sum() / ordered.sum())


def _of_noise(log: pd.DataFrame) -> dict[str, float]:
    """Shares of lines that cleaning removes, each of the lines left by the rule before."""
    once = log.drop_duplicates()
    named = once[once["CustomerID"].notna()]
    cancels = named["InvoiceNo"].str.startswith("C")
    return {
        "duplicate lines, share": 1 - len(once) / len(log),
        "lines without customer, share": 1 - len(named) / len(once),
        "cancellation lines, share": float(cancels.mean()),
        "special lines, share": 1 - float(is_product(named["StockCode"][~cancels]).mean()),
    }


def _of_invoices(lines: pd.DataFrame) -> dict[str, float]:
    """Sizes of baskets, of invoices in money, and of customers in visits."""
    size = lines.groupby("InvoiceNo").size()
    value = (lines["Quantity"] * lines["UnitPrice"]).groupby(lines["InvoiceNo"]).sum()
    visits = lines.groupby("CustomerID")["InvoiceNo"].nunique()
    return {
        "lines per invoice, mean": float(size.mean()),
        "lines per invoice, median": float(size.median()),
        "lines per invoice, p90": float(size.quantile(0.9)),
        "invoices per customer, mean": float(visits.mean()),
        "invoices per customer, median": float(visits.median()),
        "customers with one invoice, share": float((visits == 1).mean()),
        "invoice value, median": float(value.median()),
        "quantity, median": float(lines["Quantity"].median()),
        "unit price, median": float(lines["UnitPrice"].median()),
    }


def _of_tails(lines: pd.DataFrame) -> dict[str, float]:
    """How unequal products and customers are, in lines."""
    products = lines.groupby("StockCode").size().to_numpy()
    customers = lines.groupby("CustomerID").size().to_numpy()
    return {
        "product lines, top 1% share": top_share(products, 0.01),
        "product lines, top 10% share": top_share(products, 0.1),
        "product lines, Gini": gini(products),
        "customer lines, top 1% share": top_share(customers, 0.01),
        "customer lines, top 10% share": top_share(customers, 0.1),
        "customer lines, Gini": gini(customers),
    }


def _of_holdout(lines: pd.DataFrame) -> dict[str, float]:
    """The 28-day truth: who comes back, for how much, and how much of it they had bought before."""
    history, future = split(lines)
    pairs = future[["CustomerID", "StockCode"]].drop_duplicates()
    known = pairs["CustomerID"].isin(history["CustomerID"])
    reachable = pairs[known & pairs["StockCode"].isin(history["StockCode"])]
    before = history[["CustomerID", "StockCode"]].drop_duplicates()
    repeats = len(reachable.merge(before))
    judged = reachable.groupby("CustomerID").size()
    arrived = history.groupby("StockCode")["InvoiceDate"].min() - lines["InvoiceDate"].min()
    return {
        "truth, share bought before": repeats / max(len(reachable), 1),
        "truth products per customer, median": float(judged.median()),
        "truth products per customer, mean": float(judged.mean()),
        "customers judged, share of history": len(judged) / max(history["CustomerID"].nunique(), 1),
        "future buyers without history, share": 1 - float(known.groupby(pairs["CustomerID"]).any().mean()),
        "products first seen after 90 days, share": float((arrived > pd.Timedelta(days=90)).mean()),
    }


def split(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(history, future): before and within the last 28 days up to midnight after the last line."""
    time = lines.groupby("InvoiceNo")["InvoiceDate"].transform("min")
    cutoff = time.max().normalize() + pd.Timedelta(days=1 - HOLDOUT_DAYS)
    return lines[time < cutoff], lines[time >= cutoff]

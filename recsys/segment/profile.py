"""What each segment looks like: size, share of revenue, medians of the features, best-selling products."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.log import TransactionLog
from recsys.core.segmentation import Segmentation

TOP_PRODUCTS = 5


def profile(known: Known) -> pd.DataFrame:
    """One row per segment, in the order of their codes.

    segment, customers, customer_share, revenue (less returns; NaN without prices), revenue_share, orders
    (distinct invoices), median_<feature>, top_products (by distinct buyers, best first).
    """
    segmentation = known.segmentation
    if segmentation is None:
        raise ValueError("the customers have no segments: call known.with_segments(...) first")
    history, count = known.history, len(segmentation.names)
    codes = segmentation.codes
    customers = np.bincount(codes, minlength=count)
    revenue = np.bincount(codes, weights=net_spend(history), minlength=count)
    if not history.priced:
        revenue = np.full(count, np.nan)
    frame = pd.DataFrame(
        {
            "segment": segmentation.names,
            "customers": customers,
            "customer_share": _share(customers),
            "revenue": revenue,
            "revenue_share": _share(revenue),
            "orders": np.bincount(codes, weights=history.invoices, minlength=count).astype(np.int64),
        }
    )
    return pd.concat([frame, _medians(segmentation)], axis=1).assign(top_products=_best_sellers(known))


def net_spend(history: TransactionLog) -> NDArray[np.float64]:
    """Each customer's spend less returns, (customers,); netted lines have theirs taken off already."""
    size = len(history.customers)
    spend = _sum_by(history.lines, history.spend, size)
    if history.gross is not None:
        return spend
    returned = history.cancellations
    worth = np.nan_to_num((returned["quantity"] * returned["price"]).to_numpy(dtype=np.float64))
    return spend + _sum_by(returned, worth, size)


def _sum_by(lines: pd.DataFrame, values: NDArray[np.float64], customers: int) -> NDArray[np.float64]:
    summed = np.bincount(lines["customer"].to_numpy(), weights=values, minlength=customers)
    return summed.astype(np.float64)  # bincount of nothing is integer


def _share(values: ArrayLike) -> NDArray[np.float64]:
    parts = np.asarray(values, dtype=np.float64)
    return parts / parts.sum() if parts.sum() else np.full(len(parts), np.nan)


def _medians(segmentation: Segmentation) -> pd.DataFrame:
    medians = segmentation.features.groupby(segmentation.codes).median()
    return medians.reindex(range(len(segmentation.names))).add_prefix("median_")


def _best_sellers(known: Known) -> list[str]:
    """Per segment the products with most buyers in it (ties as everywhere: see Known.popularity_rank)."""
    assert known.segmentation is not None
    labels = known.catalogue["description"].fillna(known.catalogue["product"]).astype(str).str.strip()
    texts = labels.to_numpy(dtype=object)
    told = []
    for buyers in _buyers(known.history, known.segmentation):
        order = np.lexsort((known.popularity_rank, -buyers))[:TOP_PRODUCTS]
        told.append("; ".join(texts[order[buyers[order] > 0]]))
    return told


def _buyers(history: TransactionLog, segmentation: Segmentation) -> NDArray[np.float64]:
    """Distinct buyers of each product in each segment. Shape (segments, products)."""
    customers = len(segmentation.codes)
    belongs = sparse.csr_matrix(
        (np.ones(customers), (segmentation.codes, np.arange(customers))),
        shape=(len(segmentation.names), customers),
    )
    return np.asarray((belongs @ history.bought).toarray())

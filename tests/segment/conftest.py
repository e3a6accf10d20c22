"""Logs written by hand: rows of (customer, product, invoice, time, quantity, price)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pytest

from recsys.core.fold import Known, know
from recsys.core.ids import NOTHING, IdMap
from recsys.core.log import LINE_COLUMNS, TransactionLog, check_lines

Row = tuple[str, str, str, str, float, float]
CUTOFF = np.datetime64("2024-03-01")


def make_log(rows: Iterable[Row], end: str = "2024-04-01", *, netted: bool = False) -> TransactionLog:
    """The log of these rows; a negative quantity is a cancellation, a NaN price is no price."""
    frame = pd.DataFrame(list(rows), columns=["who", "what", "invoice", "time", "quantity", "price"])
    frame["time"] = frame["time"].to_numpy(dtype="datetime64[s]")
    frame["time"] = frame.groupby("invoice")["time"].transform("min")
    frame = frame.sort_values("time", kind="stable")
    customers, products = IdMap.of(frame["who"]), IdMap.of(frame["what"])
    coded = frame.assign(
        customer=customers.codes(frame["who"]),
        product=products.codes(frame["what"]),
        basket=pd.factorize(frame["invoice"])[0].astype(np.int32),
        description=np.int32(NOTHING),
    ).astype({"quantity": "float64", "price": "float64"})[list(LINE_COLUMNS)]
    bought = coded[coded["quantity"] > 0].reset_index(drop=True)
    cancelled = coded[coded["quantity"] < 0].reset_index(drop=True)
    check_lines(bought)
    return TransactionLog(
        bought,
        customers,
        products,
        IdMap.of([]),
        np.datetime64(end, "s"),
        cancellations=cancelled,
        gross=bought if netted else None,
    )


def shop(customers: int, seed: int = 0, *, priced: bool = True) -> list[Row]:
    """Customers of four habits, so that there is something to find."""
    rng = np.random.default_rng(seed)
    habits = [(12, 40.0, 5), (4, 30.0, 30), (1, 60.0, 10), (1, 4.0, 150)]  # invoices, price, last seen
    rows: list[Row] = []
    for who in range(customers):
        invoices, price, last = habits[who % 4]
        for at in range(invoices):
            age = last * rng.uniform(0.6, 1.4) + at * rng.uniform(8, 12)
            day = CUTOFF.astype("datetime64[s]") - np.timedelta64(int(age * 86_400), "s")
            for product in rng.choice(20, size=3, replace=False):
                paid = price * rng.uniform(0.7, 1.3) if priced else np.nan
                rows.append(
                    (
                        f"c{who:04}",
                        f"p{product:02}",
                        f"i{who}-{at}",
                        str(day),
                        float(rng.integers(1, 6)),
                        paid,
                    )
                )
    return rows


@pytest.fixture(scope="session")
def log_of() -> Callable[..., TransactionLog]:
    return make_log


@pytest.fixture(scope="session")
def known_of() -> Callable[..., Known]:
    """What is known at 1 March 2024 (or `cutoff`) of a log of these rows."""

    def known(
        rows: Iterable[Row], cutoff: str = str(CUTOFF), *, netted: bool = False, returners: bool = False
    ) -> Known:
        return know(make_log(rows, netted=netted), np.datetime64(cutoff), returners=returners)

    return known


@pytest.fixture(scope="session")
def shop_rows() -> Callable[..., list[Row]]:
    return shop

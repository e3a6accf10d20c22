"""Logs written by hand, and worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recsys.core.fold import Known, know
from recsys.core.ids import NOTHING, IdMap
from recsys.core.log import EVIDENCE_COLUMNS, TransactionLog, check_lines, midnight_after
from recsys.core.netting import net

HEAD = ["customer", "product", "invoice", "time", "quantity", "price", "description"]


def make_log(
    rows: Iterable[Sequence[Any]],
    *,
    nets: bool = False,
    views: Iterable[tuple[str, str, str, float]] = (),
    customer_columns: Mapping[str, Sequence[Any]] | None = None,
    product_columns: Mapping[str, Sequence[Any]] | None = None,
) -> TransactionLog:
    """The log of rows (customer, product, invoice, time, quantity, price[, description]).

    A negative quantity is a cancellation: set aside, or taken off earlier purchases where `nets`. views:
    (customer, product, time, weight). Attribute columns hold one value per row. It ends with its last row.
    """
    attributes = {**(customer_columns or {}), **(product_columns or {})}
    frame = pd.DataFrame([(*row, None)[:7] for row in rows], columns=HEAD).assign(**attributes)
    time = frame["time"].to_numpy(dtype="datetime64[s]")
    frame["time"] = pd.Series(time).groupby(frame["invoice"].to_numpy()).transform("min").to_numpy()
    frame = frame.sort_values(["time", "invoice"], kind="stable", ignore_index=True)
    is_purchase = frame["quantity"].to_numpy() > 0
    customers, products = IdMap.of(frame["customer"][is_purchase]), IdMap.of(frame["product"][is_purchase])
    texts = IdMap.of(text for text in frame["description"] if isinstance(text, str))
    coded = pd.DataFrame(
        {
            "customer": customers.codes(frame["customer"]),
            "product": products.codes(frame["product"]),
            "basket": pd.factorize(frame["invoice"])[0].astype(np.int32),
            "time": frame["time"].astype("datetime64[s]"),
            "quantity": frame["quantity"].astype(float),
            "price": frame["price"].astype(float),
            "description": texts.codes(frame["description"]),
        }
    ).assign(**{name: frame[name] for name in attributes})
    lines = coded[is_purchase].reset_index(drop=True)
    known = (coded["customer"] != NOTHING) & (coded["product"] != NOTHING)
    cancellations = coded[~is_purchase & known].reset_index(drop=True)
    check_lines(lines)
    check_lines(cancellations)
    return TransactionLog(
        lines=net(lines, cancellations) if nets else lines,
        customers=customers,
        products=products,
        descriptions=texts,
        end=midnight_after(coded["time"].to_numpy()[-1]),
        cancellations=cancellations,
        evidence=_evidence(views, customers, products),
        customer_columns=tuple(customer_columns or ()),
        product_columns=tuple(product_columns or ()),
        gross=lines if nets else None,
    )


def _evidence(
    views: Iterable[tuple[str, str, str, float]], customers: IdMap, products: IdMap
) -> pd.DataFrame:
    frame = pd.DataFrame(list(views), columns=["customer", "product", "time", "weight"])
    frame["customer"] = customers.codes(frame["customer"])
    frame["product"] = products.codes(frame["product"])
    frame["time"] = frame["time"].to_numpy(dtype="datetime64[s]")
    return frame.astype(EVIDENCE_COLUMNS).sort_values("time", kind="stable", ignore_index=True)


def bought(pairs: str, day: str = "2024-01-01", description: str | None = None) -> list[tuple[Any, ...]]:
    """Rows of one unit at price 1 from "ann:tea ann:pot bob:tea"; each customer has one invoice a day."""
    found = [pair.split(":") for pair in pairs.split()]
    return [(who, what, f"{who} {day}", day, 1, 1.0, description) for who, what in found]


def all_of(log: TransactionLog) -> Known:
    """Everything in the log as what is known."""
    return know(log, log.end)


def random_log(
    seed: int, *, customers: int = 30, products: int = 20, lines: int = 300, **more: Any
) -> TransactionLog:
    """Many small invoices over 90 days, popular products more often; the same for the same seed."""
    return make_log(random_rows(seed, customers=customers, products=products, lines=lines), **more)


def random_rows(
    seed: int, *, customers: int = 30, products: int = 20, lines: int = 300
) -> list[tuple[Any, ...]]:
    """Rows of `random_log`."""
    rng = np.random.default_rng(seed)
    words = ["red", "blue", "green", "mug", "bag", "clock", "lamp", "paper", "glass", "tin"]
    texts = [" ".join(rng.choice(words, size=3, replace=False)) for _ in range(products)]
    rows = []
    for _ in range(lines):
        who, day = int(rng.integers(customers)), 3 * int(rng.integers(30))
        what = int(products * rng.random() ** 2)
        time = str(np.datetime64("2024-01-01T09:00:00") + np.timedelta64(day, "D"))
        price = 1.0 + what % 7
        rows.append(
            (f"c{who:02}", f"p{what:02}", f"i{who}-{day}", time, int(rng.integers(1, 5)), price, texts[what])
        )
    return rows

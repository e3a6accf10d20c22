"""A shop's purchase lines, oldest first, with ids as codes; the one noun every stage starts from.

Columns of `lines` and `cancellations` (the contract; `check_lines` holds it):

customer     int32    code in `customers`
product      int32    code in `products`
basket       int32    one per invoice, numbered by time
time         datetime64[s]  the first time of the line's invoice, so that no slice cuts an invoice
quantity     float64  units, > 0 (cancellations: < 0)
price        float64  currency per unit; NaN throughout where the source has no prices
description  int32    code in `descriptions`, NOTHING where there is none
...          one column per mapped customer or product attribute (category or float64)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.ids import NOTHING, IdMap
from recsys.core.netting import net
from recsys.core.weighting import BINARY, Weighting

T = TypeVar("T")
Moment = datetime | np.datetime64

LINE_COLUMNS = {
    "customer": "int32",
    "product": "int32",
    "basket": "int32",
    "time": "datetime64[s]",
    "quantity": "float64",
    "price": "float64",
    "description": "int32",
}
EVIDENCE_COLUMNS = {"customer": "int32", "product": "int32", "time": "datetime64[s]", "weight": "float64"}


def empty_frame(columns: dict[str, str]) -> pd.DataFrame:
    """No rows, but the right columns and types."""
    return pd.DataFrame({name: np.empty(0, dtype=kind) for name, kind in columns.items()})


def to_seconds(moment: Moment) -> np.datetime64:
    """The instant in the log's resolution."""
    return np.array([moment], dtype="datetime64[s]")[0]


def midnight_after(moment: np.datetime64) -> np.datetime64:
    """The first midnight that is later than `moment`."""
    return (moment.astype("datetime64[D]") + 1).astype("datetime64[s]")


@dataclass(frozen=True, eq=False)
class TransactionLog:
    """Purchase lines, oldest first; every line carries its invoice's first time.

    lines, cancellations: see the module docstring; both sorted by time.
    evidence: views and carts (customer, product, time, weight): weaker than a purchase, never truth.
    customers, products, descriptions: the names behind the codes.
    end: the instant the slice ends (exclusive); ages are counted from here.
    customer_columns, product_columns: attribute columns of `lines`.
    gross: the lines before netting, where cancellations are netted; None otherwise.
    """

    lines: pd.DataFrame
    customers: IdMap
    products: IdMap
    descriptions: IdMap
    end: np.datetime64
    cancellations: pd.DataFrame = field(default_factory=lambda: empty_frame(LINE_COLUMNS))
    evidence: pd.DataFrame = field(default_factory=lambda: empty_frame(EVIDENCE_COLUMNS))
    customer_columns: tuple[str, ...] = ()
    product_columns: tuple[str, ...] = ()
    gross: pd.DataFrame | None = None
    _matrices: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return (
            f"TransactionLog({len(self.lines):,} lines, {len(self.customers):,} customers, "
            f"{len(self.products):,} products, up to {self.end})"
        )

    # -- slices ------------------------------------------------------------------------------

    def between(
        self, start: datetime | np.datetime64 | None, end: datetime | np.datetime64
    ) -> TransactionLog:
        """The lines with start <= time < end (start None: from the beginning), codes unchanged.

        Where cancellations are netted, only those before `end` are: a later return must not edit the past.
        """
        first = None if start is None else to_seconds(start)
        last = to_seconds(end)
        raw = self.lines if self.gross is None else self.gross
        cancelled = _slice(self.cancellations, None, last)
        lines = _slice(raw, first, last)
        gross = None
        if self.gross is not None:
            gross = lines
            lines = _slice(net(_slice(raw, None, last), cancelled), first, last)
        return replace(
            self,
            lines=lines,
            gross=gross,
            cancellations=_slice(cancelled, first, last),
            evidence=_slice(self.evidence, first, last),
            end=last,
            _matrices={},
        )

    def recoded(self, *, returners: bool = False) -> TransactionLog:
        """The same lines; maps and categories hold only customers, products, texts and values found here.

        returners: customers who have returns of these products, but no line, stay too.
        """
        sold = _present(self.lines["product"], len(self.products))
        came = _present(self.lines["customer"], len(self.customers))
        if returners:
            back = self.cancellations
            came |= _present(back["customer"][sold[back["product"].to_numpy()]], len(self.customers))
        customers, customer_code = self.customers.keep(came)
        products, product_code = self.products.keep(sold)
        texts, text_code = self.descriptions.keep(_present(self.lines["description"], len(self.descriptions)))
        text_code = np.append(text_code, np.int32(NOTHING))  # position -1: no description

        def recode(frame: pd.DataFrame) -> pd.DataFrame:
            changed = {
                "customer": customer_code[frame["customer"].to_numpy()],
                "product": product_code[frame["product"].to_numpy()],
            }
            if "description" in frame:
                changed["description"] = np.append(text_code, np.int32(NOTHING))[
                    frame["description"].to_numpy()
                ]
            moved = frame.assign(**changed)
            known = (changed["customer"] >= 0) & (changed["product"] >= 0)
            return _only_held(moved if known.all() else moved[known].reset_index(drop=True))

        return replace(
            self,
            lines=recode(self.lines),
            gross=None if self.gross is None else recode(self.gross),
            cancellations=recode(self.cancellations),
            evidence=recode(self.evidence),
            customers=customers,
            products=products,
            descriptions=texts,
            _matrices={},
        )

    def without(self, customers: NDArray[np.int32]) -> TransactionLog:
        """The log as if these customers (codes) had never come; codes and maps unchanged."""
        gone = np.zeros(len(self.customers), dtype=bool)
        gone[customers] = True

        def stay(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[~gone[frame["customer"].to_numpy()]].reset_index(drop=True)

        return replace(
            self,
            lines=stay(self.lines),
            gross=None if self.gross is None else stay(self.gross),
            cancellations=stay(self.cancellations),
            evidence=stay(self.evidence),
            _matrices={},
        )

    # -- what the lines say ------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """(customers, products) of the maps."""
        return len(self.customers), len(self.products)

    @cached_property
    def held(self) -> tuple[int, int]:
        """(customers, products) with a line; the maps also name those of whom all was returned."""
        return self.lines["customer"].nunique(), self.lines["product"].nunique()

    @cached_property
    def priced(self) -> bool:
        """Whether any line has a price; money metrics are off otherwise."""
        return bool(self.lines["price"].notna().any())

    @cached_property
    def spend(self) -> NDArray[np.float64]:
        """Quantity times price of each line, 0 where the price is unknown. Shape (lines,)."""
        worth = self.lines["quantity"].to_numpy() * self.lines["price"].to_numpy()
        return np.nan_to_num(worth, nan=0.0)

    @cached_property
    def age_days(self) -> NDArray[np.float64]:
        """Days from each line to the end of the slice. Shape (lines,)."""
        return self._age(self.lines)

    def _age(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        return np.asarray((self.end - frame["time"].to_numpy()) / np.timedelta64(1, "D"), dtype=np.float64)

    @cached_property
    def purchases(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Each product of each invoice once: its pair key, sorted, and its age in days."""
        lines = self.lines
        pair = (
            lines["customer"].to_numpy().astype(np.int64) * len(self.products) + lines["product"].to_numpy()
        )
        basket = lines["basket"].to_numpy().astype(np.int64)
        order = np.lexsort((basket, pair))
        pair, basket = pair[order], basket[order]
        first = np.ones(len(pair), dtype=bool)
        first[1:] = (pair[1:] != pair[:-1]) | (basket[1:] != basket[:-1])
        return pair[first], self.age_days[order][first]

    def pair_keys(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """customer * products + product of each row."""
        return (
            frame["customer"].to_numpy().astype(np.int64) * len(self.products) + frame["product"].to_numpy()
        )

    def matrix(self, weighting: Weighting = BINARY) -> sparse.csr_matrix:
        """Customers x products, float32, weighted; views and carts add their stated weights. Cached."""
        if weighting not in self._matrices:
            self._matrices[weighting] = self._build(weighting, with_evidence=True)
        return self._matrices[weighting]

    def once(self, name: str, weighting: Weighting, make: Callable[[sparse.csr_matrix], T]) -> T:
        """What `make` gives for a matrix: made once for this slice, shared by all who ask by this name."""
        if (name, weighting) not in self._matrices:
            self._matrices[name, weighting] = make(self.matrix(weighting))
        found: T = self._matrices[name, weighting]
        return found

    @cached_property
    def bought(self) -> sparse.csr_matrix:
        """Customers x products, 1 where the customer purchased the product (views do not count)."""
        if len(self.evidence) == 0:
            return self.matrix(BINARY)
        return self._build(BINARY, with_evidence=False)

    def _build(self, weighting: Weighting, *, with_evidence: bool) -> sparse.csr_matrix:
        pair, age = self.purchases
        weight = weighting.of_event(age)
        if with_evidence and len(self.evidence):
            seen = self.evidence
            seen_pair = self.pair_keys(seen)
            seen_age = self._age(seen)
            pair = np.concatenate([pair, seen_pair])
            weight = np.concatenate([weight, seen["weight"].to_numpy() * weighting.of_event(seen_age)])
            order = np.argsort(pair, kind="stable")
            pair, weight = pair[order], weight[order]
        return _pairs_to_csr(pair, weight, weighting, self.shape)

    @cached_property
    def buyers(self) -> NDArray[np.int64]:
        """Distinct customers who bought each product. Shape (products,)."""
        return np.bincount(self.bought.indices, minlength=len(self.products))

    @cached_property
    def invoices(self) -> NDArray[np.int64]:
        """Distinct invoices of each customer. Shape (customers,)."""
        heads = self.lines.drop_duplicates("basket")["customer"].to_numpy()
        return np.bincount(heads, minlength=len(self.customers))

    def latest(self, by: str, column: str) -> pd.Series:
        """The last value of an attribute per `by` ("customer" or "product"), indexed by code.

        That of a customer without a line is the one their returns have.
        """
        size = len(self.customers if by == "customer" else self.products)
        told = self.lines[[by, column]]
        if by == "customer" and self.held[0] < size:
            back = self.cancellations[[by, column]]
            told = pd.concat([told, back[~back[by].isin(told[by])]])
        known = told.dropna(subset=[column]).drop_duplicates(by, keep="last")
        return known.set_index(by)[column].reindex(range(size))

    @cached_property
    def customer_attributes(self) -> pd.DataFrame:
        """The last value of each customer attribute seen in this slice; row = customer code."""
        return pd.DataFrame(
            {name: self.latest("customer", name) for name in self.customer_columns},
            index=range(len(self.customers)),
        )

    @cached_property
    def product_attributes(self) -> pd.DataFrame:
        """The last value of each product attribute seen in this slice; row = product code."""
        return pd.DataFrame(
            {name: self.latest("product", name) for name in self.product_columns},
            index=range(len(self.products)),
        )


def check_lines(frame: pd.DataFrame) -> None:
    """Raise ValueError where the column contract is broken: a programming error, not a user's."""
    for name, kind in LINE_COLUMNS.items():
        if name not in frame or str(frame[name].dtype) != kind:
            held = frame[name].dtype if name in frame else "absent"
            raise ValueError(f"column {name!r} is {held}: expected {kind}")
    if not frame["time"].is_monotonic_increasing:
        raise ValueError("lines are not sorted by time")


def _slice(frame: pd.DataFrame, start: np.datetime64 | None, end: np.datetime64) -> pd.DataFrame:
    times = frame["time"].to_numpy()
    first = 0 if start is None else int(np.searchsorted(times, start, side="left"))
    last = int(np.searchsorted(times, end, side="left"))
    return frame.iloc[first : max(first, last)].reset_index(drop=True)


def _only_held(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories are those that occur: a later country or shelf must not show as an unused one."""
    held = [name for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)]
    return frame.assign(**{name: frame[name].cat.remove_unused_categories() for name in held})


def _present(codes: pd.Series, size: int) -> NDArray[np.bool_]:
    mask = np.zeros(size, dtype=bool)
    at = codes.to_numpy()
    mask[at[at >= 0]] = True
    return mask


def _pairs_to_csr(
    pair: NDArray[np.int64], weight: NDArray[np.float64], weighting: Weighting, shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Sum weights over equal, sorted pairs and lay them out by row."""
    customers, products = shape
    starts = (
        np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]])) if len(pair) else np.empty(0, int)
    )
    total = np.add.reduceat(weight, starts) if len(pair) else np.empty(0)
    distinct = pair[starts]
    indptr = np.searchsorted(distinct, np.arange(customers + 1, dtype=np.int64) * products)
    matrix = sparse.csr_matrix(
        (
            weighting.of_sum(total).astype(np.float32),
            (distinct % max(products, 1)).astype(np.int32),
            indptr.astype(np.int32 if len(distinct) < 2**31 else np.int64),
        ),
        shape=shape,
    )
    matrix.has_sorted_indices = True
    matrix.has_canonical_format = True
    return matrix

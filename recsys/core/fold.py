"""What was known at the cutoff, and what happened next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.errors import SplitError
from recsys.core.ids import NOTHING
from recsys.core.log import Moment, TransactionLog, to_seconds
from recsys.core.segmentation import Segmentation


class Target(StrEnum):
    """Which later purchases count as truth.

    any: all of them. new: those the customer had not bought before. new-products: those first sold after
    the cutoff, which only a model that reads descriptions can name.
    """

    ANY = "any"
    NEW = "new"
    NEW_PRODUCTS = "new-products"


@dataclass(frozen=True, eq=False)
class Known:
    """All that may be seen at the cutoff; holds no id, price or text that is not in the history.

    catalogue: row = product code; product (external name), description (or None), price (last before the
    cutoff), first_seen, last_seen, and the mapped product attributes.
    """

    cutoff: np.datetime64
    history: TransactionLog
    catalogue: pd.DataFrame
    segmentation: Segmentation | None = None

    def __repr__(self) -> str:
        return f"Known(at {self.cutoff}: {self.history!r}, {self.segmentation!r})"

    @cached_property
    def popularity_rank(self) -> NDArray[np.int32]:
        """Each product's place by distinct buyers, then by external id: how ties break. Shape (products,)."""
        order = np.argsort(-self.history.buyers, kind="stable")
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return rank

    def described(self) -> bool:
        """Whether any product has a description."""
        return bool(self.catalogue["description"].notna().any())

    def with_segments(self, segmentation: Segmentation | None) -> Known:
        """The same knowledge with customers assigned to segments."""
        return replace(self, segmentation=segmentation)


@dataclass(frozen=True, eq=False)
class Truth:
    """What each judged customer went on to buy.

    customers: (n,) int32 codes in the history (NOTHING for people without history).
    bought: n x products, 1 where the product is in the truth.
    spend: n x products, same pattern: what was paid, net of returns inside the future.
    names: (n,) external ids.
    units: n x products: how many were bought and not returned inside the future; None: one each.
    """

    target: Target
    customers: NDArray[np.int32]
    bought: sparse.csr_matrix
    spend: sparse.csr_matrix
    names: NDArray[np.object_]
    units: sparse.csr_matrix | None = None

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def kept(self) -> sparse.csr_matrix:
        """The units; n x products."""
        return self.bought if self.units is None else self.units

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Products in each customer's truth. Shape (n,)."""
        return np.diff(self.bought.indptr)


@dataclass(frozen=True, eq=False)
class Fold:
    """Known, and the future that only metrics may see.

    window: 0 is the latest. future: purchase lines with cutoff + gap <= time < end, in its own codes.
    """

    known: Known
    future: TransactionLog
    window: int = 0

    @cached_property
    def _customer_in_history(self) -> NDArray[np.int32]:
        return self.known.history.customers.codes(self.future.customers.names)

    @cached_property
    def _product_in_history(self) -> NDArray[np.int32]:
        return self.known.history.products.codes(self.future.products.names)

    @cached_property
    def newcomers(self) -> Truth:
        """Future buyers without history, judged on `any`."""
        return self._in_catalogue(self._customer_in_history == NOTHING)

    def truth(self, target: Target) -> Truth:
        """The judged customers of a target: with history, and a non-empty truth."""
        return {
            Target.ANY: lambda: self._any,
            Target.NEW: lambda: self._new,
            Target.NEW_PRODUCTS: lambda: self.truth_of_arrivals,
        }[target]()

    def _in_catalogue(self, who: NDArray[np.bool_]) -> Truth:
        return self._truth(Target.ANY, who, self._product_in_history, len(self.known.history.products))

    @cached_property
    def _any(self) -> Truth:
        return self._in_catalogue(self._customer_in_history != NOTHING)

    @cached_property
    def _new(self) -> Truth:
        every = self._any
        before = self.known.history.bought[every.customers]
        fresh = (every.bought - every.bought.multiply(before)).tocsr()
        fresh.eliminate_zeros()
        spend, units = every.spend.multiply(fresh), every.kept.multiply(fresh)
        return _non_empty(Truth(Target.NEW, every.customers, fresh, spend, every.names, units))

    def _truth(self, target: Target, who: NDArray[np.bool_], product: NDArray[np.int32], size: int) -> Truth:
        """Distinct products that each of these future customers bought.

        product: the column of each future product, NOTHING where it does not count; size: how many columns.
        """
        future = self.future
        shape = (len(future.customers), size)

        def laid(lines: pd.DataFrame, values: NDArray[np.float64]) -> sparse.csr_matrix:
            code = product[lines["product"].to_numpy()]
            real = code != NOTHING
            cells = (lines["customer"].to_numpy()[real], code[real])
            return _canonical(sparse.csr_matrix((values[real], cells), shape=shape))

        bought = laid(future.lines, np.ones(len(future.lines)))
        bought.data[:] = 1.0
        rows = np.flatnonzero(who)

        def net(of_lines: NDArray[np.float64], of_returns: NDArray[np.float64]) -> sparse.csr_matrix:
            total = laid(future.lines, of_lines)
            if future.gross is None:  # netted lines have their returns taken off already
                total = total + laid(future.cancellations, of_returns)
            return total.maximum(0).multiply(bought).tocsr()[rows]

        lines, returned = future.lines, future.cancellations
        back = returned["quantity"].to_numpy()
        spend = net(future.spend, np.nan_to_num(back * returned["price"].to_numpy()))
        units = net(lines["quantity"].to_numpy(), back)
        codes, names = self._customer_in_history[rows], future.customers.names[rows]
        return _non_empty(Truth(target, codes, bought[rows], spend, names, units))

    @property
    def future_customers(self) -> NDArray[np.int32]:
        """Every future buyer's code in the history; NOTHING for those without one."""
        return self._customer_in_history

    @property
    def future_products(self) -> NDArray[np.int32]:
        """Every later bought product's code in the history; NOTHING for those first sold after the cutoff."""
        return self._product_in_history

    @cached_property
    def bought_later(self) -> Truth:
        """What every future buyer bought, new products too; columns are the future's own codes."""
        products = len(self.future.products)
        everyone = np.ones(len(self.future.customers), dtype=bool)
        return self._truth(Target.ANY, everyone, np.arange(products, dtype=np.int32), products)

    @cached_property
    def arrivals(self) -> pd.DataFrame:
        """The products first sold after the cutoff: product, description, ...; row = position in lists."""
        new = self._product_in_history == NOTHING
        return catalogue(self.future)[new].reset_index(drop=True)

    @cached_property
    def truth_of_arrivals(self) -> Truth:
        """What customers with history bought of `arrivals`; columns are its rows."""
        new = self._product_in_history == NOTHING
        position = np.where(new, np.cumsum(new) - 1, NOTHING).astype(np.int32)
        who = self._customer_in_history != NOTHING
        return self._truth(Target.NEW_PRODUCTS, who, position, int(new.sum()))

    @cached_property
    def pairs(self) -> dict[str, int]:
        """Distinct (customer, product) pairs of the future, and how many of them could be named."""
        lines = self.future.lines[["customer", "product"]].drop_duplicates()
        known = self._customer_in_history[lines["customer"].to_numpy()] != NOTHING
        sold = self._product_in_history[lines["product"].to_numpy()] != NOTHING
        return {
            "all": len(lines),
            "in catalogue": int(sold.sum()),
            "with history": int(known.sum()),
            "with history, in catalogue": int((known & sold).sum()),
        }


def know(
    log: TransactionLog, cutoff: Moment, start: Moment | None = None, *, returners: bool = False
) -> Known:
    """All of `log` with start <= time < cutoff, re-coded. Raises SplitError where nothing is left.

    returners: also those who only returned, whom a segmenter may group but nobody is to judge or serve.
    """
    at = to_seconds(cutoff)
    history = log.between(start, at).recoded(returners=returners)
    if len(history.lines) == 0:
        raise SplitError(
            f"cutoff {_day(at)} leaves no history (the log starts {_day(log.lines['time'].min())}): "
            "expected purchases before it; shorten split.holdout_days or split.windows"
        )
    return Known(at, history, catalogue(history))


def make_fold(
    log: TransactionLog,
    cutoff: np.datetime64,
    end: np.datetime64,
    *,
    gap_days: int = 0,
    history_days: int | None = None,
    window: int = 0,
) -> Fold:
    """The one way a fold is made: history before `cutoff`, future from cutoff + gap_days to `end`."""
    start = None if history_days is None else cutoff - np.timedelta64(history_days, "D")
    known = know(log, cutoff, start)
    future = log.between(cutoff + np.timedelta64(gap_days, "D"), end).recoded()
    return Fold(known, future, window)


def catalogue(history: TransactionLog) -> pd.DataFrame:
    """What the history says of each product; row = product code (see Known)."""
    lines, size = history.lines, len(history.products)
    by_product = lines["product"].to_numpy()
    time = lines["time"].to_numpy()
    last = np.zeros(size, dtype=np.int64)
    last[by_product] = np.arange(len(lines))  # lines are in time order: the last write wins
    first = np.zeros(size, dtype=np.int64)
    first[by_product[::-1]] = np.arange(len(lines))[::-1]
    priced = np.flatnonzero(lines["price"].notna().to_numpy())
    price = np.full(size, np.nan)
    price[by_product[priced]] = lines["price"].to_numpy()[priced]
    frame = pd.DataFrame(
        {
            "product": history.products.names,
            "description": pd.Series(
                history.descriptions.take(_usual_description(lines, size)), dtype=object
            ),
            "price": price,
            "first_seen": time[first],
            "last_seen": time[last],
        }
    )
    return pd.concat([frame, history.product_attributes], axis=1)


def _usual_description(lines: pd.DataFrame, products: int) -> NDArray[np.int32]:
    """The most frequent description of each product (ties: the latest); NOTHING where there is none."""
    text = lines["description"].to_numpy()
    at = np.flatnonzero(text != NOTHING)
    found = np.full(products, NOTHING, dtype=np.int32)
    if len(at) == 0:
        return found
    pair = lines["product"].to_numpy()[at].astype(np.int64) * (int(text.max()) + 1) + text[at]
    inverse, distinct = pd.factorize(pair)  # a product has few texts: hashing is quicker than sorting
    count = np.bincount(inverse)
    latest = np.zeros(len(distinct), dtype=np.int64)
    latest[inverse] = at
    product, code = np.divmod(distinct, int(text.max()) + 1)
    order = np.lexsort((latest, count, product))  # the last of each product is its most frequent, latest
    found[product[order]] = code[order].astype(np.int32)
    return found


def _non_empty(truth: Truth) -> Truth:
    kept = np.flatnonzero(truth.sizes > 0)
    return Truth(
        truth.target,
        truth.customers[kept],
        _canonical(truth.bought.tocsr()[kept]),
        _canonical(truth.spend.tocsr()[kept]),
        truth.names[kept],
        _canonical(truth.kept.tocsr()[kept]),
    )


def _canonical(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix.sum_duplicates()
    return matrix


def _day(moment: object) -> str:
    return str(moment)[:10]

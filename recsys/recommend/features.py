"""What is known at the cutoff of a customer, a product, and the two together: input of learned rankers.

All figures come from the purchase lines of the history. Ages are days before the cutoff, counts are distinct
invoices unless said otherwise, prices and units are means of logarithms. A figure that does not exist (days
since a purchase that never was) is NaN. Shares of few cases are drawn towards the shop's by `PRIOR` cases.

How soon a customer buys a product again follows Bhagat, Muralidharan, Lobzhanidze, Vishwanath, "Buy it again:
modeling repeat purchase recommendations", KDD 2018: how often buyers of the product return to it (`return_`),
and where in the customer's own rhythm the cutoff lies (`due_`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Known

HALF_LIVES = (7, 15, 30, 60, 120, 240)
RECENT = (3, 7, 14, 28, 56, 112)
MONTH = 28
PRIOR = 5.0  # cases of the shop's mean that a share of few cases is mixed with
DAY = np.timedelta64(1, "D")
MISSING = ("age", "first", "gap", "last_gap", "units_last")  # of a pair that never was: NaN, not 0

Column = NDArray[np.float64]
Table = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Figures:
    """Lookup tables of one history.

    keys: (pairs,) sorted pair keys (customer * products + product) of what was bought.
    pairs, products, customers: float32, a row each.
    names: columns of pairs, products, customers.
    """

    keys: NDArray[np.int64]
    pairs: Table
    products: Table
    customers: Table
    names: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]

    @classmethod
    def at(cls, known: Known) -> Figures:
        """The figures of everything in the history."""
        customers = _of_customers(known)
        keys, pairs = _of_pairs(known)
        products = _of_products(known, keys, pairs)
        return cls(
            keys,
            _stacked(pairs),
            _stacked(products),
            _stacked(customers),
            (tuple(pairs), tuple(products), tuple(customers)),
        )

    def of(self, customers: NDArray[np.int32], products: NDArray[np.int32]) -> tuple[Table, list[str]]:
        """Every figure of each pair, (pairs, figures) float32, and the figures' names."""
        own, of_product, of_customer = self.names
        key = customers.astype(np.int64) * len(self.products) + products
        blocks = (self._own(key), self.products[products], self.customers[customers])
        names = [f"own_{n}" for n in own] + [f"p_{n}" for n in of_product] + [f"c_{n}" for n in of_customer]
        wide = np.concatenate(blocks, axis=1)
        crossed = _crossed({name: wide[:, i] for i, name in enumerate(names)})
        return np.column_stack([wide, *crossed.values()]), names + list(crossed)

    def _own(self, key: NDArray[np.int64]) -> Table:
        """The figures of these pairs; zeros and NaN (`MISSING`) for what was never bought."""
        never = np.array([np.nan if name in MISSING else 0.0 for name in self.names[0]], dtype=np.float32)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        rows = self.pairs[at]
        rows[self.keys[at] != key] = never
        return rows


def _stacked(columns: Mapping[str, Column]) -> Table:
    return np.column_stack(list(columns.values())).astype(np.float32)


def _crossed(figure: dict[str, Table]) -> dict[str, Table]:
    """Figures of the pair that follow from those of its sides."""
    some = np.maximum(figure["c_invoices"], 1.0)
    again = np.maximum(figure["own_invoices"] - 1, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(again > 0, figure["own_gap"], 0.0)
        usual = np.where(np.isnan(figure["p_gap"]), np.maximum(figure["c_gap"], 1.0), figure["p_gap"])
        rhythm = np.where(figure["own_invoices"] > 0, (gap * again + usual) / (again + 1), np.nan)
        found = {
            "price_ratio": figure["p_price"] - figure["c_price"],
            "units_ratio": figure["p_units"] - figure["c_units"],
            "taste_ratio": np.log(figure["p_buyers"]) - figure["c_taste"],
            "age_ratio": figure["p_age_share"] - figure["c_novelty"],
            "due": figure["own_age"] / figure["own_gap"],
            "due_last": figure["own_age"] / figure["own_last_gap"],
            "due_rhythm": figure["own_age"] / rhythm,
            "due_of_product": figure["own_age"] / figure["p_gap"],
            "due_of_customer": figure["own_age"] / np.maximum(figure["c_gap"], 1.0),
            "own_share": figure["own_invoices"] / some,
            "own_share_since": figure["own_invoices"] / np.maximum(figure["own_since"], 1.0),
            "missed_days": figure["own_age"] - figure["c_age"],
            "units_kept": figure["own_units_last"] - figure["own_units"],
        }
        for days in HALF_LIVES[1:-1]:
            found[f"share_{days}"] = figure[f"own_fading_{days}"] / figure[f"c_fading_{days}"]
    return {name: column.astype(np.float32) for name, column in found.items()}


def _of_pairs(known: Known) -> tuple[NDArray[np.int64], dict[str, Column]]:
    """Sorted keys of all pairs that were bought, and their figures.

    since: the customer's invoices from the first with the product on.
    """
    history = known.history
    key, age = history.purchases  # by pair, then by time: the oldest of a pair first
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    bought = np.diff(np.append(starts, len(key))).astype(np.float64)
    ends = np.append(starts[1:], len(key)) - 1
    last, first = age[ends], age[starts]
    pair, size = key[starts], len(history.products)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(bought > 1, np.maximum((first - last) / (bought - 1), 0.5), np.nan)
        last_gap = np.where(bought > 1, np.maximum(age[np.maximum(ends - 1, 0)] - last, 0.5), np.nan)
    found = {"invoices": bought, "age": last, "first": first, "gap": gap, "last_gap": last_gap}
    for days in HALF_LIVES:
        found[f"fading_{days}"] = np.add.reduceat(0.5 ** (age / days), starts)
    who = pair // size
    visits = _visits(known)
    found["since"] = visits.after(who, first) + 1
    at = np.searchsorted(pair, history.pair_keys(history.lines))
    units = np.log1p(np.maximum(history.lines["quantity"].to_numpy(), 0.0))
    found["units"] = np.bincount(at, units, len(starts)) / np.maximum(
        np.bincount(at, minlength=len(starts)), 1
    )
    units_last = np.zeros(len(starts))
    units_last[at] = units  # lines are in time order: the last write wins
    found["units_last"] = units_last
    return pair, found


@dataclass(frozen=True, eq=False)
class _Visits:
    """who, age: (invoices,) by customer, then the youngest first; starts: (customers + 1,)."""

    who: NDArray[np.int64]
    age: Column
    starts: NDArray[np.int64]

    def after(self, who: NDArray[np.int64], age: Column) -> Column:
        """How many invoices of these customers are younger than `age`."""
        wide = float(self.age.max(initial=0.0)) + 2.0
        at = np.searchsorted(self.who * wide + self.age, who * wide + age, side="left")
        return (at - self.starts[who]).astype(np.float64)


def _visits(known: Known) -> _Visits:
    history = known.history
    heads = np.flatnonzero(~history.lines["basket"].duplicated().to_numpy())
    who, age = history.lines["customer"].to_numpy()[heads].astype(np.int64), history.age_days[heads]
    order = np.lexsort((age, who))
    size = len(history.customers)
    starts = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=size))])
    return _Visits(who[order], age[order], starts)


def _of_products(known: Known, pair: NDArray[np.int64], own: dict[str, Column]) -> dict[str, Column]:
    """What is said of each product: how it sells, whether its buyers come back, its age, price and units."""
    shelf = known.catalogue
    age = np.asarray((known.cutoff - shelf["first_seen"].to_numpy()) / DAY)
    return {
        **_sales(known, pair % len(shelf), own),
        **_returns(pair % len(shelf), own, len(shelf)),
        "age": age,
        "age_share": age / max(age.max(initial=0.0), 1.0),
        "unsold": np.asarray((known.cutoff - shelf["last_seen"].to_numpy()) / DAY),
        **_prices(known),
    }


def _sales(known: Known, of_pair: NDArray[np.int64], own: dict[str, Column]) -> dict[str, Column]:
    """new_: first purchases only. trend_: sales of late beside those before. days_sold: in four weeks."""
    key, age = known.history.purchases
    size = len(known.history.products)
    product = key % size
    found = {"buyers": np.maximum(np.bincount(of_pair, minlength=size), 1).astype(np.float64)}
    for days in RECENT:
        found[f"sold_{days}"] = np.bincount(product[age <= days], minlength=size).astype(np.float64)
        first = own["first"] <= days
        found[f"new_{days}"] = np.bincount(of_pair[first], minlength=size).astype(np.float64)
    for short, long in ((7, 14), (7, 28), (28, 56), (28, 112)):
        before = found[f"sold_{long}"] - found[f"sold_{short}"]
        found[f"trend_{short}_{long}"] = (found[f"sold_{short}"] + 1) / (before + 1)
    found["recent_share"] = found["sold_28"] / np.maximum(np.bincount(product, minlength=size), 1)
    found["new_share"] = found["new_28"] / np.maximum(found["sold_28"], 1)
    late = age < MONTH
    on = np.unique(product[late] * MONTH + np.floor(age[late]).astype(np.int64))
    found["days_sold"] = np.bincount(on // MONTH, minlength=size).astype(np.float64)
    return found


def _returns(of_pair: NDArray[np.int64], own: dict[str, Column], size: int) -> dict[str, Column]:
    """repeat_share, gap: of the buyers, over all time. return_: share of earlier ones who bought of late."""
    again = own["invoices"] > 1
    repeats = np.bincount(of_pair[again], minlength=size)
    found = {"repeat_share": repeats / np.maximum(np.bincount(of_pair, minlength=size), 1)}
    with np.errstate(divide="ignore", invalid="ignore"):
        found["gap"] = np.bincount(of_pair[again], own["gap"][again], size) / repeats
    for days in (MONTH, 2 * MONTH):
        earlier = own["first"] > days
        back = earlier & (own["age"] <= days)
        usual = PRIOR * back.sum() / max(earlier.sum(), 1)
        base = np.bincount(of_pair[earlier], minlength=size) + PRIOR
        found[f"return_{days}"] = (np.bincount(of_pair[back], minlength=size) + usual) / base
    return found


def _prices(known: Known) -> dict[str, Column]:
    """price: the last. price_change, price_now: the last, and that of two weeks, less the usual one."""
    lines, size = known.history.lines, len(known.catalogue)
    product = lines["product"].to_numpy()
    price = np.log(np.maximum(lines["price"].to_numpy(), 0.01))
    last = np.log(np.maximum(known.catalogue["price"].to_numpy(), 0.01))
    usual = _mean(product, price, size)
    late = known.history.age_days <= 14
    units = np.log1p(np.maximum(lines["quantity"].to_numpy(), 0.0))
    return {
        "price": last,
        "price_change": last - usual,
        "price_now": _mean(product[late], price[late], size) - usual,
        "units": _mean(product, units, size),
    }


def _mean(group: NDArray[np.integer], value: Column, size: int) -> Column:
    """Mean value of each group, NaN for one that is empty."""
    with np.errstate(invalid="ignore"):
        return np.bincount(group, value, size) / np.bincount(group, minlength=size)


def _of_customers(known: Known) -> dict[str, Column]:
    """Customers without a line have zeros, and no age.

    taste: mean logarithm of the buyers of what was bought. novelty: how old products were when they were
    bought, as a share of the log's age then; 0: new arrivals only. fresh_last: share of the last invoice that
    had not been bought before.
    """
    history = known.history
    lines, size, products = history.lines, len(history.customers), len(history.products)
    visits = _visits(known)
    who, age = visits.who, visits.age
    count = np.bincount(who, minlength=size).astype(np.float64)
    some = np.maximum(count, 1)
    latest, earliest = np.full(size, np.inf), np.zeros(size)
    np.minimum.at(latest, who, age)
    np.maximum.at(earliest, who, age)
    latest[count == 0] = np.nan
    found = {"invoices": count, "age": latest, "tenure": earliest}
    found["gap"] = np.nan_to_num(earliest - latest) / np.maximum(count - 1, 1)
    found["due"] = latest / np.maximum(found["gap"], 1.0)
    for days in (MONTH, 91):
        found[f"invoices_{days}"] = np.bincount(who[age <= days], minlength=size).astype(np.float64)
    for days in HALF_LIVES[1:-1]:
        found[f"fading_{days}"] = np.bincount(who, 0.5 ** (age / days), size)
    key, when = history.purchases
    buyer, product = key // products, key % products
    held = np.diff(history.bought.indptr).astype(np.float64)
    bought = np.bincount(buyer, minlength=size)
    entries = np.maximum(bought, 1)
    found |= {"products": held, "basket": bought / some}
    found["repeat_share"] = 1 - held / entries
    found["taste"] = np.bincount(buyer, np.log(np.maximum(history.buyers, 1))[product], size) / entries
    seen = np.asarray((known.cutoff - known.catalogue["first_seen"].to_numpy()) / DAY)
    log_age = np.maximum(seen.max(initial=1.0) - when, 1.0)
    found["novelty"] = np.bincount(buyer, (seen[product] - when) / log_age, size) / entries
    first = np.diff(key, prepend=-1) != 0
    for name, of in (("last", when == latest[buyer]), ("91", when <= 91)):
        part = np.bincount(buyer[of], minlength=size)
        found[f"basket_{name}"] = part.astype(np.float64)
        found[f"fresh_{name}"] = np.bincount(buyer[of & first], minlength=size) / np.maximum(part, 1)
    customer = lines["customer"].to_numpy()
    written = np.maximum(np.bincount(customer, minlength=size), 1)
    price = np.log(np.maximum(np.nan_to_num(lines["price"].to_numpy(), nan=0.01), 0.01))
    found["price"] = np.bincount(customer, price, size) / written
    units = np.log1p(np.maximum(lines["quantity"].to_numpy(), 0.0))
    found["units"] = np.bincount(customer, units, size) / written
    found["spend"] = np.log1p(np.bincount(customer, history.spend, size) / some)
    return found

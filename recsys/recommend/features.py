"""What is known at the cutoff of a customer, a product, and the two together: input of learned rankers.

All figures come from the purchase lines of the history. Ages are days before the cutoff, counts are distinct
invoices unless said otherwise. A figure that does not exist (days since a purchase that never was) is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Known

HALF_LIVES = (7, 15, 30, 60, 120, 240)
RECENT = (3, 7, 14, 28, 56, 112)
DAY = np.timedelta64(1, "D")

Column = NDArray[np.float64]
Table = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Figures:
    """Lookup tables of one history.

    keys: (pairs,) sorted pair keys (customer * products + product) of what was bought.
    pairs, products, customers: float32, a row each, columns named by `names`.
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
        keys, pairs = _of_pairs(known, customers["age"])
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
        key = customers.astype(np.int64) * len(self.products) + products
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        held = self.keys[at] == key
        own = self.pairs[at]
        never = np.array([np.nan if name in ("age", "first", "gap") else 0.0 for name in self.names[0]])
        own[~held] = never.astype(np.float32)
        blocks = (own, self.products[products], self.customers[customers])
        names = [f"{p}_{n}" for p, part in zip(("own", "p", "c"), self.names, strict=True) for n in part]
        wide = np.concatenate(blocks, axis=1)
        crossed = _crossed({name: wide[:, i] for i, name in enumerate(names)})
        return np.column_stack([wide, *crossed.values()]), names + list(crossed)


def _stacked(columns: dict[str, Column]) -> Table:
    return np.column_stack(list(columns.values())).astype(np.float32)


def _crossed(figure: dict[str, Table]) -> dict[str, Table]:
    """Figures of the pair that follow from those of its sides."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "price_ratio": figure["p_price"] - figure["c_price"],
            "units_ratio": figure["p_units"] - figure["c_units"],
            "due": figure["own_age"] / figure["own_gap"],
            "due_of_product": figure["own_age"] / figure["p_gap"],
            "due_of_customer": figure["own_age"] / np.maximum(figure["c_gap"], 1.0),
            "own_share": figure["own_invoices"] / np.maximum(figure["c_invoices"], 1.0),
            "missed_days": figure["own_age"] - figure["c_age"],
        }


def _of_pairs(known: Known, customer_age: Column) -> tuple[NDArray[np.int64], dict[str, Column]]:
    """Sorted keys of all pairs that were bought, and their figures."""
    history = known.history
    key, age = history.purchases
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    bought = np.diff(np.append(starts, len(key))).astype(np.float64)
    last, first = np.minimum.reduceat(age, starts), np.maximum.reduceat(age, starts)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(bought > 1, np.maximum((first - last) / (bought - 1), 0.5), np.nan)
    found = {"invoices": bought, "age": last, "first": first, "gap": gap}
    for days in HALF_LIVES:
        found[f"fading_{days}"] = np.add.reduceat(0.5 ** (age / days), starts)
    at = np.searchsorted(key[starts], history.pair_keys(history.lines))
    found["units"] = np.bincount(at, history.lines["quantity"].to_numpy(), len(starts))
    found["in_last"] = (last == customer_age[key[starts] // len(history.products)]).astype(np.float64)
    return key[starts], found


def _of_products(known: Known, pair: NDArray[np.int64], own: dict[str, Column]) -> dict[str, Column]:
    """Prices and units are means of logarithms; `new_` counts first purchases only."""
    history, shelf = known.history, known.catalogue
    key, age = history.purchases
    size = len(history.products)
    product, of_pair = key % size, pair % size
    sold = np.maximum(np.bincount(product, minlength=size), 1)
    buyers = np.maximum(np.bincount(of_pair, minlength=size), 1)
    again = own["invoices"] > 1
    repeats = np.bincount(of_pair[again], minlength=size)
    found = {"buyers": buyers.astype(np.float64), "repeat_share": repeats / buyers}
    with np.errstate(divide="ignore", invalid="ignore"):
        found["gap"] = np.bincount(of_pair[again], own["gap"][again], size) / repeats
    for days in RECENT:
        found[f"sold_{days}"] = np.bincount(product[age <= days], minlength=size).astype(np.float64)
        first = own["first"] <= days
        found[f"new_{days}"] = np.bincount(of_pair[first], minlength=size).astype(np.float64)
    for short, long in ((7, 14), (28, 56), (28, 112)):
        before = found[f"sold_{long}"] - found[f"sold_{short}"]
        found[f"trend_{short}_{long}"] = (found[f"sold_{short}"] + 1) / (before + 1)
    found["recent_share"] = found["sold_28"] / sold
    found["new_share"] = found["new_28"] / np.maximum(found["sold_28"], 1)
    found["age"] = np.asarray((known.cutoff - shelf["first_seen"].to_numpy()) / DAY)
    found["unsold"] = np.asarray((known.cutoff - shelf["last_seen"].to_numpy()) / DAY)
    found["price"] = np.log(np.maximum(shelf["price"].to_numpy(), 0.01))
    units = np.log1p(np.maximum(history.lines["quantity"].to_numpy(), 0.0))
    of_line = history.lines["product"].to_numpy()
    found["units"] = np.bincount(of_line, units, size) / np.maximum(np.bincount(of_line, minlength=size), 1)
    return found


def _of_customers(known: Known) -> dict[str, Column]:
    """Customers without a line have zeros, and no age."""
    history = known.history
    lines, size = history.lines, len(history.customers)
    heads = np.flatnonzero(~lines["basket"].duplicated().to_numpy())
    who, age = lines["customer"].to_numpy()[heads], history.age_days[heads]
    count = np.bincount(who, minlength=size).astype(np.float64)
    some = np.maximum(count, 1)
    latest, earliest = np.full(size, np.inf), np.zeros(size)
    np.minimum.at(latest, who, age)
    np.maximum.at(earliest, who, age)
    latest[count == 0] = np.nan
    found = {"invoices": count, "age": latest, "tenure": earliest}
    found["gap"] = np.nan_to_num(earliest - latest) / np.maximum(count - 1, 1)
    for days in (28, 91):
        found[f"invoices_{days}"] = np.bincount(who[age <= days], minlength=size).astype(np.float64)
    held = np.diff(history.bought.indptr).astype(np.float64)
    bought = np.bincount(history.purchases[0] // len(history.products), minlength=size)
    found |= {"products": held, "basket": bought / some}
    found["repeat_share"] = 1 - held / np.maximum(bought, 1)
    customer = lines["customer"].to_numpy()
    written = np.maximum(np.bincount(customer, minlength=size), 1)
    price = np.log(np.maximum(np.nan_to_num(lines["price"].to_numpy(), nan=0.01), 0.01))
    found["price"] = np.bincount(customer, price, size) / written
    units = np.log1p(np.maximum(lines["quantity"].to_numpy(), 0.0))
    found["units"] = np.bincount(customer, units, size) / written
    found["spend"] = np.log1p(np.bincount(customer, history.spend, size) / some)
    return found

"""Units and money: which column is the quantity, and whether an amount is per unit or per line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.ingest.guess.names import fit
from recsys.ingest.guess.profile import Profile, depends

NAMED = 0.6
"""A name that says less is no quantity and no price: a week or a channel is a number too."""
UNITS = 5
"""Units on a usual line, at most."""
SAME = 0.95
"""Share of lines in which total = quantity x price, for the one to be the other's product."""


@dataclass(frozen=True)
class Money:
    """The columns, and why the amount is per unit or per line; said: what else there is to know."""

    quantity: Profile | None
    price: Profile | None
    total: Profile | None
    why: str = ""
    said: tuple[str, ...] = ()


def money(columns: list[Profile], product: Profile, given: Mapping[str, Profile]) -> Money:
    """What to map. columns: those without a role yet. given: what the user said."""
    numeric = [one for one in columns if one.numbers is not None]
    quantity = given.get("quantity") or _named(numeric, "quantity")
    rest = [one for one in numeric if one is not quantity]
    if "price" in given or "total" in given:
        return Money(quantity, given.get("price"), given.get("total"), "as you said")
    price = _named(rest, "price")
    total = _named([one for one in rest if one is not price], "total")
    if quantity is None and price is not None and total is not None and _like_units(total):
        return _per_unit_or_line(total, price, product, True)
    if price is not None and total is not None:
        return _both(quantity, price, total)
    amount = price or total
    if amount is None or quantity is None or fit("quantity", quantity.name) == 0:
        return Money(
            quantity, price, total, "by its name" if amount else "", _spelt(columns, quantity, amount)
        )
    return _per_unit_or_line(quantity, amount, product, price is not None)


def _like_units(one: Profile) -> bool:
    """Small whole numbers: an `amount` of pieces, and none of money."""
    return one.whole == 1 and bool(np.nanmedian(one.by_line()) <= UNITS)


def _named(columns: list[Profile], role: str) -> Profile | None:
    """The column whose name says it best; of several the first."""
    fits = [(fit(role, one.name), one) for one in columns]
    named = [pair for pair in fits if pair[0] >= NAMED and (role != "quantity" or pair[1].whole > 0.5)]
    return max(named, key=lambda pair: pair[0])[1] if named else None


def _both(quantity: Profile | None, price: Profile, total: Profile) -> Money:
    units = quantity.by_line() if quantity is not None else np.ones(len(price.head))
    worth, told = units * price.by_line(), total.by_line()
    known = ~np.isnan(worth) & ~np.isnan(told)
    close = np.abs(worth - told)[known] <= np.maximum(0.01 * np.abs(told[known]), 0.015)
    share = float(close.mean()) if len(close) else 0.0
    if share >= SAME:
        return Money(quantity, price, None, f"quantity x price is {total.name!r}, which is not needed")
    return Money(
        quantity,
        price,
        None,
        "by its name",
        (
            f"{total.name!r} is not quantity x price on {1 - share:.0%} of the lines (discounts, taxes?): "
            f"to count what was paid, map `total: {total.name}` in place of price",
        ),
    )


def _per_unit_or_line(quantity: Profile, amount: Profile, product: Profile, named_price: bool) -> Money:
    """A product's price per unit is nearly constant; where only amount / quantity is, it is a total."""
    units, worth = quantity.by_line(), amount.by_line()
    several = (np.abs(units) > 1) & ~np.isnan(worth)
    sold = np.isin(product.head, np.unique(product.head[several]))
    with np.errstate(divide="ignore", invalid="ignore"):
        as_unit = depends(product.head[sold], _codes(np.abs(worth[sold])))
        as_line = depends(product.head[sold], _codes(np.abs(worth / units)[sold]))
    is_total = as_line > as_unit + 0.1 or (not named_price and as_line >= as_unit - 0.1)
    if several.sum() < 10:
        is_total, why = not named_price, "by its name"
    elif is_total and as_line > as_unit + 0.1:
        why = f"per line: over units it is one price per product ({as_line:.0%} of lines; else {as_unit:.0%})"
    elif not is_total and as_unit > as_line + 0.1:
        why = f"per unit: one price per product ({as_unit:.0%} of lines), whatever the units"
    else:
        why = f"by its name; the values do not tell whether it is per {'line' if is_total else 'unit'}"
    return Money(quantity, None if is_total else amount, amount if is_total else None, why)


def _codes(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Amounts to the cent as codes; -1 where there is none."""
    return np.where(
        np.isfinite(values), np.round(np.nan_to_num(values, posinf=0, neginf=0) * 100), -1
    ).astype(np.int64)


def _spelt(columns: list[Profile], *taken: Profile | None) -> tuple[str, ...]:
    """Columns named like money or units whose values are no numbers."""
    return tuple(
        f"{one.name!r} is named like a {role}, but holds {one.samples}: expected plain numbers; "
        "write it without currency or unit"
        for one in columns
        for role in ("price", "total", "quantity")
        if one not in taken and one.numbers is None and one.dates is None and fit(role, one.name) >= 0.95
    )

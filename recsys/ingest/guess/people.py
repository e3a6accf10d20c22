"""Who bought what in which purchase: the three columns of ids, found together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.ingest.guess.names import fit
from recsys.ingest.guess.profile import Profile, days, depends

TRIED = 6
"""Columns taken into account for each role."""
LEAST = 0.55
"""A pair of columns below it is no customer and product."""


def people(
    columns: list[Profile], time: Profile | None, given: Mapping[str, Profile]
) -> tuple[Profile | None, Profile | None]:
    """The likeliest customer and product. given: what the user said."""
    fixed = {role: given[role] for role in ("customer", "product") if role in given}
    free = [one for one in columns if one not in fixed.values() and _like_ids(one)]
    who = [fixed["customer"]] if "customer" in fixed else _best(free, "customer")
    what = [fixed["product"]] if "product" in fixed else _best(free, "product")
    scores = {
        (one, other): _pair(one, other, time, columns) for one in who for other in what if one is not other
    }
    if not scores:
        return (who[0] if "customer" in fixed else None), (what[0] if "product" in fixed else None)
    customer, product = max(scores, key=lambda pair: scores[pair])
    _decides.cache_clear()
    told = {**fixed}
    if _stands("customer", customer, scores[customer, product], time):
        told.setdefault("customer", customer)
    if _stands("product", product, scores[customer, product], time):
        told.setdefault("product", product)
    return told.get("customer"), told.get("product")


def purchase(
    columns: list[Profile], customer: Profile, time: Profile, product: Profile
) -> tuple[Profile | None, str]:
    """The column of purchases, and why none of the others is one."""
    dates, why, found = days(time), "", []
    for one in sorted(columns, key=lambda column: -fit("invoice", column.name)):
        name = fit("invoice", one.name)
        if (
            one in (customer, time, product)
            or one.dates is not None
            or (one.whole < 1 and one.numbers is not None)
        ):
            continue
        if not name or one.filled < 0.5 * len(one.rows):
            continue
        if one.distinct >= one.filled and _rows(one) > 50:
            why = why or f"{one.name!r} differs on every line: a number of lines, not of purchases"
            continue
        if depends(one.head, customer.head) < 0.95 or depends(one.head, dates) < 0.9:
            why = why or f"{one.name!r} is shared by several customers or days"
            continue
        found.append((name, one))
    if found:
        return max(found, key=lambda pair: pair[0])[1], ""
    return _nameless(columns, (customer, time, product), dates) if not why else None, why


def _nameless(columns: list[Profile], taken: tuple[Profile, ...], dates: NDArray[Any]) -> Profile | None:
    """A column of ids with one customer and one moment each, whose name says nothing at all."""
    customer, _, _ = taken
    for one in columns:
        if one in taken or not _like_ids(one) or one.distinct < customer.distinct or one.wordy:
            continue
        if _says(one) or one.distinct >= one.filled or _rows(one) < 50:
            continue
        if depends(one.head, customer.head) > 0.99 and depends(one.head, dates) > 0.99:
            return one
    return None


def _says(one: Profile) -> bool:
    """Whether a name means anything to us."""
    return any(
        fit(role, one.name) >= 0.3 for role in ("customer", "product", "time", "quantity", "price", "total")
    )


def _rows(one: Profile) -> int:
    return len(one.rows)


def _like_ids(one: Profile) -> bool:
    if one.dates is not None or one.distinct < 2:
        return False
    return one.numbers is None or one.whole == 1.0


def _best(columns: list[Profile], role: str) -> list[Profile]:
    """Those with the best names, then those with most values."""
    return sorted(columns, key=lambda one: (-fit(role, one.name), -one.distinct))[:TRIED]


def _pair(who: Profile, what: Profile, time: Profile | None, columns: list[Profile]) -> float:
    """Names count most; then that neither decides the other, that customers come again, in runs of lines."""
    score = 2.0 * (fit("customer", who.name) + fit("product", what.name))
    score -= 1.5 * (_decides(who, what) > 0.95) + 1.5 * (_decides(what, who) > 0.95)
    score += 0.5 * (who.filled > 1.2 * who.distinct) + 0.5 * (what.filled > 1.2 * what.distinct)
    score -= 2.0 * (who.filled <= 1.02 * who.distinct) + 2.0 * (what.filled <= 1.02 * what.distinct)
    score += 0.4 * (_runs(who) - _runs(what))
    score += 0.1 * (np.log10(who.distinct) + np.log10(what.distinct))
    if time is not None:
        score -= 1.0 * (_decides(who, time) > 0.98) + 1.0 * (_decides(what, time) > 0.98)
    if any(
        one is not what and one.wordy and _decides(what, one) > 0.9 > _decides(who, one)
        for one in columns[:12]
    ):
        score += 0.4
    return score


@lru_cache(maxsize=256)
def _decides(key: Profile, value: Profile) -> float:
    return depends(key.head, days(value) if value.dates is not None else value.head)


def _runs(one: Profile) -> float:
    """Share of neighbouring lines with the same value: a customer's lines stand together."""
    codes = one.head[one.head >= 0]
    return float((codes[1:] == codes[:-1]).mean()) if len(codes) > 1 else 0.0


def _stands(role: str, one: Profile, score: float, time: Profile | None) -> bool:
    """Whether the column may be it: by its name, or by what it holds where no name says anything."""
    if fit(role, one.name) >= LEAST:
        return True
    repeats = one.filled > 1.2 * one.distinct
    return repeats and one.distinct >= 5 and score > 0.5 and not _claimed(role, one)


def _claimed(role: str, one: Profile) -> bool:
    """Whether the name says something else."""
    roles = {"customer", "product", "invoice", "quantity", "price", "total", "category", "country", "event"}
    return any(fit(other, one.name) >= LEAST for other in roles - {role})

"""What was guessed, finding by finding, with the reason for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from recsys.ingest.guess.found import Finding, Sure
from recsys.ingest.guess.money import Money
from recsys.ingest.guess.names import fit
from recsys.ingest.guess.profile import Profile
from recsys.ingest.guess.traits import Traits
from recsys.ingest.source import Source

LACKING = {
    "invoice": "a basket is what a customer buys on one day, and cancellations are not recognised",
    "quantity": "every line counts as one unit",
    "price": "figures of money are off",
    "description": "recommenders that read descriptions are left out",
}
"""What follows where a role has no column."""


def clock(columns: list[Profile], time: Profile) -> Iterator[str]:
    """A time of day in a column of its own, which no source can read."""
    for one in columns:
        if one is not time and re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?", str(one.texts[0])):
            yield f"{one.name!r} is a time of day and left out: put date and time in one column to use it"


def form_of(
    said: tuple[tuple[str, str, str], ...], source: Source, mark: str | None, time: Profile
) -> list[Finding]:
    """How the file is written."""
    found = [Finding(what, value, _sureness(what, value, why), why) for what, value, why in said]
    if mark is not None:
        doubt: Sure = "check" if "check" in mark else "sure"
        found.append(Finding("decimal", f"'{source.decimal}'", doubt, mark if not source.thousands else ""))
        if source.thousands is not None:
            found.append(Finding("thousands", f"'{source.thousands}'", doubt, mark))
    dates = time.dates
    assert dates is not None
    form = dates.form or "not needed"
    found.append(
        Finding(
            "date format",
            form,
            "check" if dates.doubtful else "sure",
            f"{dates.why}, as in {time.samples.split(', ')[0]!r}",
        )
    )
    return found


def _sureness(what: str, value: str, why: str) -> Sure:
    return "likely" if what == "sheet" or (what == "encoding" and "check" in why) else "sure"


def roles_of(
    mapped: dict[str, Profile], given: Mapping[str, Profile], found: Money, rest: Traits
) -> list[Finding]:
    told = [_column(role, one, given, found, rest) for role, one in mapped.items()]
    for whose, attributes in (("customer", rest.customer), ("product", rest.product)):
        for name, one in attributes.items():
            why = f"a {whose} always has the same; {one.distinct:,} values"
            if name != one.name:
                why += f"; as {name}"
            told.append(Finding(f"{whose} attribute", one.name, "likely", why, one.samples))
    return told


def _column(role: str, one: Profile, given: Mapping[str, Profile], found: Money, rest: Traits) -> Finding:
    """Why this column: its name, what its values are, and some of them."""
    if role in given:
        return Finding(role, one.name, "given", "as you said", one.samples)
    name = fit(role, one.name)
    parts = ["by its name" if name >= 0.95 else "in part by its name" if name >= 0.5 else "by its values"]
    if role in ("customer", "product", "invoice"):
        parts.append(f"{one.distinct:,} ids on {one.filled:,} lines")
    if one.dates is not None:
        known = one.dates.moments[~np.isnat(one.dates.moments)]
        return Finding(
            role, one.name, _of_name(name), f"{parts[0]}: {_day(known.min())} to {_day(known.max())}"
        )
    if role in ("price", "total") and found.why:
        parts = [found.why]
    if role in rest.roles and rest.roles[role][1]:
        parts.append(rest.roles[role][1])
    if role == "quantity":
        parts.append("all whole numbers" if one.whole == 1 else f"{one.whole:.0%} whole numbers")
    sure = _of_name(name)
    if role in ("price", "total") and "do not tell" in found.why:
        sure = "check"
    return Finding(role, one.name, sure, "; ".join(parts), one.samples)


def _of_name(name: float) -> Sure:
    return "sure" if name >= 0.9 else "likely" if name >= 0.5 else "check"


def _day(moment: np.datetime64) -> str:
    return str(moment)[:10]


def currency_of(sign: str | None, paid: Profile | None) -> list[Finding]:
    """The sign in the prices, if there is one; it may be that of several currencies."""
    if sign is None or paid is None:
        return []
    return [Finding("currency", sign, "likely", "the sign in its prices", paid.samples)]


def lacking(mapped: Mapping[str, Profile], no_invoice: str) -> list[tuple[str, str]]:
    gone = [role for role in LACKING if role not in mapped and not (role == "price" and "total" in mapped)]
    return [
        (role, f"{no_invoice}; {LACKING[role]}" if role == "invoice" and no_invoice else LACKING[role])
        for role in gone
    ]

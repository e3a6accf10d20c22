"""Files that are no log: told in one message, with what was found instead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from recsys.core.errors import SourceError, nearest
from recsys.ingest.guess.names import fit
from recsys.ingest.guess.profile import Profile
from recsys.ingest.source import Columns

NEEDED = {"customer": "who bought", "product": "what was bought", "time": "when it was bought"}
ROLES = tuple(Columns.model_fields)
NUMBERS = ("quantity", "price", "total", "cost")
DATA = re.compile(r"[+-]?[\d.,]*\d|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T].*)?")
"""What a number or a date looks like."""


def refuse_without(chosen: Mapping[str, Profile | None], columns: list[Profile], file: str) -> None:
    missing = [role for role in NEEDED if chosen[role] is None]
    if not missing:
        return
    told = " and ".join(f"no column says {NEEDED[role]} ({role})" for role in missing)
    near = "".join(_near(role, columns) for role in missing)
    remedy = f"name it with --column {missing[0]}=NAME"
    if missing == ["time"]:
        remedy += ", or export the log with the date of each line (2024-12-31 14:05, or seconds since 1970)"
    held = ", ".join(one.name for one in columns)
    raise SourceError(
        f"{file}: {told}{near}: expected customer, product and time in a log; {remedy}. Its columns: {held}"
    )


def _near(role: str, columns: list[Profile]) -> str:
    """A column that has the name for it, and what it holds instead."""
    named = [one for one in columns if fit(role, one.name) >= 0.6]
    if not named:
        return ""
    one = max(named, key=lambda column: fit(role, column.name))
    holds = f"only {one.samples}" if one.distinct == 1 else one.samples
    return f" ({one.name!r} is named like it, but holds {holds})"


def refuse_without_header(names: list[str], file: str) -> None:
    """A first line of numbers and dates is a purchase."""
    data = [name for name in names if DATA.fullmatch(name.strip())]
    if len(data) > 1:
        raise SourceError(
            f"{file} has columns called {', '.join(map(repr, data[:3]))}: expected a header with names; add "
            "one as the first line"
        )


def said_by_user(given: Mapping[str, str], columns: list[Profile], file: str) -> dict[str, Profile]:
    """The columns that the user named, by role. Raises SourceError where they cannot be that."""
    by_name = {one.name: one for one in columns}
    for role, name in given.items():
        told = f"--column {role}={name}"
        if role not in ROLES:
            raise SourceError(f"{told}: expected a role of {', '.join(ROLES)}{nearest(role, ROLES)}")
        if name not in by_name:
            raise SourceError(
                f"{told}: {name!r} is no column of {file} with values{nearest(name, by_name)}; expected one "
                f"of {', '.join(by_name)}"
            )
        _refuse_kind(told, role, by_name[name])
        if list(given.values()).count(name) > 1:
            raise SourceError(f"{told}: {name!r} has two roles: expected one for each column; remove one")
    if "price" in given and "total" in given:
        raise SourceError("--column price and total: expected one of them; remove the other")
    return {role: by_name[name] for role, name in given.items()}


def _refuse_kind(told: str, role: str, one: Profile) -> None:
    if role == "time" and one.dates is None:
        raise SourceError(
            f"{told}: it holds {one.samples}: expected dates; map another column, or write the dates as "
            "2024-12-31 14:05"
        )
    if role in NUMBERS and one.numbers is None:
        raise SourceError(f"{told}: it holds {one.samples}: expected plain numbers; map another column")

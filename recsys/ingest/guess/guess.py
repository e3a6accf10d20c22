"""`guess`: look at a file, and say what it is and which column plays which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recsys.core.errors import SourceError, nearest
from recsys.ingest.guess.found import Finding, Guess, Sure
from recsys.ingest.guess.money import Money, money
from recsys.ingest.guess.names import fit
from recsys.ingest.guess.oddities import oddities
from recsys.ingest.guess.people import people, purchase
from recsys.ingest.guess.profile import Profile, profiles
from recsys.ingest.guess.traits import Traits, events_of, traits
from recsys.ingest.guess.written import marks, written
from recsys.ingest.loading import reader
from recsys.ingest.paths import find
from recsys.ingest.source import Columns, Events, Source
from recsys.ingest.text import words

NEEDED = {"customer": "who bought", "product": "what was bought", "time": "when it was bought"}
LACKING = {
    "invoice": "a basket is what a customer buys on one day, and cancellations are not recognised",
    "quantity": "every line counts as one unit",
    "price": "figures of money are off",
    "description": "recommenders that read descriptions are left out",
}
ROLES = tuple(Columns.model_fields)
TRAITS = ("description", "category", "cost", "country", "event")


def guess(path: str | Path, given: Mapping[str, str] | None = None, *, roots: Sequence[Path] = ()) -> Guess:
    """The log at `path`, guessed from the names of its columns and from every line.

    given: columns by role where the user knows them. Raises SourceError where the file is no log, where
    customer, product or time cannot be found, or where a given column is not there.
    """
    file = find(path, roots, setting="the log")
    form = written(file, str(path))
    raw = reader(form.source)(form.source, file)
    source, why = marks(form.source, [words(text) for text in _texts(raw.table)])
    columns = profiles(raw.table, source)
    said = _given(given or {}, columns, file.name)
    time = said.get("time") or _time(columns)
    customer, product = people([one for one in columns if one is not time], time, said)
    chosen = {"customer": customer, "product": product, "time": time}
    _refuse_without(chosen, columns, file.name)
    assert customer is not None
    assert product is not None
    assert time is not None
    return _whole(file, form.said, source, why, columns, said, (customer, product, time))


def _whole(
    file: Path,
    written_said: tuple[tuple[str, str, str], ...],
    source: Source,
    mark: str | None,
    columns: list[Profile],
    given: dict[str, Profile],
    chosen: tuple[Profile, Profile, Profile],
) -> Guess:
    """The rest, once customer, product and time are known."""
    customer, product, time = chosen
    invoice, no_invoice = given.get("invoice"), ""
    if invoice is None:
        invoice, no_invoice = purchase(
            [one for one in columns if one not in given.values()], customer, time, product
        )
    taken = [one for one in (*chosen, invoice, *given.values()) if one is not None]
    found = money([one for one in columns if one not in taken], product, given)
    taken += [one for one in (found.quantity, found.price, found.total) if one is not None]
    extra = {role: one for role, one in given.items() if role in TRAITS}
    rest = traits([one for one in columns if one not in taken], customer, product, extra)
    description = rest.roles.get("description", (None, ""))[0]
    odd = oddities(invoice, found.quantity, product, description)
    roles = {"customer": customer, "product": product, "time": time, "invoice": invoice}
    roles |= {"quantity": found.quantity, "price": found.price, "total": found.total}
    roles |= {role: one for role, (one, _) in rest.roles.items()}
    mapped = {role: one for role, one in roles.items() if one is not None}
    return Guess(
        path=file,
        source=_source(source, mapped, time, rest),
        clean=odd.clean,
        blocked=odd.blocked,
        findings=(*_form(written_said, source, mark, time), *_columns(mapped, given, found, rest)),
        lacking=tuple(_lacking(mapped, no_invoice)),
        said=(*found.said, *odd.said, *rest.left_out),
        columns=tuple(one.name for one in columns),
        lines=len(time.rows),
    )


def _texts(table: Any) -> list[Any]:
    kinds = (column.combine_chunks().dictionary for column in table.columns)
    return [values for values in kinds if pa.types.is_string(values.type)]


def _given(given: Mapping[str, str], columns: list[Profile], file: str) -> dict[str, Profile]:
    by_name = {one.name: one for one in columns}
    for role, name in given.items():
        if role not in ROLES:
            raise SourceError(
                f"--column {role}={name}: expected a role of {', '.join(ROLES)}{nearest(role, ROLES)}"
            )
        if name not in by_name:
            raise SourceError(
                f"--column {role}={name}: {name!r} is no column of {file} with values"
                f"{nearest(name, by_name)}; expected one of {', '.join(by_name)}"
            )
    if "time" in given and by_name[given["time"]].dates is None:
        held = by_name[given["time"]].samples
        raise SourceError(
            f"--column time={given['time']}: it holds {held}: expected dates; map another column, or write "
            "the dates as 2024-12-31 14:05"
        )
    return {role: by_name[name] for role, name in given.items()}


def _time(columns: list[Profile]) -> Profile | None:
    """The column of dates whose name says it best; of several the one with most moments."""
    dated = [one for one in columns if one.dates is not None]
    return max(dated, key=lambda one: (fit("time", one.name), one.distinct), default=None)


def _refuse_without(chosen: Mapping[str, Profile | None], columns: list[Profile], file: str) -> None:
    missing = [role for role in NEEDED if chosen[role] is None]
    if not missing:
        return
    told = " and ".join(f"no column says {NEEDED[role]} ({role})" for role in missing)
    held = "; ".join(f"{one.name}: {one.samples}" for one in columns)
    remedy = f"name it with --column {missing[0]}=NAME"
    if missing == ["time"]:
        remedy += ", or export the log with the date of each line (2024-12-31 14:05, or seconds since 1970)"
    raise SourceError(
        f"{file}: {told}: expected customer, product and time in a log; {remedy}. It holds {held}"
    )


def _source(source: Source, mapped: dict[str, Profile], time: Profile, rest: Traits) -> Source:
    """The source, complete."""
    events = None
    if "event" in mapped:
        bought, worth = events_of(mapped["event"])
        events = Events(purchase=bought or "purchase", weights=worth) if bought else None
    settings = source.model_dump(exclude_unset=True) | {
        "columns": {role: one.name for role, one in mapped.items()},
        "decimal": source.decimal,
        "thousands": source.thousands,
        "date_format": time.dates.form if time.dates is not None else None,
        "customer_attributes": {name: one.name for name, one in rest.customer.items()},
        "product_attributes": {name: one.name for name, one in rest.product.items()},
        "events": events,
    }
    return Source.model_validate(settings)


def _form(
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


def _columns(
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


def _lacking(mapped: Mapping[str, Profile], no_invoice: str) -> list[tuple[str, str]]:
    gone = [role for role in LACKING if role not in mapped and not (role == "price" and "total" in mapped)]
    return [
        (role, f"{no_invoice}; {LACKING[role]}" if role == "invoice" and no_invoice else LACKING[role])
        for role in gone
    ]

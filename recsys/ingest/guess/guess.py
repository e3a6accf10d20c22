"""`guess`: look at a file, and say what it is and which column plays which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from recsys.ingest.guess.found import Guess
from recsys.ingest.guess.money import money
from recsys.ingest.guess.names import fit
from recsys.ingest.guess.oddities import oddities
from recsys.ingest.guess.people import people, purchase
from recsys.ingest.guess.profile import Profile, profiles
from recsys.ingest.guess.refuse import refuse_without, refuse_without_header, said_by_user
from recsys.ingest.guess.told import clock, currency_of, form_of, lacking, roles_of
from recsys.ingest.guess.traits import Traits, events_of, traits
from recsys.ingest.guess.written import marks, written
from recsys.ingest.loading import reader
from recsys.ingest.numbers import signs
from recsys.ingest.paths import find
from recsys.ingest.source import Events, Source
from recsys.ingest.text import words

TRAITS = ("description", "category", "cost", "country", "event")


def guess(path: str | Path, given: Mapping[str, str] | None = None, *, roots: Sequence[Path] = ()) -> Guess:
    """The log at `path`, guessed from the names of its columns and from every line.

    given: columns by role where the user knows them. Raises SourceError where the file is no log, where
    customer, product or time cannot be found, or where a given column is not there.
    """
    file = find(path, roots, setting="the log")
    form = written(file, str(path))
    raw = reader(form.source)(form.source, file)
    refuse_without_header(raw.table.column_names, file.name)
    source, why = marks(form.source, [words(text) for text in _texts(raw.table)])
    columns = profiles(raw.table, source)
    said = said_by_user(given or {}, columns, file.name)
    time = said.get("time") or _time(columns)
    customer, product = people([one for one in columns if one is not time], time, said)
    chosen = {"customer": customer, "product": product, "time": time}
    refuse_without(chosen, columns, file.name)
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
    paid = found.price or found.total
    sign = None if paid is None else signs(paid.texts)
    return Guess(
        path=file,
        source=_source(source, mapped, time, rest),
        clean=odd.clean,
        blocked=odd.blocked,
        findings=(
            *form_of(written_said, source, mark, time),
            *roles_of(mapped, given, found, rest),
            *currency_of(sign, paid),
        ),
        lacking=tuple(lacking(mapped, no_invoice)),
        said=(*clock(columns, time), *found.said, *odd.said, *rest.left_out),
        columns=tuple(one.name for one in columns),
        lines=len(time.rows),
        currency=sign,
    )


def _texts(table: Any) -> list[Any]:
    kinds = (column.combine_chunks().dictionary for column in table.columns)
    return [values for values in kinds if pa.types.is_string(values.type)]


def _time(columns: list[Profile]) -> Profile | None:
    """The column of dates whose name says it best; of several the one with most moments."""
    dated = [one for one in columns if one.dates is not None]
    return max(dated, key=lambda one: (fit("time", one.name), one.distinct), default=None)


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

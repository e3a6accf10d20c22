"""The log at a glance, and what it means for a recommender."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from recsys.report.document import Cell, Column, Paragraph, Section, Strong, Table
from recsys.report.look.noun import Inspection
from recsys.report.show import count, day, decimals, money

REPEATS, FEW_REPEATS = 0.3, 0.1
ONCE = 0.5
HEAD = 0.6
SPARSE = 0.001
NEW = 0.9


def glance(found: Inspection) -> Section:
    """The figures that everybody asks for first, and what was said when it was read."""
    facts = found.facts
    rows = [
        ("Lines", f"{count(facts['lines'])} of {count(found.ledger['lines'].iloc[0])} read"),
        ("Customers", count(facts["customers"])),
        ("Products", count(facts["products"])),
        ("Invoices", count(facts["invoices"])),
        ("Span", f"{day(found.first)} to {day(found.last)}, {count(facts['days'])} days"),
        ("Units", count(facts["units"])),
    ]
    if found.priced:
        rows += [
            ("Revenue", money(facts["revenue"], found.currency)),
            ("Revenue per invoice", money(facts["revenue"] / facts["invoices"], found.currency)),
        ]
    rows += [
        ("Invoices per customer", decimals(facts["invoices"] / facts["customers"])),
        (
            "Customer x product",
            f"{count(facts['pairs'])} pairs bought, {facts['density']:.3%} of all that could be",
        ),
    ]
    heads = (Column("What", number=False), Column("Figure", number=False, wide=True))
    table = Table("Purchases after cleaning", heads, tuple((Cell(a), Cell(b)) for a, b in rows))
    notes = [Paragraph(Strong("Note: "), note) for note in found.notes]
    return Section("At a glance", (table, *notes))


def reading(found: Inspection) -> Section:
    """Which column plays which role, and where that was guessed, why."""
    heads = (
        Column("Role", number=False),
        Column("Column", number=False, wraps=True),
        Column("How sure", number=False),
        Column("Why", number=False, wide=True),
    )
    told = found.read
    guessed = bool((told["why"] != "").any())
    rows = tuple(
        tuple(Cell(str(value)) for value in row)[: 4 if guessed else 2]
        for row in told[["role", "column", "sure", "why"]].itertuples(index=False, name=None)
    )
    caption = "As it was guessed" if guessed else "As the config says"
    return Section("How it was read", (Table(caption, heads[: 4 if guessed else 2], rows),))


def meaning(found: Inspection) -> Section:
    """Sentences, each with its figure and what follows from it."""
    said = tuple(Paragraph(Strong(head), " ", rest) for head, rest in _sentences(found))
    heads = tuple(
        Column(label)
        for label in (
            "Days",
            "Pairs bought",
            "Repeats",
            "Product known",
            "Buyers",
            "Had history",
            "Came back",
        )
    )
    rows = tuple(
        (
            Cell(count(row.days)),
            Cell(count(row.pairs)),
            Cell(f"{row.repeats:.0%}"),
            Cell(f"{row.known:.0%}"),
            Cell(count(row.buyers)),
            Cell(f"{row.came_before:.0%}"),
            Cell(f"{row.returned:.0%}"),
        )
        for row in found.ahead.itertuples()
    )
    table = Table(
        "The last days, seen from their start",
        heads,
        rows,
        "Pairs: a customer and a product, once each. Repeats: the customer had bought it before. Product "
        "known: anybody had. Had history: of the buyers. Came back: of all customers with history.",
    )
    return Section("What it means for a recommender", (*said, table) if rows else said)


def _sentences(found: Inspection) -> Iterator[tuple[str, str]]:
    month = found.month_ahead
    if month is None:
        yield "The log is short.", "No window of at least 7 days has as much history before it."
    else:
        yield from _of_month(month, f"the last {count(month['days'])} days")
    once = float(found.purchases.loc[found.purchases["purchases"] == "1", "share"].sum())
    what = (
        "most customers give a model one basket to learn from; bestsellers will be hard to beat for them."
        if once > ONCE
        else "they are the ones about whom little is known."
    )
    yield f"{once:.0%} of customers bought once:", what
    top = found.concentration.set_index("share").loc[0.2]
    held = top["revenue"] if found.priced else top["lines"]
    kind = "revenue" if found.priced else "lines"
    what = (
        "bestsellers are a strong baseline, and accuracy alone rewards them; look at coverage too."
        if held > HEAD
        else "demand is spread, which leaves room for personal lists."
    )
    yield f"The top 20 % of products make {held:.0%} of the {kind}:", what
    density = found.facts["density"]
    per = found.facts["pairs"] / found.facts["customers"]
    what = (
        "very sparse: neighbours and factors have little to go by; descriptions and categories help."
        if density < SPARSE
        else "enough for neighbours and factors."
    )
    yield f"{density:.2%} of customer x product is filled, {per:,.0f} products per customer:", what
    if found.between:
        yield (
            f"Half of all next purchases come within {found.between['median']:,.0f} days, nine in ten within "
            f"{found.between['90%']:,.0f}:",
            "a shorter window than the first misses most of what comes next; a longer one than the second "
            "gains little.",
        )


def _of_month(month: pd.Series, when: str) -> Iterator[tuple[str, str]]:
    names = ("repeats", "known", "came_before", "returned")
    repeats, known, before, back = (float(month[name]) for name in names)
    if repeats >= REPEATS:
        what = "reminders of own products are hard to beat; judge the target “new” beside “any”."
    elif repeats >= FEW_REPEATS:
        what = "reminders and discoveries both matter; judge both targets."
    else:
        what = "customers look for something new; reminders will not do."
    yield f"{repeats:.0%} of what was bought in {when} was a repeat:", what
    yield (
        f"{before:.0%} of the buyers in {when} had bought before:",
        "the others can only be served what people without history get.",
    )
    yield f"{back:.0%} of the customers with history came back in {when}:", "only they can be judged there."
    if known < NEW:
        yield (
            f"{1 - known:.0%} of what was bought in {when} were products new to the shop:",
            "only recommenders that read descriptions or attributes can find them.",
        )

"""The text of a config for a guessed log: what is set, and why, beside it."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from recsys.ingest import Clean, Loaded, Source
from recsys.ingest.guess import Guess

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./ -]*[A-Za-z0-9_]|[A-Za-z_]|\d+(\.\d+)?")
WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf")
OPTIONAL = {
    "invoice": "the column of order or receipt numbers",
    "quantity": "the column of units",
    "price": "the price per unit, or `total:` per line",
    "description": "the product in words",
}
WIDTH = 110
LITTLE = 1_000  # customers below which fewer factors do


def draft(
    name: str,
    file: str,
    guess: Guess,
    source: Source,
    clean: Clean,
    loaded: Loaded,
    holdout_days: int,
    windows: int,
    judged: int,
) -> str:
    """YAML with comments, which `read_config` reads. file: what the config will be called."""
    log = loaded.log
    first, last = (str(moment)[:10] for moment in (log.lines["time"].iloc[0], log.lines["time"].iloc[-1]))
    parts = (
        f"# {guess.path.name}: {guess.lines:,} lines, of which {len(log.lines):,} stay after cleaning: "
        f"{log.held[0]:,} customers,",
        f"# {log.held[1]:,} products, {first} to {last}. Guessed: look at what says `check`.",
        f"# Run it:  recsys evaluate --config {file}     All fields: configs/your_log.yaml, recsys schema",
        "",
        f"name: {name}",
        "seed: 7",
        *_currency(guess, source),
        "",
        *_source(guess, source),
        "",
        *_clean(guess, clean),
        "",
        *_split(holdout_days, windows, judged),
        "",
        "# How customers buy; null: not at all.",
        "segments: {kind: kmeans, features: rfm, k: auto}",
        "",
        *_recommenders(source, loaded, holdout_days),
        "",
        "evaluate:",
        "  k: [5, 10, 20]                   # list lengths",
        "  targets: [any, new]              # any: all later purchases; new: products not bought before",
        "  baseline: segment-bestsellers    # what the others are held against",
        "  decide: {metric: map, k: 10}     # the figure that picks a winner",
        *_candidates(guess),
        "",
        "export: {k: 10, format: csv, target: new}",
        "privacy: {customers: hash}         # how run folders name customers: plain | hash | omit",
    )
    return "\n".join(line.rstrip() for line in parts) + "\n"


def scalar(value: Any) -> str:
    """A value as YAML on one line."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {scalar(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(scalar, value)) + "]"
    text = str(value)
    if PLAIN.fullmatch(text) and not text[0].isdigit() and text.lower() not in WORDS:
        return text
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else json.dumps(text)


def _noted(text: str, note: str, at: int = 36) -> str:
    """The text with a comment beside it, which goes on below where it is long."""
    if not note:
        return text
    note = "".join(char if char.isprintable() else " " for char in note)
    first, *rest = textwrap.wrap(note, WIDTH - at - 2, break_long_words=False) or [""]
    head = f"{text:<{at}}" if len(text) < at else f"{text}  "
    return "\n".join([f"{head}# {first}", *(" " * at + f"# {line}" for line in rest)])


def _currency(guess: Guess, source: Source) -> Iterator[str]:
    """What prices are in, where there are any: the sign they have, else room for it."""
    if guess.currency is not None:
        yield _noted(
            f"currency: {scalar(guess.currency)}", "likely: the sign in its prices; or a code, as in GBP"
        )
    elif source.columns.price is not None or source.columns.total is not None:
        yield _noted("# currency: GBP", "what prices are in, shown beside amounts")


def _source(guess: Guess, source: Source) -> Iterator[str]:
    told = {one.what: one for one in guess.findings}
    notes = {what: f"{one.sure}: {one.passed_on}" for what, one in told.items() if one.passed_on}
    yield "source:"
    yield f"  kind: {source.kind}"
    yield _noted(f"  path: {scalar(source.path)}", "looked for as given, then beside this file")
    for key in ("sheet", "encoding", "separator", "decimal", "thousands"):
        if key in told:
            yield _noted(f"  {key}: {scalar(getattr(source, key))}", notes.get(key, ""))
    yield _noted(f"  date_format: {scalar(source.date_format)}", notes.get("date format", ""))
    yield "  columns:"
    for role in type(source.columns).model_fields:
        if source.columns.names(role):
            yield _noted(f"    {role}: {scalar(source.columns.names(role)[0])}", notes.get(role, ""))
    for role, why in guess.lacking:
        yield _noted(f"    # {role}:", f"{OPTIONAL[role]}; without it {why}")
    for whose in ("customer", "product"):
        held = getattr(source, f"{whose}_attributes")
        if held:
            yield f"  {whose}_attributes: {scalar(held)}"
    if source.events is not None:
        yield "  events:"
        yield _noted(f"    purchase: {scalar(source.events.purchases)}", "values that are purchases")
        yield _noted(f"    weights: {scalar(source.events.weights)}", "what the others weigh as evidence")
    for said in guess.said:
        yield from (f"  # {line}" for line in textwrap.wrap(said, WIDTH - 4))


def _clean(guess: Guess, clean: Clean) -> Iterator[str]:
    yield _noted("clean:", "each rule has its row in ledger.csv")
    yield _noted("  duplicates: true", "lines identical in every column; needs an invoice")
    yield _noted("  missing_customer: true", "lines without a customer")
    if "cancellations" not in guess.clean:
        yield _noted("  # cancellations: {mode: drop, prefix: C}", "needs an invoice")
    for name, (value, why) in guess.clean.items():
        yield _noted(f"  {name}: {scalar(value)}", why)
    if "quantity" not in guess.clean:
        yield _noted("  quantity: true", "units <= 0 go")
    yield _noted("  price: true", "prices <= 0 go")
    if clean.product_code is None:
        yield _noted("  product_code: null", r"a pattern that real products match, as in '^\d{5}[A-Za-z]*$'")


def _split(holdout_days: int, windows: int, judged: int) -> Iterator[str]:
    kind = "rolling" if windows > 1 else "holdout"
    count = f", windows: {windows}" if windows > 1 else ""
    yield f"split: {{kind: {kind}, holdout_days: {holdout_days}{count}}}"
    yield f"# Each window judges at least {judged:,} customers who had bought before it."


def _recommenders(source: Source, loaded: Loaded, holdout_days: int) -> Iterator[str]:
    factors = 32 if len(loaded.log.customers) < LITTLE else 64
    yield _noted("recommenders:", "`recsys recommenders` lists all kinds and their parameters")
    yield "  popular: {kind: popularity}"
    yield f"  popular-{holdout_days}d: {{kind: popularity, window_days: {holdout_days}}}"
    yield "  segment-bestsellers: {kind: segment-bestsellers}"
    yield "  repurchase: {kind: repurchase}"
    yield f"  slit: {{kind: slit, horizon_days: {holdout_days}}}  # from histories to what came after"
    yield "  item-cf: {kind: item-knn, similarity: tfidf, neighbours: 200}"
    yield f"  als: {{kind: als, factors: {factors}}}"
    if source.columns.description is not None and len(loaded.log.descriptions):
        yield "  content: {kind: content}"


def _candidates(guess: Guess) -> Iterator[str]:
    if guess.blocked:
        yield ""
        yield "candidates:"
        yield _noted(
            f"  blocked: {scalar(list(guess.blocked))}", "no products: postage, discounts and the like"
        )

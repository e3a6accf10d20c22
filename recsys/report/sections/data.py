"""The log that the run was made of: what cleaning took, when and where it was bought, what is missing."""

from __future__ import annotations

import math

import pandas as pd

from recsys.report.document import Block, Section, Table
from recsys.report.look.cleaning import lacking, returned, waterfall
from recsys.report.look.daily import daily
from recsys.report.look.parts import chart, counts
from recsys.report.look.products import concentration
from recsys.report.run import Run


def data(run: Run) -> Section | None:
    """The ledger, and whatever data.csv holds; None where there is neither."""
    if run.ledger.empty:
        return None
    facts = _single(run.data, "facts")
    priced = run.data.empty or not math.isnan(facts.get("revenue", math.nan))
    blocks: list[Block] = [waterfall(run.ledger, priced=priced, currency=run.currency)]
    if run.data.empty:  # a run of before it was kept
        return Section("The data", tuple(blocks))
    blocks.append(returned(_single(run.data, "returns"), facts["revenue"], run.currency))
    return Section("The data", tuple(blocks), tuple(_parts(run.data, priced, run.currency)))


def _parts(held: pd.DataFrame, priced: bool, currency: str) -> list[Section]:
    baskets = _with_shares(_table(held, "baskets", "products"), "invoices")
    visits = _with_shares(_table(held, "purchases", "purchases"), "customers")
    countries = _table(held, "countries", "country")
    missing = _table(held, "missing", "column")
    found = [
        Section("When customers buy", daily(_table(held, "days", "day"), currency=currency)),
        Section(
            "Baskets and customers",
            (
                *_drawn("Invoices by number of products", baskets, "Products", "invoices"),
                *_drawn("Customers by number of purchases", visits, "Purchases", "customers"),
            ),
        ),
    ]
    if len(countries):
        table = counts("Purchases per country", countries, "Country", ["lines", "customers"])
        found.append(Section("Countries", (chart("Lines per country", table, countries, "lines"),)))
    products = _table(held, "products", "share")
    products["share"] = products["share"].astype(float)
    found.append(Section("Products", (concentration(products, priced=priced),)))
    if len(missing):
        found.append(Section("What the file lacks", (lacking(missing),)))
    return found


def _drawn(title: str, frame: pd.DataFrame, label: str, column: str) -> tuple[Block, ...]:
    table: Table = counts(title, frame, label, [column, "share"])
    return (chart(title, table, frame, column),)


def _single(held: pd.DataFrame, table: str) -> dict[str, float]:
    rows = held[held["table"] == table]
    return dict(zip(rows["figure"], rows["value"], strict=True))


def _table(held: pd.DataFrame, table: str, label: str) -> pd.DataFrame:
    """A row for each name, a column for each figure, in the order of the file."""
    rows = held[held["table"] == table]
    names, figures = rows["name"].unique().tolist(), rows["figure"].unique().tolist()
    wide = rows.pivot(index="name", columns="figure", values="value")
    return wide.loc[names, figures].rename_axis(label, axis=0).rename_axis(None, axis=1).reset_index()


def _with_shares(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(share=frame[column] / max(frame[column].sum(), 1))

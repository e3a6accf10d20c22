"""data.csv: counted by hand, without customers, and drawn again by the report."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from recsys.engine.portrayed import COLUMNS, portrayed
from recsys.ingest import Loaded
from recsys.report import read_run
from recsys.report.document import Picture, Section
from recsys.report.sections.data import data
from tests.logs import make_log

ROWS = [
    ("ann", "tea", "1", "2024-01-01 09:00", 2, 3.0),
    ("ann", "pot", "1", "2024-01-01 09:00", 1, 10.0),
    ("bob", "tea", "2", "2024-01-03 09:30", 1, 3.0),
    ("bob", "tea", "3", "2024-01-03 18:00", -1, 3.0),
]
MISSING = pd.DataFrame(
    [("who", "customer", 9, 4, 2)], columns=["column", "role", "lines", "missing", "distinct"]
)


def told(table: str, name: str, figure: str, **more: object) -> float:
    log = make_log(ROWS, customer_columns={"country": ["at", "at", "de", "de"]}, **more)
    found = portrayed(Loaded(log, pd.DataFrame(), "", (), (), MISSING))
    assert list(found) == COLUMNS
    return found.set_index(COLUMNS[:3])["value"].loc[table, name, figure]


@pytest.mark.parametrize(
    ("row", "value"),
    [
        (("facts", "", "lines"), 3),
        (("facts", "", "revenue"), 19),
        (("returns", "", "revenue"), 3),
        (("days", "2024-01-01", "lines"), 2),
        (("days", "2024-01-02", "lines"), 0),
        (("days", "2024-01-03", "revenue"), 3),
        (("baskets", "2", "invoices"), 1),
        (("purchases", "1", "customers"), 2),
        (("products", "0.5", "lines"), 2 / 3),
        (("countries", "at", "lines"), 2),
        (("countries", "de", "customers"), 1),
        (("missing", "who", "missing"), 4),
    ],
)
def test_figures_are_those_counted_by_hand(row: tuple[str, str, str], value: float) -> None:
    assert told(*row) == pytest.approx(value)


def test_no_customer_is_in_it(run: Path) -> None:
    text = (run / "data.csv").read_text()
    customers = pd.read_csv(run / "segments.csv")["customer"].astype(str)
    assert "customer-" not in text
    assert not any(name in text for name in customers)


def blocks(section: Section) -> list[object]:
    return [*section.blocks, *(block for inner in section.sections for block in blocks(inner))]


def test_the_report_draws_it_again(run: Path) -> None:
    read = read_run(run)
    section = data(read)
    assert section is not None
    drawn = {block.caption: block for block in blocks(section) if isinstance(block, Picture)}
    assert list(drawn) == [
        "Lines read, removed by each rule, and kept",
        "Lines per day",
        "Invoices by number of products",
        "Customers by number of purchases",
        "Lines per country",
        "Share of revenue that the best sellers make",
    ]
    ((_, days),) = json.loads(drawn["Lines per day"].spec)["datasets"].items()
    facts = read.data[read.data["table"] == "facts"].set_index("figure")["value"]
    assert len(days) == facts["days"]
    assert (
        read.data.loc[(read.data["table"] == "days") & (read.data["figure"] == "lines"), "value"].sum()
        == (facts["lines"])
    )


def test_a_run_of_before_has_its_ledger(run: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    read = read_run(run)
    section = data(replace(read, data=read.data.iloc[:0]))
    assert section is not None
    assert [type(block) for block in blocks(section)] == [Picture]

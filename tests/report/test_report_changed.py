"""What changed between runs: the decision, the same customers, or why they cannot be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from recsys.report import Paired, Run, read_run
from recsys.report.document import Page
from recsys.report.page import page_of
from recsys.report.paired import COLUMNS, SERVED
from tests.report.test_report_decision import SERVE, folder
from tests.report.test_report_page import said, table, texts


@pytest.fixture
def pair(tmp_path: Path) -> list[Run]:
    """The second serves als to Small too."""
    policies = {"one": SERVE, "two": SERVE | {"Small": "als"}}
    runs = [read_run(folder(tmp_path / name, serve)) for name, serve in policies.items()]
    for run, name in zip(runs, policies, strict=True):
        run.manifest["name"] = name
    return runs


def page(runs: list[Run], *why_not: str, rows: list[tuple[object, ...]] | None = None) -> Page:
    held = pd.DataFrame(rows or [], columns=list(COLUMNS))
    return page_of(runs, [Paired(why_not, 2, "map@10", held)])


def test_the_decision_segment_by_segment(pair: list[Run]) -> None:
    told = page(pair)
    assert "two decides otherwise for Small (popular, then als)." in said(told, "What changed")
    found = table(told, "Any purchase: what each decides to serve")
    assert texts(found)[2] == ["Small", "popular", "als"]
    assert [cell.text for row in found.rows for cell in row if cell.best] == ["als"]


def test_the_same_decision_is_said_so(pair: list[Run]) -> None:
    assert " decides the same." in said(page([pair[0], pair[0]]), "What changed")


def test_a_segment_of_one_run_alone_is_named(pair: list[Run]) -> None:
    verdicts = pair[1].verdicts
    without = replace(pair[1], verdicts=verdicts[verdicts["segment"] != "Big"])
    assert "Only one of the two has Big." in said(page([pair[0], without]), "What changed")


def test_differences_of_the_same_customers(pair: list[Run]) -> None:
    rows = [
        ("any", SERVED, 0.2, 0.25, 0.05, 0.01, 0.09, 1_234),
        ("any", "als", 0.3, 0.3, 0.0, -0.1, 0.1, 1_234),
        ("any", "popular", 0.1, 0.1, 0.0, 0.0, 0.0, 1_234),
    ]
    found = table(page(pair, rows=rows), "Any purchase: map@10 of the same customers")
    assert texts(found) == [
        ["what each serves", "0.2000", "0.2500", "+0.0500", "+0.0100 to +0.0900", "1,234"],
        ["als", "0.3000", "0.3000", "+0.0000", "\u22120.1000 to +0.1000", "1,234"],
        ["popular", "0.1000", "0.1000", "none", "\u2013", "1,234"],
    ]
    assert [row[3].best for row in found.rows] == [True, False, False]
    assert "2 windows of the same dates" in found.note


def test_why_they_cannot_be_compared(pair: list[Run]) -> None:
    told = said(
        page(pair, "they read different logs", "no window has the same dates in both"), "What changed"
    )
    assert (
        "one and two cannot be compared customer by customer: they read different logs and no window has the "
        "same dates in both." in told
    )

"""Lines per day: the mean of the week around each, months that add up."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from recsys.report.document import Folded, Picture, Table
from recsys.report.look.daily import MOST, daily


def drawn(lines: list[float], first: str = "2024-01-01", **more: list[float]) -> tuple[list[Any], Table]:
    days = pd.date_range(first, periods=len(lines)).strftime("%Y-%m-%d")
    chart, behind = daily(pd.DataFrame({"day": days, "lines": lines, **more}))
    assert isinstance(chart, Picture)
    assert isinstance(behind, Folded)
    (table,) = behind.blocks
    assert isinstance(table, Table)
    made = json.loads(chart.spec)
    return [
        layer | {"rows": made["datasets"][layer.get("data", made.get("data"))["name"]]}
        for layer in made["layer"]
    ], table


def values(layer: dict[str, Any], name: str) -> list[float]:
    return [row[name] for row in layer["rows"]]


def test_the_strong_line_is_the_mean_of_seven_days() -> None:
    (thin, strong, _), _ = drawn([0.0] * 7 + [70.0] + [0.0] * 7)
    assert (thin["encoding"]["y"]["field"], strong["encoding"]["y"]["field"]) == ("lines", "around")
    assert max(values(thin, "lines")) == 70
    assert values(strong, "around") == [0] * 4 + [10] * 7 + [0] * 4


def test_months_add_up_and_count_the_days_without() -> None:
    _, table = drawn([4.0, 0.0, 6.0], first="2024-01-30", revenue=[1.5, 0.0, 1_000.0])
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["2024-01", "4", "2", "4", "1", "1.50"],
        ["2024-02", "6", "6", "6", "0", "1,000.00"],
    ]


def test_a_long_log_is_drawn_by_the_week() -> None:
    (strong, _), _ = drawn([3.0] * (MOST + 1))
    assert strong["encoding"]["y"]["field"] == "around"
    assert len(values(strong, "around")) == 115


def test_one_day_is_a_table() -> None:
    (only,) = daily(pd.DataFrame({"day": ["2024-01-01"], "lines": [5.0]}))
    assert isinstance(only, Folded)

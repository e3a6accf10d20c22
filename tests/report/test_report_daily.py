"""Lines per day: the mean of the week around each, ticks that have room, months that add up."""

from __future__ import annotations

import pandas as pd
import pytest

from recsys.report.document import Chart, Folded, Table
from recsys.report.look.daily import MOST, TICKS, daily


def drawn(lines: list[float], first: str = "2024-01-01", **more: list[float]) -> tuple[Chart, Table]:
    days = pd.date_range(first, periods=len(lines)).strftime("%Y-%m-%d")
    chart, behind = daily(pd.DataFrame({"day": days, "lines": lines, **more}))
    assert isinstance(chart, Chart)
    assert isinstance(behind, Folded)
    (table,) = behind.blocks
    assert isinstance(table, Table)
    return chart, table


def test_the_strong_line_is_the_mean_of_seven_days() -> None:
    chart, _ = drawn([0.0] * 7 + [70.0] + [0.0] * 7)
    thin, strong = chart.lines
    assert [line.strong for line in chart.lines] == [False, True]
    assert max(y for _, y in thin.points) == pytest.approx(70 / 80)  # the axis ends at 80
    assert [round(y * 80) for _, y in strong.points] == [0] * 4 + [10] * 7 + [0] * 4


def test_months_add_up_and_count_the_days_without() -> None:
    _, table = drawn([4.0, 0.0, 6.0], first="2024-01-30", revenue=[1.5, 0.0, 1_000.0])
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["2024-01", "4", "2", "4", "1", "1.50"],
        ["2024-02", "6", "6", "6", "0", "1,000.00"],
    ]


def test_ticks_are_firsts_of_months_and_not_too_many() -> None:
    chart, _ = drawn([1.0] * 60, first="2024-01-20")
    assert [tick.text for tick in chart.x_ticks] == ["Feb\u00a02024", "Mar\u00a02024"]
    assert chart.x_ticks[0].at == pytest.approx(12 / 59)
    assert len(drawn([1.0] * 700)[0].x_ticks) <= TICKS


def test_a_long_log_is_drawn_by_the_week() -> None:
    chart, _ = drawn([3.0] * (MOST + 1))
    (line,) = chart.lines
    assert line.strong
    assert len(line.points) == 115


def test_one_day_is_a_table() -> None:
    (only,) = daily(pd.DataFrame({"day": ["2024-01-01"], "lines": [5.0]}))
    assert isinstance(only, Folded)

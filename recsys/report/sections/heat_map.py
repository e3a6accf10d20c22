"""Recommenders by segments at the deciding metric, each with its lead over the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Table
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision, shaded
from recsys.report.show import change
from recsys.report.words import ALL

SCOPES = ("pooled", "0")
"""All windows together; the one window, where there are no more."""


def heat_map(run: Run, board: Board, target: str) -> Table:
    """One column per segment, each shaded on its own: segments differ in how hard they are."""
    segments = board.segments(target)
    names = by_decision(board, target, ALL)
    over = leads_over(run, board, target)
    columns = [
        [
            replace(cell, below=over.get((segment, name), ""))
            for name, cell in zip(
                names, shaded([board.mean(target, segment, name) for name in names]), strict=True
            )
        ]
        for segment in segments
    ]
    note = "Compare down a column, not across: customers of some segments are easier to serve."
    if over:
        note += (
            f" Below a figure: its lead over {board.baseline} (95 % interval, each customer's mean over "
            "windows), and what the test says of it."
        )
    return Table(
        f"Every recommender in every segment, {board.decide}",
        (Column("Recommender", number=False), *(Column(segment) for segment in segments)),
        tuple((Cell(name), *cells) for name, *cells in zip(names, *columns, strict=True)),
        note=note,
        legend="Shaded within each column, from zero to its best.",
    )


def leads_over(run: Run, board: Board, target: str) -> Mapping[tuple[str, str], str]:
    """(segment, recommender) -> the interval of its lead over the baseline, and the verdict on it."""
    rows = run.comparisons
    rows = rows[(rows["target"] == target) & (rows["b"] == board.baseline)]
    scope = next((one for one in SCOPES if (rows["window"] == one).any()), None)
    rows = rows[rows["window"] == scope]
    return {
        (str(row.segment), str(row.a)): f"{change(row.ci_low)} to {change(row.ci_high)}, {row.verdict}"
        for row in rows.itertuples()
        if row.ci_low == row.ci_low
    }

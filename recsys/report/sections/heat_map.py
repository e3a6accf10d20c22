"""Recommenders by segments at the deciding metric."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Table
from recsys.report.sections.standings import by_decision, shaded
from recsys.report.words import ALL


def heat_map(board: Board, target: str) -> Table:
    """One column per segment, each shaded on its own: segments differ in how hard they are."""
    segments = board.segments(target)
    names = by_decision(board, target, ALL)
    columns = [shaded([board.mean(target, segment, name) for name in names]) for segment in segments]
    return Table(
        f"Every recommender in every segment, {board.decide}",
        (Column("Recommender", number=False), *(Column(segment) for segment in segments)),
        tuple((Cell(name), *cells) for name, *cells in zip(names, *columns, strict=True)),
        note="Compare down a column, not across: customers of some segments are easier to serve.",
        legend="Shaded within each column, from zero to its best.",
    )

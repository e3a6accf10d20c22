"""The deciding figure window by window, so that one good window does not pass for a rule."""

from __future__ import annotations

from recsys.report.board import Board, Mean
from recsys.report.document import Cell, Column, Table
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision, shaded
from recsys.report.show import day
from recsys.report.words import ALL


def window_tables(run: Run, board: Board, target: str) -> tuple[Table, ...]:
    """One table per segment."""
    return tuple(_table(run, board, target, segment) for segment in board.segments(target))


def window_labels(run: Run, board: Board) -> dict[int, str]:
    """Each window by the day from which purchases judge."""
    starts = {one.window: day(one.start) for one in periods(run)}
    return {
        window: f"from {starts[window]}" if window in starts else f"window {window}"
        for window in board.windows
    }


def _table(run: Run, board: Board, target: str, segment: str) -> Table:
    names = by_decision(board, target, segment)
    scores = [board.by_window(target, segment, name) for name in names]
    columns = [
        shaded([Mean.of([found[window]] if window in found else []) for found in scores])
        for window in board.windows
    ]
    means = shaded([board.mean(target, segment, name) for name in names])
    labels = window_labels(run, board)
    return Table(
        "All judged customers" if segment == ALL else segment,
        (
            Column("Recommender", number=False),
            *(Column(labels[window]) for window in board.windows),
            Column("mean"),
        ),
        tuple((Cell(name), *cells) for name, *cells in zip(names, *columns, means, strict=True)),
    )

"""The deciding figure window by window, so that one good window does not pass for a rule."""

from __future__ import annotations

from recsys.report.board import Board, Mean
from recsys.report.charts.course import Course, Step, courses
from recsys.report.document import Block, Cell, Column, Folded, Picture, Table
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision, shaded
from recsys.report.show import day, score
from recsys.report.words import ALL

STANDING_OUT = 4  # recommenders in colours of their own


def by_window(run: Run, board: Board, target: str) -> tuple[Block, ...]:
    """All customers as lines, and, folded, a table per segment."""
    whole, *rest = board.segments(target)
    tables = tuple(_table(run, board, target, segment) for segment in rest)
    folded = (Folded(f"Window by window in each segment, {board.decide}", tables),) if rest else ()
    return (_chart(run, board, target, whole), *folded)


def window_labels(run: Run, board: Board) -> dict[int, str]:
    """Each window by the day from which purchases judge."""
    starts = {one.window: day(one.start) for one in periods(run)}
    return {
        window: f"from {starts[window]}" if window in starts else f"window {window}"
        for window in board.windows
    }


def _chart(run: Run, board: Board, target: str, segment: str) -> Picture:
    """Windows in the order of time; who is best on average, and the baseline, in colour."""
    names = by_decision(board, target, segment)
    labels = window_labels(run, board)
    windows = sorted(board.windows, reverse=True)
    strong = dict.fromkeys([*names[:STANDING_OUT], *([board.baseline] if board.baseline in names else [])])
    shown = []
    for name in names:
        found = board.by_window(target, segment, name)
        steps = tuple(
            Step(at, found[window].value, f"{score(found[window].value)}, {labels[window]}")
            for at, window in enumerate(windows)
            if window in found and found[window].value == found[window].value
        )
        if steps:
            shown.append(Course(name, steps, name in strong))
    texts = [labels[window].removeprefix("from ") for window in windows]
    return Picture(
        f"Window by window, {board.decide}",
        f"{board.decide} in each window; the best of the mean first: {', '.join(names)}.",
        courses("purchases from", str(board.decide), shown, ticks=texts),
        table=_table(run, board, target, segment),
        legend=f"In colour: the best {STANDING_OUT} of the mean and the baseline.",
    )


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

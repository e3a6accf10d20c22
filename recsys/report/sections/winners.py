"""The best recommender of each segment at the deciding metric, and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterable

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Strip, Table
from recsys.report.show import NONE, change, count, listing, percent_change, plural, score
from recsys.report.verdict import FEW, Verdict, verdict


def winners(board: Board, target: str) -> Table:
    """One row per segment, `all` first."""
    verdicts = [verdict(board, target, segment) for segment in board.segments(target)]
    top = max((entry.value for one in verdicts for entry in one.ranking if entry.windows), default=0.0)
    several = len(board.windows) > 1
    return Table(
        f"Best recommender per segment, {board.decide}",
        _columns(board, several),
        tuple(_row(one, top, several) for one in verdicts),
        note=" ".join(filter(None, (_note(board, several), few_note(verdicts, several)))),
        legend="Drawn: each tick is a recommender, the dot the best, the ring the baseline.",
    )


def _columns(board: Board, several: bool) -> tuple[Column, ...]:
    led = (Column("Windows led"),) if several else ()
    return (
        Column("Segment", number=False, wraps=True),
        Column("Customers"),
        Column("Best", number=False, wraps=True),
        Column(str(board.decide), leads=True),
        Column("All recommenders", number=False, drawn=True),
        Column("Baseline"),
        Column("Difference"),
        Column("%"),
        *led,
        Column("Next best", number=False, wraps=True),
    )


def _row(one: Verdict, top: float, several: bool) -> tuple[Cell, ...]:
    second = one.runner_up
    led = (Cell(f"{one.led} of {one.windows}"),) if several else ()
    return (
        Cell(one.segment),
        Cell(count(one.customers) + "*" * one.few),
        Cell(listing(one.best) or NONE, best=True),
        Cell(score(one.value), best=True),
        Cell(strip=_strip(one, top)),
        Cell(score(one.baseline_value)),
        Cell(change(one.difference)),
        Cell(percent_change(one.percent)),
        *led,
        Cell(f"{second.recommender} {score(second.value)}" if second else NONE),
    )


def _strip(one: Verdict, top: float) -> Strip | None:
    values = [entry.value for entry in one.ranking if entry.windows]
    if not one.best or top <= 0:
        return None
    baseline = None if math.isnan(one.baseline_value) else one.baseline_value / top
    words = f"{plural(len(values), 'recommender')} from {score(min(values))} to {score(max(values))}"
    return Strip(tuple(value / top for value in values), one.value / top, baseline, words)


def few_note(verdicts: Iterable[Verdict], several: bool) -> str:
    """What the mark at a number of customers means; nothing where there is none."""
    if not any(one.few for one in verdicts):
        return ""
    return f"* Fewer than {FEW} judged customers{' in some window' if several else ''}: read with care."


def _note(board: Board, several: bool) -> str:
    notes = []
    if board.baseline:
        notes.append(f"Difference: best minus the baseline {board.baseline}.")
    if several:
        notes.append(
            "Values and customers are means over windows. Windows led: in how many the best was first."
        )
    return " ".join(notes)

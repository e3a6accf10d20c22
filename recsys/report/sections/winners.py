"""The best recommender of each segment at the deciding metric, and by how much."""

from __future__ import annotations

import math

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Strip, Table
from recsys.report.show import NONE, change, count, listing, percent_change, score
from recsys.report.verdict import Verdict, verdict

#: Below this many judged customers per window a segment's mean is marked.
FEW = 30


def winners(board: Board, target: str) -> Table:
    """One row per segment, `all` first."""
    verdicts = [verdict(board, target, segment) for segment in board.segments(target)]
    top = max((entry.value for one in verdicts for entry in one.ranking if entry.windows), default=0.0)
    several = len(board.windows) > 1
    few = any(one.customers < FEW for one in verdicts)
    return Table(
        f"Best recommender per segment, {board.decide}",
        _columns(board, several),
        tuple(_row(one, top, several) for one in verdicts),
        note=_note(board, several, few),
        legend="Drawn: each tick is a recommender, the dot the best, the ring the baseline.",
    )


def _columns(board: Board, several: bool) -> tuple[Column, ...]:
    led = (Column("Windows led"),) if several else ()
    return (
        Column("Segment", number=False),
        Column("Best", number=False),
        Column(str(board.decide), leads=True),
        Column("All recommenders", number=False, drawn=True),
        Column("Baseline"),
        Column("Difference"),
        Column("%"),
        Column("Next best", number=False),
        *led,
        Column("Customers"),
    )


def _row(one: Verdict, top: float, several: bool) -> tuple[Cell, ...]:
    second = one.runner_up
    led = (Cell(f"{one.led} of {one.windows}"),) if several else ()
    return (
        Cell(one.segment),
        Cell(listing(one.best) or NONE, best=True),
        Cell(score(one.value), best=True),
        Cell(strip=_strip(one, top)),
        Cell(score(one.baseline_value)),
        Cell(change(one.difference)),
        Cell(percent_change(one.percent)),
        Cell(f"{second.recommender} {score(second.value)}" if second else NONE),
        *led,
        Cell(count(one.customers) + ("*" if one.customers < FEW else "")),
    )


def _strip(one: Verdict, top: float) -> Strip | None:
    values = [entry.value for entry in one.ranking if entry.windows]
    if not one.best or top <= 0:
        return None
    baseline = None if math.isnan(one.baseline_value) else one.baseline_value / top
    words = f"{len(values)} recommenders from {score(min(values))} to {score(max(values))}"
    return Strip(tuple(value / top for value in values), one.value / top, baseline, words)


def _note(board: Board, several: bool, few: bool) -> str:
    notes = []
    if board.baseline:
        notes.append(f"Difference: best minus the baseline {board.baseline}.")
    if several:
        notes.append(
            "Values and customers are means over windows. Windows led: in how many the best was first."
        )
    if few:
        notes.append(f"* Fewer than {FEW} judged customers: read with care.")
    return " ".join(notes)

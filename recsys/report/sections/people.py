"""Who was judged: from future buyers down to those a figure is made of."""

from __future__ import annotations

import math

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Folded, Section, Table
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.sections.windows import window_labels
from recsys.report.show import NONE, count, share, span
from recsys.report.words import ALL, NO_HISTORY, target

_STAGES = ("future buyers", "with history", "with reachable truth", "judged", "without history")
Funnel = dict[tuple[str, str, str, str], dict[int, float]]


def people(run: Run, board: Board) -> Section:
    """The windows, the funnel of each target, and how many of the judged each recommender served."""
    funnel = _funnel(run)
    tables = [_windows(run), *(_stages(run, board, funnel, name) for name in board.targets)]
    folded = [table for table in (_judged(run, board, funnel), _served(board, funnel)) if table.rows]
    blocks = [table for table in tables if table.rows]
    more = (Folded("By segment and by recommender", tuple(folded)),) if folded else ()
    return Section("Who was judged", (*blocks, *more))


def _funnel(run: Run) -> Funnel:
    found: Funnel = {}
    columns = ("target", "segment", "recommender", "stage", "window", "customers")
    for *names, window, number in zip(*(run.funnel[name].tolist() for name in columns), strict=True):
        found.setdefault(tuple(names), {})[int(window)] = number
    return found


def _windows(run: Run) -> Table:
    heads = ("Known at the cutoff: lines", "customers", "products", "bought pairs")
    keys = ("history_lines", "customers", "products", "pairs")
    rows = tuple(
        (
            Cell(span(when.start, when.end)),
            *(Cell(count(_number(one.get(key)))) for key in keys),
        )
        for one, when in zip(run.manifest["windows"], periods(run), strict=True)
    )
    return Table("The windows, latest first", (Column("Window", number=False), *map(Column, heads)), rows)


def _stages(run: Run, board: Board, funnel: Funnel, name: str) -> Table:
    stages = {stage: _stage(funnel, name, stage) for stage in _STAGES}
    stages = {stage: found for stage, found in stages.items() if found}
    labels = window_labels(run, board)
    tops = {w: max((found.get(w, 0.0) for found in stages.values()), default=0.0) for w in board.windows}
    rows = tuple(
        (Cell(stage), *(_people(found.get(w, math.nan), tops[w]) for w in board.windows))
        for stage, found in stages.items()
    )
    return Table(
        f"From buyers to judged customers: {target(name).title.lower()}",
        (Column("Stage", number=False), *(Column(labels[w]) for w in board.windows)),
        rows,
        note="Reachable truth: bought something that counts and was sold before the cutoff.",
    )


def _stage(funnel: Funnel, name: str, stage: str) -> dict[int, float]:
    for segment in (ALL, "", NO_HISTORY):
        if found := funnel.get((name, segment, "", stage)):
            return found
    return {}


def _judged(run: Run, board: Board, funnel: Funnel) -> Table:
    cells = {
        (target_, segment): sum(found.values())
        for (target_, segment, _, stage), found in funnel.items()
        if stage == "judged"
    }
    names = [name for name in board.targets if any(key[0] == name for key in cells)]
    segments = list(dict.fromkeys(segment for name in names for segment in board.segments(name)))
    rows = tuple((Cell(s), *(Cell(count(cells.get((n, s), math.nan))) for n in names)) for s in segments)
    return Table(
        "Judged, summed over windows",
        (Column("Segment", number=False), *(Column(target(n).title) for n in names)),
        rows if len(segments) > 1 else (),
    )


def _served(board: Board, funnel: Funnel) -> Table:
    """Of the judged, those for whom the recommender had at least one product of its own."""
    places = [
        (n, s)
        for n in board.targets
        for s in (ALL, NO_HISTORY)
        if any((n, s, who, "served") in funnel for who in board.recommenders)
    ]
    rows = []
    for who in board.recommenders:
        cells = [_of(funnel.get((n, s, who, "served"), {}), _out_of(funnel, n, s)) for n, s in places]
        rows.append((Cell(who), *cells))
    heads = [Column(target(n).title + (f" {s}" if s == NO_HISTORY else "")) for n, s in places]
    return Table(
        "Served by the recommender itself, summed over windows",
        (Column("Recommender", number=False), *heads),
        tuple(rows) if places else (),
    )


def _out_of(funnel: Funnel, name: str, segment: str) -> float:
    stage = "judged" if segment == ALL else "without history"
    return sum(_stage(funnel, name, stage).values())


def _of(found: dict[int, float], whole: float) -> Cell:
    if not found:
        return Cell(NONE)
    number = sum(found.values())
    part = number / whole if whole else math.nan
    return Cell(f"{count(number)} ({share(part)})" if whole else count(number), bar=part if whole else None)


def _people(number: float, top: float) -> Cell:
    bar = number / top if top > 0 and not math.isnan(number) else None
    return Cell(count(number), bar=bar)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan

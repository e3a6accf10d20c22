"""The leaderboard of one target, segment and list length: all metrics, sorted by the deciding one."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.report.board import Board, Mean, best_of, leads
from recsys.report.document import Cell, Column, Table
from recsys.report.show import score
from recsys.report.verdict import ranked
from recsys.report.words import METRICS, TELLING, metric_label


def standings(board: Board, target: str, segment: str, k: int, caption: str) -> Table:
    """One row per recommender; no column for a metric without a value, or one that has its own section."""
    names = by_decision(board, target, segment, k)
    metrics = [
        metric
        for metric in board.metrics
        if metric not in TELLING
        and any(board.mean(target, segment, name, metric, k).windows for name in names)
    ]
    columns = [
        shaded([board.mean(target, segment, name, metric, k) for name in names], metric in METRICS)
        for metric in metrics
    ]
    heads = [_head(metric, board) for metric in metrics]
    unknown = any(metric not in METRICS for metric in metrics)
    return Table(
        caption,
        (Column("Recommender", number=False), *heads),
        tuple((Cell(name), *cells) for name, *cells in zip(names, *columns, strict=True)),
        note="† Shown without a best: more is not always better." if unknown else "",
    )


def _head(metric: str, board: Board) -> Column:
    return Column(
        metric_label(metric) + ("" if metric in METRICS else "†"), leads=metric == board.decide.metric
    )


def by_decision(board: Board, target: str, segment: str, k: int = 0) -> list[str]:
    """Recommenders by the deciding metric, best first; equal ones as in the config."""
    return ranked(
        {name: board.mean(target, segment, name, k=k) for name in board.taking_part(target, segment)}
    )


def shaded(means: Sequence[Mean], rates: bool = True) -> list[Cell]:
    """Cells shaded from zero to the best of them, which is bold; plain where more is not always better."""
    if not rates:
        return [Cell(score(mean.value)) for mean in means]
    top = best_of(means)
    return [_cell(mean, top, leads(mean, means)) for mean in means]


def _cell(mean: Mean, top: float, best: bool) -> Cell:
    shown = mean.windows and top > 0
    return Cell(score(mean.value), best=best, heat=min(max(mean.value / top, 0.0), 1.0) if shown else None)

"""How far any list could get: what was out of reach, what a perfect list reaches, and each one's share."""

from __future__ import annotations

import math

from recsys.report.board import Board, leads
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Table
from recsys.report.run import Run
from recsys.report.sections.repeat import mean_share
from recsys.report.sections.standings import by_decision
from recsys.report.show import NONE, share
from recsys.report.words import ALL, NEW_PRODUCTS, figure, metric_label, target

_EVERYTHING, _BEFORE = "everything", "bought before"
_METRICS = ("precision", "recall", "map", "ndcg", "hit", "captured_spend", "revenue", "margin")
Best = dict[tuple[str, str, str, str], float]


def ceiling(run: Run, board: Board) -> Section | None:
    """What was out of reach, then a table per target; more of it by segment."""
    best = _best(run, board)
    asked = [name for name in board.targets if (name, ALL, _EVERYTHING, board.decide.metric) in best]
    asked = [name for name in asked if name != NEW_PRODUCTS]
    if not asked:
        return None
    blocks: list[Block] = [Paragraph(_told(run, board))]
    blocks += [_table(board, best, name) for name in asked]
    folded = [_by_segment(board, best, name) for name in asked if len(board.segments(name)) > 1]
    if not run.bought_later.empty:
        folded.append(_out_of_reach(run, board))
    if folded:
        blocks.append(Folded("In each segment", tuple(folded)))
    return Section("How much was within reach", tuple(blocks))


def _best(run: Run, board: Board) -> Best:
    """The mean over windows of what the best list reaches, by (target, segment, of, metric)."""
    rows = run.ceilings[run.ceilings["k"] == board.decide.k]
    found: dict[tuple[str, str, str, str], list[float]] = {}
    names = zip(rows["target"], rows["segment"], rows["of"], rows["metric"], strict=True)
    for key, value in zip(names, rows["value"], strict=True):
        if not math.isnan(value):
            found.setdefault(key, []).append(value)
    return {key: math.fsum(values) / len(values) for key, values in found.items()}


def _told(run: Run, board: Board) -> str:
    pairs = 1 - mean_share(run, ALL, "pairs_in_catalogue", "pairs")
    money = 1 - mean_share(run, ALL, "spend_in_catalogue", "spend")
    missed = ""
    if not math.isnan(pairs):
        worth = "" if math.isnan(money) else f" and {share(money)} of what they paid for them"
        missed = (
            f"{share(pairs)} of the products that customers with history bought{worth} were first sold after "
            "the cutoff: no list could name them, and no figure above counts them. "
        )
    return (
        f"{missed}A perfect list of {board.decide.k} holds only what the customer then bought, dearest "
        "first. Even that does not reach everything: some bought fewer products than the list has places, "
        "others more. The share of it that a recommender reaches tells how much is left to win, part of "
        "which is chance that nobody can know."
    )


def _table(board: Board, best: Best, name: str) -> Table:
    shown = [metric for metric in _METRICS if (name, ALL, _EVERYTHING, metric) in best]
    top = {metric: best[name, ALL, _EVERYTHING, metric] for metric in shown}
    rows = [
        (Cell("A perfect list"), *(Cell(figure(metric, top[metric], board.currency)) for metric in shown))
    ]
    if (name, ALL, _BEFORE, board.decide.metric) in best:
        rows.append(
            (
                Cell("A perfect reminder"),
                *(_part(best.get((name, ALL, _BEFORE, m), math.nan), top[m]) for m in shown),
            )
        )
    who = by_decision(board, name, ALL)
    means = {metric: [board.mean(name, ALL, one, metric) for one in who] for metric in shown}
    for at, one in enumerate(who):
        cells = (_part(means[m][at].value, top[m], best=leads(means[m][at], means[m])) for m in shown)
        rows.append((Cell(one), *cells))
    reminder = (
        " A perfect reminder holds only what the customer had bought before."
        if len(rows) > len(who) + 1
        else ""
    )
    return Table(
        f"{target(name).title}: what a perfect list reaches, and shares of it",
        (Column("Recommender", number=False), *(Column(metric_label(metric)) for metric in shown)),
        tuple(rows),
        note=f"All judged customers, lists of {board.decide.k}; revenue is of one judged list.{reminder}",
    )


def _by_segment(board: Board, best: Best, name: str) -> Table:
    """Shares of the perfect list's recall, which is the figure that the size of a truth bounds most."""
    segments = board.segments(name)
    top = [best.get((name, segment, _EVERYTHING, "recall"), math.nan) for segment in segments]
    rows = [(Cell("A perfect list"), *(Cell(figure("recall", value)) for value in top))]
    for who in by_decision(board, name, ALL):
        values = (board.mean(name, segment, who, "recall").value for segment in segments)
        rows.append((Cell(who), *(_part(value, most) for value, most in zip(values, top, strict=True))))
    return Table(
        f"{target(name).title}: recall@{board.decide.k} of a perfect list, and shares of it",
        (Column("Recommender", number=False), *(Column(segment) for segment in segments)),
        tuple(rows),
    )


def _out_of_reach(run: Run, board: Board) -> Table:
    segments = [name for name in board.order if name in set(run.bought_later["segment"])]
    rows = (
        (
            Cell(name),
            Cell(_rest(mean_share(run, name, "pairs_in_catalogue", "pairs"))),
            Cell(_rest(mean_share(run, name, "spend_in_catalogue", "spend"))),
        )
        for name in segments
    )
    return Table(
        "Bought, but first sold after the cutoff",
        (Column("Segment", number=False, wraps=True), Column("Of the products"), Column("Of the money")),
        tuple(rows),
    )


def _rest(value: float) -> str:
    return NONE if math.isnan(value) else share(1 - value)


def _part(value: float, whole: float, best: bool = False) -> Cell:
    return Cell(NONE) if math.isnan(value) or not whole > 0 else Cell(share(value / whole), best=best)

"""The two populations beside the main ones: people without history, and products without sales."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Paragraph, Section, Table
from recsys.report.sections.standings import standings
from recsys.report.show import count, score
from recsys.report.verdict import verdict
from recsys.report.words import ALL, NEW_PRODUCTS, NO_HISTORY, metric_label, target


def no_history(board: Board) -> Section | None:
    """People who bought for the first time inside a window."""
    targets = [name for name in board.targets if board.has_no_history(name)]
    if not targets:
        return None
    people = count(verdict(board, targets[0], NO_HISTORY).customers)
    per = " per window" if len(board.windows) > 1 else ""
    told = Paragraph(
        f"{people} buyers{per} had no earlier purchase. They are not part of any figure above; only "
        "recommenders that can serve someone unknown take part."
    )
    return Section(
        "Customers without history", (told, *(_table(board, name, NO_HISTORY) for name in targets))
    )


def new_products(board: Board) -> Section | None:
    """Products first sold inside a window."""
    if not board.taking_part(NEW_PRODUCTS, ALL):
        return None
    about = target(NEW_PRODUCTS)
    tables = (_by_segment(board, who) for who in board.taking_part(NEW_PRODUCTS, ALL))
    return Section(about.title, (Paragraph(f"{about.counts} {about.caution}"), *tables))


def _table(board: Board, name: str, segment: str) -> Table:
    return standings(board, name, segment, board.decide.k, f"{target(name).title}, lists of {board.decide.k}")


def _by_segment(board: Board, who: str) -> Table:
    """One recommender, one row per segment."""
    segments, k = board.segments(NEW_PRODUCTS), board.decide.k
    means = {m: [board.mean(NEW_PRODUCTS, s, who, m, k) for s in segments] for m in board.metrics}
    shown = [metric for metric in board.metrics if any(mean.windows for mean in means[metric])]
    people = [count(verdict(board, NEW_PRODUCTS, segment).customers) for segment in segments]
    rows = tuple(
        (Cell(segment), *(Cell(score(means[metric][at].value)) for metric in shown), Cell(people[at]))
        for at, segment in enumerate(segments)
    )
    heads = (Column("Segment", number=False), *(Column(metric_label(m)) for m in shown), Column("customers"))
    return Table(f"{who}, lists of {k}", heads, rows)

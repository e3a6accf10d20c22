"""The two populations beside the main ones: people without history, and products without sales."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.chance import chance, chance_recall
from recsys.report.document import Cell, Column, Paragraph, Section, Table
from recsys.report.run import Run
from recsys.report.sections.standings import standings
from recsys.report.sections.windows import window_labels
from recsys.report.sections.winners import few_note
from recsys.report.show import count, counted, listing, score
from recsys.report.verdict import verdict
from recsys.report.words import ALL, NEW_PRODUCTS, NO_HISTORY, TELLING, metric_label, target


def no_history(board: Board) -> Section | None:
    """People who bought for the first time inside a window."""
    targets = [name for name in board.targets if board.has_no_history(name)]
    if not targets:
        return None
    people = counted(verdict(board, targets[0], NO_HISTORY).customers, "buyer")
    per = " per window" if len(board.windows) > 1 else ""
    told = Paragraph(
        f"{people}{per} had no purchase before the cutoff. They are not part of any figure above; only "
        "recommenders that can serve someone unknown take part."
    )
    return Section(
        "Customers without history", (told, *(_table(board, name, NO_HISTORY) for name in targets))
    )


def new_products(run: Run, board: Board) -> Section | None:
    """Products first sold after the cutoff: how many there were, and what chance would reach."""
    if not board.taking_part(NEW_PRODUCTS, ALL):
        return None
    about = target(NEW_PRODUCTS)
    tables = (_by_segment(board, who) for who in board.taking_part(NEW_PRODUCTS, ALL))
    told = Paragraph(f"{about.counts} {about.caution}")
    return Section(about.title, (told, Paragraph(_candidates(run, board), style="caution"), *tables))


def _candidates(run: Run, board: Board) -> str:
    if not board.arrivals:
        return (
            "Where few products arrive, a list holds most of them in any order; how many did was not kept in "
            "this run. No recommender is called best here."
        )
    labels = window_labels(run, board)
    found = [
        f"{board.arrivals[at]:,}{f' ({labels[at]})' if len(board.windows) > 1 else ''}"
        for at in board.windows
        if at in board.arrivals
    ]
    return (
        f"Candidates were the products that arrived: {listing(found)}. The fewer they are, the more of them "
        f"fit into a list of {board.decide.k} in any order: {chance(board, ALL)}, and only what "
        "is above that was ranked well."
    )


def _table(board: Board, name: str, segment: str) -> Table:
    return standings(board, name, segment, board.decide.k, f"{target(name).title}, lists of {board.decide.k}")


def _by_segment(board: Board, who: str) -> Table:
    """One recommender, one row per segment."""
    segments, k = board.segments(NEW_PRODUCTS), board.decide.k
    means = {m: [board.mean(NEW_PRODUCTS, s, who, m, k) for s in segments] for m in board.metrics}
    shown = [m for m in board.metrics if m not in TELLING and any(mean.windows for mean in means[m])]
    luck = [chance_recall(board, segment, who) for segment in segments]
    people = [verdict(board, NEW_PRODUCTS, segment) for segment in segments]
    heads: list[Column] = []
    columns: list[list[str]] = []
    for metric in shown:
        heads.append(Column(metric_label(metric)))
        columns.append([score(mean.value) for mean in means[metric]])
        if metric == "recall" and board.arrivals:
            heads.append(Column("recall by chance"))
            columns.append([score(value) for value in luck])
    few = few_note(people, len(board.windows) > 1)
    return Table(
        f"{who}, lists of {k}",
        (Column("Segment", number=False, wraps=True), Column("Customers"), *heads),
        tuple(
            (Cell(one.segment), Cell(count(one.customers) + "*" * one.few), *(Cell(c[at]) for c in columns))
            for at, one in enumerate(people)
        ),
        note=few,
    )

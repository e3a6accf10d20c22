"""How much of the lists a recommender filled itself, and how much popularity filled for it."""

from __future__ import annotations

import math

from recsys.report.board import Board
from recsys.report.document import Cell, Column, Paragraph, Section, Table
from recsys.report.show import NONE, share
from recsys.report.words import ALL, NEW_PRODUCTS, OWN_SHARE, target


def filled(board: Board) -> Section | None:
    """One row per recommender, own and filled share per target."""
    targets = [name for name in board.targets if name != NEW_PRODUCTS and _is_known(board, name)]
    if not targets:
        return None
    heads = [
        column for name in targets for column in (Column(f"{target(name).title}: own"), Column("filled"))
    ]
    rows = tuple(
        (Cell(who), *(c for name in targets for c in _cells(_own(board, name, who))))
        for who in board.recommenders
    )
    told = (
        "A list that comes short is filled with the most popular products before it is judged, so that all "
        "recommenders are judged on full lists. Where much is filled, the figures are mostly popularity's."
    )
    caption = f"Share of list places, all judged customers, lists of {board.decide.k}"
    return Section(
        "Own and filled places",
        (Paragraph(told), Table(caption, (Column("Recommender", number=False), *heads), rows)),
    )


def _is_known(board: Board, name: str) -> bool:
    return any(not math.isnan(_own(board, name, who)) for who in board.recommenders)


def _own(board: Board, name: str, who: str) -> float:
    return board.mean(name, ALL, who, OWN_SHARE).value


def _cells(own: float) -> tuple[Cell, Cell]:
    if math.isnan(own):
        return Cell(NONE), Cell(NONE)
    return Cell(share(own), bar=own), Cell(share(1 - own))

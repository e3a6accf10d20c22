"""Everything about one target: who leads where, then the figures behind it."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Folded, Paragraph, Section
from recsys.report.run import Run
from recsys.report.sections.answer import undecided
from recsys.report.sections.heat_map import heat_map
from recsys.report.sections.standings import standings
from recsys.report.sections.windows import by_window
from recsys.report.sections.winners import winners
from recsys.report.words import ALL, target


def target_section(run: Run, board: Board, name: str) -> Section:
    """Winners, leaderboard, heat map; more detail folded away."""
    about = target(name)
    decides = board.decides(name)
    segmented = decides and len(board.segments(name)) > 1
    caption = f"Leaderboard: all judged customers, lists of {board.decide.k}"
    return Section(
        about.title,
        (
            Paragraph(f"{about.counts} {about.caution}".strip()),
            winners(board, name) if decides else Paragraph(undecided(board), style="caution"),
            standings(board, name, ALL, board.decide.k, caption),
            *((heat_map(run, board, name),) if segmented else ()),
            *(by_window(run, board, name) if decides and len(board.windows) > 1 else ()),
            *_details(board, name),
        ),
    )


def _details(board: Board, name: str) -> tuple[Folded, ...]:
    found = []
    segments = [segment for segment in board.segments(name) if segment != ALL]
    if segments:
        boards = (standings(board, name, segment, board.decide.k, segment) for segment in segments)
        found.append(Folded("Leaderboard of each segment", tuple(boards)))
    others = [k for k in board.ks if k and k != board.decide.k]
    if others:
        boards = (standings(board, name, ALL, k, f"All judged customers, lists of {k}") for k in others)
        found.append(Folded("Other list lengths", tuple(boards)))
    return tuple(found)

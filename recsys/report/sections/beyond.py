"""What accuracy does not say."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Section
from recsys.report.run import Run
from recsys.report.sections.ceiling import ceiling
from recsys.report.sections.character import character
from recsys.report.sections.money import money
from recsys.report.sections.repeat import repeat


def beyond(run: Run, board: Board) -> Section | None:
    """One part per question; None for a run that did not ask any of them."""
    parts = (repeat(run, board), money(run, board), character(run, board), ceiling(run, board))
    found = tuple(part for part in parts if part)
    return Section("Beyond accuracy", (), found) if found else None

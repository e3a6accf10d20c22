"""What was asked: the log, the windows, who is judged, the figure that decides."""

from __future__ import annotations

from typing import Any

from recsys.report.board import Board
from recsys.report.document import Inline, Paragraph, Section, Strong
from recsys.report.periods import periods, skipped
from recsys.report.run import Run
from recsys.report.show import NONE, listing, plural, span
from recsys.report.words import METRICS


def asked(run: Run, board: Board) -> Section:
    """One paragraph of plain language."""
    told = (_log(run, board), _windows(run), "The same customers are judged for every recommender. ")
    return Section("What was asked", (Paragraph(*told, *_decided(board)),))


def _log(run: Run, board: Board) -> str:
    log = run.manifest.get("log") or {}
    return (
        "Which recommender should serve which customer segment? "
        f"From a log of {_whole(log, 'lines', 'purchase line')} ({_whole(log, 'customers', 'customer')}, "
        f"{_whole(log, 'products', 'product')}, {span(log.get('start'), log.get('end'))}), "
        f"{plural(len(board.recommenders), 'recommender')} drew up a list of "
        f"{plural(board.decide.k, 'product')} for "
        "every customer, and the lists were judged on what the customer bought next. "
    )


def _windows(run: Run) -> str:
    windows = periods(run)
    spans = listing([span(one.start, one.end) for one in windows])
    gap = skipped(run)
    before = f"before the cutoff was known, and {gap}" if gap else "before was known"
    if len(windows) == 1:
        return f"The purchases that judge are those of {spans}; only what came {before}. "
    return (
        f"This was done {len(windows)} times, on the purchases of {spans}; "
        f"each time, only what came {before}. "
    )


def _decided(board: Board) -> tuple[Inline, ...]:
    meaning = METRICS.get(board.decide.metric, "")
    told = f" ({meaning[0].lower()}{meaning[1:].rstrip('.')})" if meaning else ""
    against: tuple[Inline, ...] = ("; differences are against the baseline ", Strong(board.baseline or ""))
    return (
        "The figure that decides is ",
        Strong(str(board.decide)),
        told,
        *(against if board.baseline else ()),
        ".",
    )


def _whole(counts: dict[str, Any], key: str, noun: str) -> str:
    value = counts.get(key)
    return plural(value, noun) if isinstance(value, int) else f"{NONE} {noun}s"

"""Whether windows agree: who leads how often, and how alike the leaderboards of windows are."""

from __future__ import annotations

import math

import pandas as pd

from recsys.report.board import Board
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.sections.standings import by_decision
from recsys.report.sections.windows import window_labels
from recsys.report.show import NONE, change, decimals, plural, score, share
from recsys.report.words import ALL, NEW_PRODUCTS, target

_WIN, _RANK, _SPREAD, _TAU = "win rate", "mean rank", "spread", "rank correlation"
Figures = dict[tuple[str, str, str], float]


def agreement(run: Run, board: Board) -> Section | None:
    """A sentence and a table per target, segments folded away; None for one window."""
    blocks: list[Block] = []
    for name in (one for one in board.targets if one != NEW_PRODUCTS):
        rows = run.stability[run.stability["target"] == name]
        if len(rows[rows["segment"] == ALL]):
            found = _figures(rows)
            blocks += [_told(board, name, found, int(rows["windows"].max())), _table(board, name, found)]
            blocks += _changed(run, board, name)
            segments = [one for one in board.segments(name) if one != ALL and one in set(rows["segment"])]
            if segments:
                blocks.append(Folded("In each segment", (_by_segment(board, name, segments, found),)))
    return Section("Do the windows agree", tuple(blocks)) if blocks else None


def _changed(run: Run, board: Board, name: str) -> list[Block]:
    """Why the leader's figure moved from window to window; nothing without segments."""
    first = by_decision(board, name, ALL)[0]
    rows = run.changes[(run.changes["target"] == name) & (run.changes["recommender"] == first)]
    whole = rows[rows["segment"] == ALL]
    if whole.empty:
        return []
    labels = window_labels(run, board)
    table = Table(
        f"Why {first} moved",
        (
            Column("Windows", number=False, wraps=True),
            *(Column(head) for head in ("Before", "After", "Change", "Other customers", "Other results")),
        ),
        tuple(
            (
                Cell(f"{labels[int(row.earlier)]}, then {labels[int(row.window)]}"),
                *(Cell(score(value)) for value in (row.before, row.after)),
                *(Cell(change(value)) for value in (row.after - row.before, row.mix, row.model)),
            )
            for row in whole.itertuples()
        ),
        note="Other customers: what follows from each segment's larger or smaller share of those judged. "
        "Other results: what follows from how each segment was served. They sum to the change.",
    )
    return [table]


def _figures(rows: pd.DataFrame) -> Figures:
    keys = zip(rows["segment"], rows["recommender"], rows["figure"], strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def _told(board: Board, name: str, found: Figures, windows: int) -> Paragraph:
    title, tau = Strong(f"{target(name).title}: "), found.get((ALL, "", _TAU), math.nan)
    leads = {
        who: value for (segment, who, figure), value in found.items() if (segment, figure) == (ALL, _WIN)
    }
    most = max(leads.values())
    first = [who for who in by_decision(board, name, ALL) if leads.get(who) == most]
    alike = (
        "Their leaderboards cannot be compared: all are tied."
        if math.isnan(tau)
        else f"Any two leaderboards agree with a rank correlation of {decimals(tau)} on average (Kendall's "
        "tau: 1 is the same order, 0 is nothing in common)."
    )
    lead = "leads" if len(first) == 1 else "each lead"
    names = (part for at, who in enumerate(first) for part in (", " * (at > 0), Strong(who)))
    often = f" {lead} in {round(most * windows)} of {plural(windows, 'window')}. "
    return Paragraph(title, *names, often, alike, style="finding")


def _table(board: Board, name: str, found: Figures) -> Table:
    who = [one for one in by_decision(board, name, ALL) if (ALL, one, _WIN) in found]
    rates = [found[ALL, one, _WIN] for one in who]
    return Table(
        f"{target(name).title}: {board.decide} from window to window",
        (Column("Recommender", number=False), Column("Leads in"), Column("Mean place"), Column("Spread")),
        tuple(
            (
                Cell(one, best=rate == max(rates)),
                Cell(share(rate), bar=rate),
                Cell(decimals(found.get((ALL, one, _RANK), math.nan))),
                Cell(score(found.get((ALL, one, _SPREAD), math.nan))),
            )
            for one, rate in zip(who, rates, strict=True)
        ),
        note="Leads in: share of windows in which nobody is better. Spread: standard deviation over windows.",
    )


def _by_segment(board: Board, name: str, segments: list[str], found: Figures) -> Table:
    rows = []
    for segment in segments:
        rates = {
            who: value for (one, who, figure), value in found.items() if (one, figure) == (segment, _WIN)
        }
        most = max(rates.values(), default=math.nan)
        leads = [who for who in by_decision(board, name, segment) if rates.get(who) == most]
        tau = found.get((segment, "", _TAU), math.nan)
        rows.append((Cell(segment), Cell(", ".join(leads) or NONE), Cell(share(most)), Cell(decimals(tau))))
    return Table(
        f"{target(name).title}: who leads most often",
        (
            Column("Segment", number=False, wraps=True),
            Column("Leads most often", number=False, wraps=True),
            Column("in"),
            Column("Rank correlation"),
        ),
        tuple(rows),
    )

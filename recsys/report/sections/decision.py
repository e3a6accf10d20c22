"""What to serve to whom, how sure that is, and how it did on the window that took no part in the choice."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from recsys.report.board import Board
from recsys.report.charts.rows import Estimate, estimates
from recsys.report.document import Block, Cell, Column, Inline, Paragraph, Picture, Section, Strong, Table
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.show import NONE, change, count, counted, day, listing, score, whole_money
from recsys.report.words import ALL, NO_HISTORY, WITH_HISTORY, target

EARLIER = "earlier"


def decision(run: Run, board: Board) -> Section | None:
    """What to serve, for every target; then how that was found, and a table each. None without verdicts."""
    if run.verdicts.empty:
        return None
    found = {name: rows for name in board.targets if len(rows := chosen(run, name))}
    blocks: list[Block] = [_told(board, name, rows) for name, rows in found.items()]
    blocks.append(_how(run))
    for name, rows in found.items():
        blocks += [*_outcome(run, board, name), *_chart(board, name, rows), _table(run, board, name, rows)]
    return Section("The decision", tuple(blocks))


def judged(run: Run) -> bool:
    """Whether a window was left that took no part in the choice."""
    return not run.policy_result.empty


def _how(run: Run) -> Paragraph:
    found = periods(run)
    first = "A segment leaves what the whole shop is served only where its own customers show why. "
    if not judged(run):
        return Paragraph(
            first,
            "There was one window only: it chose the policy, so nothing is left to judge it. Add "
            "split.windows to have it judged.",
            style="caution",
        )
    earlier = listing([day(one.start) for one in found[1:]])
    return Paragraph(
        first,
        f"The policy was chosen on the purchases from {earlier}, and judged on those from "
        f"{day(found[0].start)}, which took no part in the choice. Intervals are of 95 %, over customers; "
        "differences are tested in pairs and adjusted for how many were tested (Holm).",
    )


def chosen(run: Run, name: str) -> pd.DataFrame:
    """The verdicts that made the policy of a target: a row per segment, `all` first."""
    verdicts = run.verdicts
    return verdicts[(verdicts["target"] == name) & (verdicts["policy_serves"] != "")]


def served(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """(recommender, whom it serves) of a policy, everyone with history as one where they are served alike."""
    serve = dict(zip(rows["segment"], rows["policy_serves"], strict=True))
    groups: dict[str, list[str]] = {}
    for segment, recommender in serve.items():
        if segment not in (ALL, NO_HISTORY):
            groups.setdefault(recommender, []).append(segment)
    if len(groups) < 2 and ALL in serve:
        groups = {serve[ALL]: [WITH_HISTORY]}
    found = [(recommender, listing(where)) for recommender, where in groups.items()]
    return [*found, (serve[NO_HISTORY], "people without history")] if NO_HISTORY in serve else found


def _told(board: Board, name: str, rows: pd.DataFrame) -> Paragraph:
    parts: list[Inline] = [Strong(f"{target(name).title}: "), "serve "]
    for at, (recommender, whom) in enumerate(served(rows)):
        parts += ["; " if at else "", Strong(recommender), f" to {whom}"]
    whole = rows[rows["segment"] == ALL].to_dict("records")
    gained = _gain(board, name, whole[0]) if whole and board.baseline else ""
    return Paragraph(*parts, ".", gained, style="finding")


def _gain(board: Board, name: str, row: dict[str, Any]) -> str:
    """What is to be expected over the baseline, in the deciding figure and in money, and how sure that is."""
    mine = row["policy_serves"]
    if mine == board.baseline or math.isnan(row["ci_low"]):
        return f" Nobody is shown to beat the baseline {board.baseline}." if row["best"] else ""
    told = (
        f" Expected over {board.baseline}: {change(row['difference'])} {board.decide} with {mine} "
        f"(95 % from {change(row['ci_low'])} to {change(row['ci_high'])})"
    )
    sales, before = (
        board.mean(name, ALL, who, "revenue_per_1000").value for who in (mine, board.baseline or "")
    )
    if sales == sales and before == before:
        more, less = (whole_money(one, board.currency) for one in (sales, before))
        told += f"; 1,000 lists hold {more} of later sales, beside {less}"
    return f"{told}. How sure: {_sure(row)}."


def tie(rows: pd.DataFrame) -> str:
    """From whom the whole shop's choice is not shown to differ; empty without a tie."""
    whole = rows[(rows["segment"] == ALL) & (rows["verdict"] == "tie")].to_dict("records")
    told = [f"{row['policy_serves']} is not shown to differ from {listing(_others(row))}" for row in whole]
    return f"over the whole shop, {told[0]}" if told else ""


def _others(row: dict[str, Any]) -> list[str]:
    return [one for one in str(row["among"]).split("|") if one != row["policy_serves"]]


def _sure(row: dict[str, Any]) -> str:
    if row["verdict"] == "winner":
        return f"{row['serve']} is shown to be better than everybody else"
    if row["verdict"] == "tie":
        return f"it is better than the baseline, but not shown to differ from {listing(_others(row))}"
    return str(said(row))


def _outcome(run: Run, board: Board, name: str) -> tuple[Paragraph, ...]:
    """How the policy did beside the best single recommender and beside hindsight."""
    rows = run.policy_result
    rows = rows[(rows["target"] == name) & (rows["segment"] == ALL)]
    if rows.empty:
        return ()
    row: dict[str, Any] = rows.iloc[0].to_dict()
    apart = row["policy"] - row["best_single"]
    if math.isclose(apart, 0, abs_tol=1e-12) and row["ci_low"] == row["ci_high"] == 0:
        beside = f"as the single recommender {row['single']} does, for it is the same"
    else:
        told = f"{change(apart)}, 95 % from {change(row['ci_low'])} to {change(row['ci_high'])}"
        beside = f"against {score(row['best_single'])} for {row['single']} alone ({told})"
    told = (
        f"the policy reached {board.decide} {score(row['policy'])} with "
        f"{counted(row['customers'], 'customer')} of the window that judged it, {beside}. The best of each "
        f"segment, picked after the fact, would have had {score(row['hindsight'])}: so much of a lead is "
        "luck in picking."
    )
    return (Paragraph(Strong(f"{target(name).title}: "), told),)


def _chart(board: Board, name: str, rows: pd.DataFrame) -> tuple[Picture, ...]:
    """What is served over the baseline, segment by segment; nothing where nobody was compared."""
    known = rows[rows["ci_low"].notna()].to_dict("records")
    if not known:
        return ()
    shown = [
        Estimate(
            f"{row['segment']}: {row['policy_serves']}",
            row["difference"],
            row["ci_low"],
            row["ci_high"],
            f"{change(row['difference'])}, 95 % from {change(row['ci_low'])} to {change(row['ci_high'])}",
            strong=row["ci_low"] > 0,
        )
        for row in known
    ]
    caption = f"{target(name).title}: {board.decide} over {board.baseline}"
    return (
        Picture(
            caption,
            "; ".join(f"{one.label}: {one.text}" for one in shown),
            estimates(f"{board.decide} over {board.baseline}", shown),
            legend="Dots with 95 % intervals over customers; filled where the interval is above zero.",
        ),
    )


def _table(run: Run, board: Board, name: str, decided: pd.DataFrame) -> Table:
    result = run.policy_result
    result = result[result["target"] == name].set_index("segment") if len(result) else result
    heads = [
        Column("Segment", number=False, wraps=True),
        Column("Serve", number=False, wraps=True),
        Column("Verdict", number=False, wide=True),
        Column("Customers"),
        Column("Over the baseline"),
        Column("95 % interval", number=False),
    ]
    if judged(run):
        heads += [Column("Judged"), Column("Single")]
    rows = [_row(row, result if judged(run) else None) for row in decided.to_dict("records")]
    note = (
        f"Over the baseline: {board.decide} of what is served, or of its best challenger where that is the "
        f"baseline, minus {board.baseline}."
    )
    if judged(run):
        note += " Judged: the policy on the latest window. Single: the shop's one choice there."
    return Table(f"{target(name).title}: what to serve", tuple(heads), tuple(rows), note=note)


def _row(row: dict[str, Any], result: pd.DataFrame | None) -> tuple[Cell, ...]:
    low, high = row["ci_low"], row["ci_high"]
    cells = [
        Cell(row["segment"]),
        Cell(row["policy_serves"], best=True),
        Cell(said(row)),
        Cell(count(row["customers"])),
        Cell(change(row["difference"])),
        Cell(NONE if math.isnan(low) else f"{change(low)} to {change(high)}"),
    ]
    if result is not None:
        known = row["segment"] in result.index
        cells += [
            Cell(score(float(result.loc[row["segment"], column])) if known else NONE)
            for column in ("policy", "best_single")
        ]
    return tuple(cells)


def said(row: dict[str, Any]) -> str:
    """A verdict in words."""
    if row["verdict"] == "tie":
        return f"tie among {listing(str(row['among']).split('|'))}"
    if row["verdict"] == "winner":
        return f"winner: {row['serve']}"
    return (
        f"{row['verdict']} (needs {count(row['needs'])})" if row["needs"] == row["needs"] else row["verdict"]
    )

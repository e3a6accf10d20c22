"""Which sections make a report, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.report.board import Board, board_of
from recsys.report.document import Page, Section
from recsys.report.paired import Paired
from recsys.report.run import Run
from recsys.report.sections.ab_sizes import ab_sizes
from recsys.report.sections.ageing import ageing
from recsys.report.sections.agreement import agreement
from recsys.report.sections.answer import answer
from recsys.report.sections.asked import asked
from recsys.report.sections.audit import audit
from recsys.report.sections.beyond import beyond
from recsys.report.sections.changed import changed, labels
from recsys.report.sections.compare import compare
from recsys.report.sections.costs import costs
from recsys.report.sections.data import data
from recsys.report.sections.decision import decision
from recsys.report.sections.filled import filled
from recsys.report.sections.frontier import frontier
from recsys.report.sections.made import made
from recsys.report.sections.meanings import meanings
from recsys.report.sections.people import people
from recsys.report.sections.segments import segments
from recsys.report.sections.sensitivity import sensitivity
from recsys.report.sections.special import new_products, no_history
from recsys.report.sections.target import target_section
from recsys.report.words import ALL, NEW_PRODUCTS


def page_of(runs: Sequence[Run], pairs: Sequence[Paired] = ()) -> Page:
    """One run: its sections. Several: what changed, then what each decided and how it was made.

    pairs: each run after the first beside the first, customer by customer.
    """
    boards = [board_of(run) for run in runs]
    if len(runs) == 1:
        run = runs[0]
        return Page(
            str(run.manifest["name"]),
            f"Recommender report · run {run.manifest['run_id']}",
            _label(runs),
            sections_of(run, boards[0]),
        )
    names = labels(runs)
    each = (
        Section(name, (), _in_short(run, board)) for name, run, board in zip(names, runs, boards, strict=True)
    )
    return Page(
        f"{len(runs)} runs compared",
        "Recommender report · " + " · ".join(names),
        _label(runs),
        (changed(runs, boards, pairs), compare(runs, boards), *each),
    )


def _in_short(run: Run, board: Board) -> tuple[Section, ...]:
    """Of a run that has a report of its own."""
    said = decision(run, board) or answer(board)
    return (said, asked(run, board), made(run))


def sections_of(run: Run, board: Board) -> tuple[Section, ...]:
    """Everything about one run."""
    main = [name for name in board.targets if name != NEW_PRODUCTS and board.taking_part(name, ALL)]
    found = [
        decision(run, board),
        asked(run, board),
        sensitivity(run, board),
        answer(board, tested=not run.verdicts.empty),
        *(target_section(run, board, name) for name in main),
        agreement(run, board),
        ageing(run, board),
        frontier(run, board),
        ab_sizes(run, board),
        beyond(run, board),
        no_history(board),
        new_products(run, board),
        filled(board),
        segments(run),
        people(run, board),
        audit(run),
        data(run),
        costs(run),
        meanings(board),
        made(run),
    ]
    return tuple(section for section in found if section)


def _label(runs: Sequence[Run]) -> str:
    simulated = [bool((run.manifest.get("input") or {}).get("simulated")) for run in runs]
    if not any(simulated):
        return ""
    names = [name for name, is_so in zip(labels(runs), simulated, strict=True) if is_so]
    whose = "" if all(simulated) else f" ({', '.join(names)})"
    return (
        f"Figures from a simulated shop{whose}: they show how the tool works, not how real customers behave."
    )

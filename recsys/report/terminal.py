"""The outcome in a terminal: a table per target and segment, then a summary that fits a screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from recsys.report.board import Board, board_of
from recsys.report.run import Run
from recsys.report.sections.audit import failure
from recsys.report.sections.decision import chosen, served, tie
from recsys.report.show import clean
from recsys.report.terminal_closing import print_closing
from recsys.report.terminal_remarks import print_remarks
from recsys.report.terminal_standings import print_standings
from recsys.report.words import ALL, NEW_PRODUCTS, NO_HISTORY, WITH_HISTORY, target


def print_tables(run: Run, console: Console) -> None:
    """Every table, what there is to know about the log, then the summary, which stays on the screen."""
    board = board_of(run)
    places = {name: _segments(board, name) for name in board.targets}
    left_out = dict.fromkeys(
        metric
        for name, segments in places.items()
        for segment in segments
        for metric in print_standings(board, name, segment, console)
    )
    if left_out:
        console.print(Text(f"Left out at this width, but in the report: {', '.join(left_out)}.", style="dim"))
    print_remarks(run, console)
    print_closing(board, places, console)
    _end(run, board, console)


def _segments(board: Board, name: str) -> list[str]:
    if name == NEW_PRODUCTS:  # its segments are in the report
        return [ALL] if board.taking_part(name, ALL) else []
    return board.segments(name) + ([NO_HISTORY] if board.has_no_history(name) else [])


def _end(run: Run, board: Board, console: Console) -> None:
    for name in board.targets:
        rows = chosen(run, name)
        if words := _serving(served(rows)):
            said = Text(f"Decision, {target(name).title.lower()}: ", style="bold")
            if even := tie(rows):
                words += f"; {clean(even)}"
            console.print(said.append(f"serve {words}.", style="not bold"))
    if told := failure(run):
        console.print(Text(told, style="bold"))
    simulated = (run.manifest.get("input") or {}).get("simulated")
    where = "; see the report" if len(run.verdicts) else ""
    means = Text("Plain means", style="dim").append(
        ", simulated shop" if simulated else "", style="not dim bold"
    )
    console.print(means.append(f": small differences may be chance{where}."))
    page = run.folder / "report.html"
    # A path is for copying: it must not be broken at the edge.
    console.print(Text(f"Report: {page}" if page.is_file() else f"Run: {run.folder}"), soft_wrap=True)


def _serving(policy: Sequence[tuple[str, str]]) -> str:
    """`als to Champions; popular to the others`; everyone with history goes without saying where it can."""
    told = [(clean(recommender), clean(whom)) for recommender, whom in policy]
    if len(told) == 2 and told[0][1] == WITH_HISTORY:
        return f"{told[0][0]}, and {told[1][0]} to {told[1][1]}"
    return "; ".join(f"{recommender} to {whom}" for recommender, whom in told)

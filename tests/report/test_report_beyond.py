"""What the report says beyond accuracy; figures made by hand."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from recsys.report import Run, print_tables, read_run
from recsys.report.document import Block, Folded, Page, Section, Table
from recsys.report.markdown import markdown
from recsys.report.page import page_of

from .run_folder import manifest, write_folder

PEOPLE = {"all": 40, "Big": 15, "Small": 25}
FIGURES = {
    "map": (0.2, 0.3),
    "recall": (0.4, 0.5),
    "recall_repeat": (0.25, 0.75),
    "recall_explore": (0.5, 0.125),
    "repeat_share": (0.2, 0.9),
}
BOUGHT_LATER = """\
window,segment,customers,pairs,pairs_in_catalogue,pairs_before,spend,spend_in_catalogue,spend_before
0,all,50,200,180,80,1000.0,900.0,600.0
0,Big,20,100,95,60,800.0,760.0,560.0
0,Small,30,100,85,20,200.0,140.0,40.0
1,all,40,100,100,20,500.0,500.0,100.0
1,Big,20,50,50,10,400.0,400.0,80.0
1,Small,20,50,50,10,100.0,100.0,20.0
"""


def told(folder: Path, *, windows: int = 1, figures: dict[str, tuple[float, float]] = FIGURES) -> Run:
    """popular and als on `any` and `new`, two segments; both targets have the same figures."""
    rows = [
        (window, target, segment, who, metric, 10, value, people)
        for window in range(windows)
        for target in ("any", "new")
        for segment, people in PEOPLE.items()
        for metric, values in figures.items()
        for who, value in zip(("popular", "als"), values, strict=True)
        if target == "any" or "re" not in metric
    ]
    described = manifest(
        ["popular", "als"], windows=windows, segments=["Big", "Small"], targets=["any", "new"]
    )
    write_folder(folder, described, rows)
    lines = BOUGHT_LATER.splitlines(keepends=True)
    (folder / "bought_later.csv").write_text("".join(lines[: 1 + 3 * windows]))
    return read_run(folder)


def tables(page: Page) -> list[Table]:
    return [block for block in _blocks(page.sections) if isinstance(block, Table)]


def _blocks(sections: tuple[Section, ...]) -> Iterator[Block]:
    for section in sections:
        for block in section.blocks:
            yield from block.blocks if isinstance(block, Folded) else (block,)
        yield from _blocks(section.sections)


def table(run: Run, caption: str) -> list[list[str]]:
    """Heads, then rows."""
    found = next(one for one in tables(page_of([run])) if one.caption.startswith(caption))
    return [[column.label for column in found.columns], *([cell.text for cell in row] for row in found.rows)]


def test_repeats_are_told_in_a_sentence_and_apart_in_a_table(tmp_path: Path) -> None:
    run = told(tmp_path / "r")
    text = markdown(page_of([run]))
    assert (
        "40.0% of the products that customers with history bought, and 60.0% of what they paid for them, "
        "were "
        "repeats" in text
    )
    assert "“Any purchase” counts these purchases too, so it also rewards a list for what would have" in text
    assert "“New to the customer” leaves every one of them out" in text
    assert table(run, "Any purchase, apart") == [
        ["Recommender", "List bought before", "recall", "recall of repeats", "recall of the new"],
        ["als", "90.0%", "0.5000", "0.7500", "0.1250"],
        ["popular", "20.0%", "0.4000", "0.2500", "0.5000"],
    ]


def test_windows_weigh_alike_in_what_was_bought_before(tmp_path: Path) -> None:
    """40 % and 20 %, 60 % and 20 %: not 100 of 300 pairs."""
    assert table(told(tmp_path / "r", windows=2), "How much of what was bought") == [
        ["Segment", "Buyers", "Of the products", "Of the money"],
        ["all", "45", "30.0%", "40.0%"],
        ["Big", "20", "40.0%", "45.0%"],
        ["Small", "25", "20.0%", "20.0%"],
    ]


def test_a_run_that_did_not_ask_has_no_such_section(tmp_path: Path) -> None:
    plain = {metric: FIGURES[metric] for metric in ("map", "recall")}
    run = told(tmp_path / "r", figures=plain)
    assert "Beyond accuracy" not in [section.title for section in page_of([run]).sections]


def test_an_older_run_has_no_share_of_repeats(tmp_path: Path) -> None:
    folder = told(tmp_path / "r").folder
    (folder / "bought_later.csv").unlink()
    text = markdown(page_of([read_run(folder)]))
    assert "were repeats" not in text
    assert "“Any purchase” counts these purchases too" in text


def test_leaderboards_of_accuracy_keep_to_accuracy(tmp_path: Path) -> None:
    assert table(told(tmp_path / "r"), "Leaderboard: all judged")[0] == ["Recommender", "recall", "map"]


def printed(run: Run, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    print_tables(run, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_terminal_shows_accuracy_first_and_the_rest_where_there_is_room(tmp_path: Path) -> None:
    run = told(tmp_path / "r")
    wide = next(line for line in printed(run, 120).splitlines() if line.startswith("recommender"))
    assert wide.split() == [
        "recommender",
        *("recall", "map", "recall_repeat", "recall_explore", "repeat_share"),
    ]
    assert "90.0%" in printed(run, 120)
    narrow = printed(run, 40)
    assert "90.0%" not in narrow
    assert "Left out at this width, but in the report: figures beyond accuracy." in " ".join(narrow.split())

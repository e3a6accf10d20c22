"""What the report says of cost, of A/B tests, of age and of agreement; figures made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from recsys.report import read_run
from recsys.report.document import Block, Folded, Page, Picture, Section, Table, pictures
from recsys.report.markdown import markdown
from recsys.report.page import page_of
from recsys.report.page_html import html
from recsys.report.run import AB_SIZES, AGEING, FRONTIER, STABILITY
from recsys.report.sections.frontier import part
from tests.report.run_folder import manifest, write_folder
from tests.report.test_report_html import EVIL, Outline

TITLES = ["Do the windows agree", "How often to retrain", "Accuracy and cost", "From here to an A/B test"]
FILES = {"frontier": FRONTIER, "ab_sizes": AB_SIZES, "ageing": AGEING, "stability": STABILITY}


def costs(name: str, value: float, took: float, *marks: bool) -> tuple[object, ...]:
    return ("any", name, "map", 10, value, took, 100 * took, *marks)


QUICK = [costs("als", 0.31, 5.0, True, True, True, False), costs("popular", 0.3, 0.5, True, True, True, True)]
SLOW = [
    costs("als", 0.31, 5.0, True, True, True, True),
    costs("popular", 0.2, 0.5, True, True, False, False),
]


def size(segment: str, metric: str, served: str, apart: float, arm: float, tells: str) -> tuple[object, ...]:
    of = ("any", segment, metric, 10, served, "popular", apart, 0.2, 1000, 0.25)
    return (*of, arm / 4, arm, 0.05, tells)


SIZES = [
    size("all", "map", "", 0.03, 400, "yes"),
    size("Big", "map", "als", 0.05, 300, "yes"),
    size("Small", "map", "popular", 0.0, float("inf"), "same"),
    size("all", "hit", "", 0.01, 40_000, "no"),
    size("Big", "hit", "als", 0.02, 600, "no"),
    size("Small", "hit", "popular", 0.0, float("inf"), "same"),
]


def age(name: str, days: int, change: float, low: float, high: float) -> tuple[object, ...]:
    apart = 0.2 * change
    return (
        "any",
        name,
        "map",
        10,
        days,
        90,
        0.2 + apart,
        0.2,
        apart,
        0.2 * low,
        0.2 * high,
        change,
        low,
        high,
    )


FADING = [
    age("popular", 28, -0.3, -0.4, -0.2),
    age("als", 28, -0.12, -0.2, -0.04),
    age("als", 56, -0.2, -0.3, -0.1),
]
LASTING = [age("als", 28, -0.02, -0.08, 0.05), age("als", 56, -0.03, -0.1, 0.02)]
LATE = [age("als", 28, -0.02, -0.08, 0.05), age("als", 56, -0.25, -0.3, -0.2)]

AGREE = [
    *(("any", "all", who, "win rate", rate, 2) for who, rate in (("popular", 0.0), ("als", 1.0))),
    *(("any", "all", who, "mean rank", rank, 2) for who, rank in (("popular", 2.0), ("als", 1.0))),
    *(("any", "all", who, "spread", 0.01, 2) for who in ("popular", "als")),
    ("any", "all", "", "rank correlation", 1.0, 2),
    *(("any", "Big", who, "win rate", 0.5, 2) for who in ("popular", "als")),
    ("any", "Big", "", "rank correlation", -1.0, 2),
]


def folder(place: Path, **tables: list[tuple[object, ...]]) -> Path:
    """als before popular in two windows and two segments, and these tables."""
    described = manifest(["popular", "als"], windows=2, segments=["Big", "Small"])
    rows = [
        (window, "any", segment, who, "map", 10, value, 40)
        for window in (0, 1)
        for segment in ("all", "Big", "Small")
        for who, value in (("popular", 0.2), ("als", 0.3))
    ]
    write_folder(place, described, rows)
    for name, held in tables.items():
        pd.DataFrame(held, columns=list(FILES[name])).to_csv(place / f"{name}.csv", index=False)
    return place


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return folder(tmp_path / "r", frontier=QUICK, ab_sizes=SIZES, ageing=FADING, stability=AGREE)


def told(place: Path, title: str) -> str:
    text = markdown(page_of([read_run(place)])).replace("\u00a0", " ").replace("*", "")
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def blocks(page: Page) -> Iterator[Block]:
    def inside(sections: tuple[Section, ...]) -> Iterator[Block]:
        for section in sections:
            for block in section.blocks:
                yield from block.blocks if isinstance(block, Folded) else (block,)
                if isinstance(block, Picture) and block.table:
                    yield block.table
            yield from inside(section.sections)

    yield from inside(page.sections)


def table(place: Path, caption: str) -> list[list[str]]:
    found = (b for b in blocks(page_of([read_run(place)])) if isinstance(b, Table))
    one = next(b for b in found if b.caption.startswith(caption))
    return [[cell.text for cell in row] for row in one.rows]


def test_the_cheapest_within_noise_of_the_best_is_named(whole: Path) -> None:
    said = told(whole, "Accuracy and cost")
    assert (
        "Any purchase: popular is within noise of the best, als (0.3000 beside 0.3100), and takes a tenth of "
        "its time: 0.500 s instead of 5.00 s a window." in said
    )
    assert table(whole, "Any purchase: what accuracy costs") == [
        ["als", "0.3100", "5.00 s", "500 MB", "yes", "yes", "yes"],
        ["popular", "0.3000", "0.500 s", "50 MB", "yes", "yes", "yes"],
    ]


def test_where_nobody_quicker_is_near_that_is_said(tmp_path: Path) -> None:
    said = told(folder(tmp_path, frontier=SLOW), "Accuracy and cost")
    assert "als is the most accurate (0.3100), and nobody quicker is within noise of it: 5.00 s a" in said


def test_a_hair_less_time_is_no_gain(tmp_path: Path) -> None:
    close = [costs("als", 0.31, 5.0, True, True, True, False), costs("popular", 0.3, 4.9, *[True] * 4)]
    said = told(folder(tmp_path, frontier=close), "Accuracy and cost")
    assert "als is the most accurate (0.3100), and nobody much quicker is within noise of it: 5.00 s" in said


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.5, "half"), (0.1, "a tenth"), (0.26, "a quarter"), (0.04, "1/25"), (0.8, "80%"), (0.0, "0%")],
)
def test_parts_are_told_in_words(ratio: float, words: str) -> None:
    assert part(ratio) == words


def test_a_test_that_can_tell_and_one_that_cannot(whole: Path) -> None:
    said = told(whole, "From here to an A/B test")
    assert (
        "Any purchase: you have 1,000 customers with history, of whom 25.0% come back within a window. To "
        "see +0.0300 map@10, a test needs 400 in each group: it can tell. To see +0.0100 in the share with a "
        "hit, it needs 40,000, which it has not. By themselves, these segments can tell: Big." in said
    )
    assert table(whole, "Any purchase: customers in each group") == [
        [
            *("all", "1,000", "25.0%", "the policy", "+0.0300", "400", "0.0500", "yes"),
            *("+0.0100", "40,000", "0.0500", "no"),
        ],
        [
            *("Big", "1,000", "25.0%", "als", "+0.0500", "300", "0.0500", "yes"),
            *("+0.0200", "600", "0.0500", "no"),
        ],
        [
            *("Small", "1,000", "25.0%", "popular", "+0.0000", "–", "0.0500", "the baseline is served"),
            *("+0.0000", "–", "0.0500", "the baseline is served"),
        ],
    ]


def test_a_baseline_that_is_served_needs_no_test(tmp_path: Path) -> None:
    sizes = [size("all", metric, "popular", 0.0, float("inf"), "same") for metric in ("map", "hit")]
    said = told(folder(tmp_path, ab_sizes=sizes), "From here to an A/B test")
    assert "Any purchase: the baseline itself is served, so there is nothing to test." in said


def test_lists_that_fade_ask_for_retraining(whole: Path) -> None:
    said = told(whole, "How often to retrain")
    assert (
        "Any purchase: lists of als 28 days older find 12% less (95 % interval \u221220.0% to \u22124.0%, "
        "90 customers). Retrain every 28 days or more often." in said
    )
    assert table(whole, "Any purchase: map@10 as lists grow old") == [
        [
            "als",
            "28",
            "90",
            "0.2000",
            "0.1760",
            "\u22120.0240",
            "\u22120.0400 to \u22120.0080",
            "\u221212.0%",
        ],
        [
            "popular",
            "28",
            "90",
            "0.2000",
            "0.1400",
            "\u22120.0600",
            "\u22120.0800 to \u22120.0400",
            "\u221230.0%",
        ],
        [
            "als",
            "56",
            "90",
            "0.2000",
            "0.1600",
            "\u22120.0400",
            "\u22120.0600 to \u22120.0200",
            "\u221220.0%",
        ],
    ]


def test_lists_that_last_ask_for_nothing(tmp_path: Path) -> None:
    said = told(folder(tmp_path, ageing=LASTING), "How often to retrain")
    assert "lists of als 28 days older are not shown to be worse (\u22122.0%, 95 % interval" in said
    assert "; nor are those 56 days older. Nothing here asks for retraining within 56 days" in said


def test_the_earliest_age_that_shows_a_loss_decides(tmp_path: Path) -> None:
    said = told(folder(tmp_path, ageing=LATE), "How often to retrain")
    assert "lists of als 56 days older find 25% less" in said
    assert "Retrain every 56 days or more often. At 28 days no loss is shown yet (\u22122.0%)." in said


def test_windows_that_agree_say_so(whole: Path) -> None:
    said = told(whole, "Do the windows agree")
    assert "Any purchase: als leads in 2 of 2 windows. Any two leaderboards agree with a rank correl" in said
    assert "correlation of 1.00 on average" in said
    assert table(whole, "Any purchase: map@10 from window") == [
        ["als", "100.0%", "1.00", "0.0100"],
        ["popular", "0.0%", "2.00", "0.0100"],
    ]
    assert table(whole, "Any purchase: who leads most often") == [
        ["Big", "als, popular", "50.0%", "\u22121.00"]
    ]


def test_windows_with_several_leaders_name_them(tmp_path: Path) -> None:
    rates = [("any", "all", who, "win rate", 0.5, 2) for who in ("popular", "als")]
    said = told(folder(tmp_path, stability=rates), "Do the windows agree")
    assert "Any purchase: als, popular each lead in 1 of 2 windows. Their leaderboards cannot be" in said


def test_a_run_of_before_has_none_of_it(tmp_path: Path) -> None:
    titles = [section.title for section in page_of([read_run(folder(tmp_path))]).sections]
    assert not set(titles) & set(TITLES)


def test_they_stand_after_the_targets(whole: Path) -> None:
    titles = [section.title for section in page_of([read_run(whole)]).sections]
    at = titles.index(TITLES[0])
    assert titles[at : at + 4] == TITLES
    assert titles[at - 1] == "Any purchase"


def test_charts_are_drawn_in_html_and_tables_in_markdown(whole: Path) -> None:
    page = page_of([read_run(whole)])
    charts = list(pictures(page))
    captions = [chart.caption for chart in charts]
    assert sum("seconds a window" in one or "older lists" in one for one in captions) == 2
    outline = Outline(html(page))
    assert outline.open == []
    drawn = [one["aria-label"] for one in outline.all("div") if one.get("role") == "img"]
    assert drawn == [chart.told for chart in charts]
    assert len(outline.all("svg")) >= len(charts)
    assert "![" not in markdown(page)
    for chart in charts:
        assert chart.table is None or chart.table.caption in markdown(page)


def test_a_hostile_name_is_text_in_a_chart_too(tmp_path: Path) -> None:
    rows = [tuple(EVIL if cell == "als" else cell for cell in row) for row in QUICK]
    ages = [tuple(EVIL if cell == "als" else cell for cell in row) for row in FADING]
    described = manifest(["popular", EVIL], windows=2)
    board = [(w, "any", "all", who, "map", 10, 0.2, 40) for w in (0, 1) for who in ("popular", EVIL)]
    place = write_folder(tmp_path / "r", described, board)
    pd.DataFrame(rows, columns=list(FRONTIER)).to_csv(place / "frontier.csv", index=False)
    pd.DataFrame(ages, columns=list(AGEING)).to_csv(place / "ageing.csv", index=False)
    text = html(page_of([read_run(place)]))
    outline = Outline(text)
    assert outline.open == []
    # The library, and a specification for each chart; none came with a name.
    assert len(outline.all("script")) == 1 + len(list(pictures(page_of([read_run(place)]))))
    assert "<script>alert" not in text

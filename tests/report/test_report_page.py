"""What the report says, before it is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.report import Run, read_run
from recsys.report.document import Block, Folded, Page, Paragraph, Picture, Section, Strong, Table
from recsys.report.markdown import markdown
from recsys.report.page import page_of
from recsys.report.run import COMPARISONS

from .run_folder import manifest, write_arrivals, write_folder, write_shop, write_undecided


def blocks(sections: tuple[Section, ...]) -> Iterator[Block]:
    """Everything on a page, in reading order; a table behind a drawing as a table."""
    for section in sections:
        yield from _opened(section.blocks)
        yield from blocks(section.sections)


def _opened(found: tuple[Block, ...]) -> Iterator[Block]:
    for block in found:
        yield block
        if isinstance(block, Folded):
            yield from _opened(block.blocks)
        elif isinstance(block, Picture) and block.table:
            yield block.table


def table(page: Page, caption: str) -> Table:
    return next(b for b in blocks(page.sections) if isinstance(b, Table) and b.caption.startswith(caption))


def texts(found: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found.rows]


def said(page: Page, title: str) -> str:
    section = next(one for one in page.sections if one.title == title)
    parts = [p for block in section.blocks if isinstance(block, Paragraph) for p in block.parts]
    return "".join(part.text if isinstance(part, Strong) else part for part in parts)


def titles(page: Page) -> list[str]:
    return [section.title for section in page.sections]


def folded(page: Page) -> list[str]:
    return [block.title for block in blocks(page.sections) if isinstance(block, Folded)]


def tiny(tmp_path: Path, *, name: str = "tiny", windows: int = 1, **changes: Any) -> Run:
    """Two recommenders, two segments; numbers made by hand."""
    values = {"all": (0.2, 0.3), "Big": (0.4, 0.1), "Small": (0.1, 0.2)}
    rows = [
        (window, "any", segment, who, "map", 10, value, 40 if segment == "all" else 20)
        for window in range(windows)
        for segment, found in values.items()
        for who, value in zip(("popular", "als"), found, strict=True)
    ]
    described = manifest(["popular", "als"], name=name, windows=windows, segments=["Big", "Small"], **changes)
    ledger = [("read", 12_345, 99, 1_234.5), ("quantity", 345, 0, -20.0), ("kept", 12_000, 99, 1_254.5)]
    return read_run(write_folder(tmp_path / name, described, rows, ledger=ledger))


def test_the_best_of_each_segment_against_the_baseline(tmp_path: Path) -> None:
    found = table(page_of([tiny(tmp_path)]), "Best recommender per segment, map@10")
    assert texts(found) == [
        ["all", "40", "als", "0.3000", "", "0.2000", "+0.1000", "+50.0%", "popular 0.2000"],
        ["Big", "20*", "popular", "0.4000", "", "0.4000", "+0.0000", "+0.0%", "als 0.1000"],
        ["Small", "20*", "als", "0.2000", "", "0.1000", "+0.1000", "+100.0%", "popular 0.1000"],
    ]
    assert "Fewer than 30 judged customers" in found.note


def test_the_short_answer_names_leader_baseline_and_segments(tmp_path: Path) -> None:
    told = said(page_of([tiny(tmp_path)]), "In short")
    assert "als leads over all judged customers with map@10 0.3000" in told
    assert "against 0.2000 for popular (+0.1000, +50.0%)" in told
    assert "By segment: popular in Big; als in Small." in told
    assert "a difference may be chance" in told
    assert "significant" not in told


def test_a_leading_baseline_is_not_compared_with_itself(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, v, 9) for who, v in (("popular", 0.5), ("als", 0.2))]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["popular", "als"]), rows))])
    told = said(page, "In short")
    assert "no recommender beats this baseline; next is als with 0.2000" in told
    assert "+0.0000" not in told


def test_a_tie_is_called_one(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, 0.2, 9) for who in ("als", "item-cf")]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["als", "item-cf"]), rows))])
    assert "als and item-cf lead jointly" in said(page, "In short")
    board = table(page, "Leaderboard: all judged customers")
    assert [row[1].best for row in board.rows] == [True, True]


def test_nobody_scoring_is_said(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, 0.0, 9) for who in ("popular", "als")]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["popular", "als"]), rows))])
    assert "No recommender has a map@10 above zero" in said(page, "In short")
    board = table(page, "Leaderboard: all judged customers")
    assert not any(cell.best or cell.heat for row in board.rows for cell in row)


def test_the_leaderboard_is_sorted_and_the_best_of_each_column_bold(tmp_path: Path) -> None:
    found = table(page_of([tiny(tmp_path)]), "Leaderboard: all judged customers")
    assert texts(found) == [["als", "0.3000"], ["popular", "0.2000"]]
    assert [row[1].best for row in found.rows] == [True, False]
    assert [row[1].heat for row in found.rows] == [1.0, 0.2 / 0.3]


def test_the_heat_map_is_shaded_by_column(tmp_path: Path) -> None:
    found = table(page_of([tiny(tmp_path)]), "Every recommender in every segment")
    assert [column.label for column in found.columns] == ["Recommender", "all", "Big", "Small"]
    assert texts(found) == [["als", "0.3000", "0.1000", "0.2000"], ["popular", "0.2000", "0.4000", "0.1000"]]
    assert [[cell.best for cell in row[1:]] for row in found.rows] == [
        [True, False, True],
        [False, True, False],
    ]


def test_the_heat_map_tells_each_lead_over_the_baseline_and_how_sure_it_is(tmp_path: Path) -> None:
    run = tiny(tmp_path)
    rows = [
        (
            "pooled",
            "any",
            "Big",
            "ndcg",
            10,
            "als",
            "popular",
            -0.3,
            -0.4,
            -0.2,
            0.01,
            0.02,
            -1,
            "worse",
            9,
            1,
        ),
        ("0", "any", "Big", "ndcg", 10, "als", "popular", -0.1, -0.9, 0.2, 0.5, 0.5, -1, "undecided", 9, 1),
        ("pooled", "any", "all", "ndcg", 10, "als", "knn", 0.3, 0.1, 0.2, 0.01, 0.02, 1, "better", 9, 1),
    ]
    told = replace(run, comparisons=pd.DataFrame(rows, columns=list(COMPARISONS)))
    found = table(page_of([told]), "Every recommender in every segment")
    assert [[cell.below for cell in row] for row in found.rows] == [
        ["", "", "−0.4000 to −0.2000, worse", ""],
        ["", "", "", ""],
    ]
    assert "lead over " in found.note


def test_without_prices_there_is_no_spend_column(shop: Run, tmp_path: Path) -> None:
    poor = read_run(write_shop(tmp_path / "poor", windows=1, prices=False))
    with_prices, without = (
        [column.label for column in table(page_of([run]), "Leaderboard").columns] for run in (shop, poor)
    )
    assert "captured spend" in with_prices
    assert without == [label for label in with_prices if label != "captured spend"]


def test_a_metric_nobody_has_a_value_for_has_no_column(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", metric, 10, v, 9) for metric, v in (("map", 0.1), ("recall", None))]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["popular"]), rows))])
    assert [column.label for column in table(page, "Leaderboard").columns] == ["Recommender", "map"]


def test_a_metric_that_is_not_known_is_shown_without_a_best(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", metric, 10, 0.1, 9) for metric in ("serendipity", "map")]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["popular"]), rows))])
    found = table(page, "Leaderboard")
    assert [column.label for column in found.columns] == ["Recommender", "map", "serendipity\u2020"]
    assert [cell.best for cell in found.rows[0]] == [False, True, False]
    assert [cell.heat for cell in found.rows[0]] == [None, 1.0, None]


def test_one_window_has_no_means_and_no_window_by_window(tmp_path: Path) -> None:
    page = page_of([tiny(tmp_path)])
    assert not any(title.startswith("Window by window") for title in folded(page))
    labels = [column.label for column in table(page, "Best recommender per segment").columns]
    assert "Windows led" not in labels
    assert "means over one window" in said(page, "In short")


def test_window_by_window_shows_every_window_and_the_mean(tmp_path: Path) -> None:
    page = page_of([tiny(tmp_path, windows=2)])
    block = next(b for b in blocks(page.sections) if isinstance(b, Folded) and "by window" in b.title)
    found = [one for one in block.blocks if isinstance(one, Table)]
    assert [one.caption for one in found] == ["Big", "Small"]
    assert texts(found[1]) == [
        ["als", "0.2000", "0.2000", "0.2000"],
        ["popular", "0.1000", "0.1000", "0.1000"],
    ]
    whole = table(page, "All judged customers")
    assert [c.label.replace("\u00a0", " ") for c in whole.columns][1:] == [
        "from 12 Nov 2011",
        "from 15 Oct 2011",
        "mean",
    ]


def test_without_segments_there_is_no_heat_map_and_no_profile(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, v, 99) for who, v in (("popular", 0.1), ("als", 0.2))]
    page = page_of([read_run(write_folder(tmp_path / "r", manifest(["popular", "als"]), rows))])
    captions = [block.caption for block in blocks(page.sections) if isinstance(block, Table)]
    assert not any("every segment" in caption for caption in captions)
    assert "The segments" not in titles(page)
    assert "By segment" not in said(page, "In short")


def test_a_whole_run_has_every_section(shop: Run) -> None:
    assert titles(page_of([shop])) == [
        "What was asked",
        "In short",
        "Any purchase",
        "New to the customer",
        "Do the windows agree",
        "How often to retrain",
        "Accuracy and cost",
        "From here to an A/B test",
        "Customers without history",
        "Products new to the shop",
        "Own and filled places",
        "The segments",
        "Who was judged",
        "The data",
        "What it cost",
        "What the words mean",
        "How it was made",
    ]


def test_what_was_asked_in_plain_words(shop: Run) -> None:
    told = said(page_of([shop]), "What was asked").replace("\u00a0", " ")
    assert "1 Dec 2010 to 9 Dec 2011" in told
    assert "12 Nov 2011 to 9 Dec 2011, 15 Oct 2011 to 11 Nov 2011 and 17 Sep 2011 to 14 Oct 2011" in told
    for part in ("391,150 purchase lines", "7 recommenders", "3 times", "is map@10", "segment-bestsellers"):
        assert part in told


def test_each_target_tells_what_it_leaves_out(shop: Run) -> None:
    page = page_of([shop])
    assert "would have been bought anyway" in said(page, "Any purchase")
    assert "leaves out every repeat purchase" in said(page, "New to the customer")


def test_own_and_filled_shares_add_up(shop: Run) -> None:
    found = table(page_of([shop]), "Share of list places")
    row = next(row for row in texts(found) if row[0] == "repurchase")
    assert row[1:3] == ["82.0%", "18.0%"]


def test_the_funnel_of_every_window(tmp_path: Path) -> None:
    stages = {"future buyers": 100, "with history": 80, "judged": 50}
    funnel = [(w, "any", "all", "", stage, n - w) for w in (0, 1) for stage, n in stages.items()]
    funnel += [(w, "any", "Big", "", "judged", 20 + w) for w in (0, 1)]
    funnel += [(w, "any", "all", "als", "served", 25 - w) for w in (0, 1)]
    run = tiny(tmp_path, windows=2)
    page = page_of([replace(run, funnel=pd.DataFrame(funnel, columns=run.funnel.columns))])
    assert texts(table(page, "From buyers to judged customers: any purchase")) == [
        ["future buyers", "100", "99"],
        ["with history", "80", "79"],
        ["judged", "50", "49"],
    ]
    assert texts(table(page, "Judged, summed")) == [["all", "99"], ["Big", "41"], ["Small", "\u2013"]]
    assert texts(table(page, "Served")) == [["popular", "\u2013"], ["als", "49 (49.5%)"]]


def test_new_products_have_a_row_per_segment(tmp_path: Path) -> None:
    run = tiny(tmp_path)
    rows = run.leaderboard[run.leaderboard["recommender"] == "als"].assign(target="new-products")
    page = page_of([replace(run, leaderboard=pd.concat([run.leaderboard, rows]))])
    assert texts(table(page, "als, lists of 10")) == [
        ["all", "40", "0.3000"],
        ["Big", "20*", "0.1000"],
        ["Small", "20*", "0.2000"],
    ]


def test_people_without_history_are_apart(tmp_path: Path) -> None:
    run = tiny(tmp_path)
    rows = run.leaderboard[run.leaderboard["segment"] == "Big"].assign(segment="(no history)")
    page = page_of([replace(run, leaderboard=pd.concat([run.leaderboard, rows]))])
    assert said(page, "Customers without history").startswith("20 buyers had no purchase before the cutoff.")
    labels = [column.label for column in table(page, "Every recommender in every segment").columns]
    assert "(no history)" not in labels


def test_the_ledger_is_grouped_by_thousands(tmp_path: Path) -> None:
    found = table(page_of([tiny(tmp_path)]), "From the lines read")
    assert texts(found) == [
        ["read", "12,345", "100.0%", "99", "1,234.50"],
        ["quantity", "345", "2.8%", "0", "\u221220.00"],
        ["kept", "12,000", "97.2%", "99", "1,254.50"],
    ]


def test_the_profile_is_that_of_the_latest_window(shop: Run) -> None:
    run = shop
    run.profile.loc[run.profile["window"] > 0, "customers"] = 7
    assert texts(table(page_of([run]), "Size and worth"))[0][:3] == ["Champions", "452", "11.0%"]


def test_costs_are_means_over_windows_and_the_largest_memory(tmp_path: Path) -> None:
    rows = [(w, "any", "all", "popular", "map", 10, 0.1, 9) for w in (0, 1)]
    costs = [(0, "popular", 1.0, 0.5, 100), (1, "popular", 3.0, 0.5, 300)]
    run = read_run(write_folder(tmp_path / "r", manifest(["popular"], windows=2), rows, costs=costs))
    assert texts(table(page_of([run]), "Seconds per window")) == [
        ["popular", "2.00 s", "0.500 s", "2.50 s", "300 MB"]
    ]


def test_a_simulated_shop_is_labelled(tmp_path: Path) -> None:
    assert page_of([tiny(tmp_path)]).label == ""
    simulated = tiny(tmp_path, name="sim", input={"files": [], "sha256": "00", "simulated": True})
    assert page_of([simulated]).label.startswith("Figures from a simulated shop:")
    both = page_of([tiny(tmp_path), simulated])
    assert both.label.startswith("Figures from a simulated shop (sim):")


def test_two_runs_side_by_side(tmp_path: Path) -> None:
    first, second = tiny(tmp_path, name="one"), tiny(tmp_path, name="two", seed=8)
    second.leaderboard.loc[second.leaderboard["recommender"] == "als", "value"] += 0.05
    page = page_of([first, second])
    assert titles(page) == ["What changed", "The runs side by side", "one", "two"]
    assert texts(table(page, "Any purchase: all judged customers")) == [
        ["als", "0.3000", "0.3500", "+0.0500"],
        ["popular", "0.2000", "0.2000", "+0.0000"],
    ]
    assert texts(table(page, "Any purchase: best recommender"))[2] == ["Small", "als 0.2000*", "als 0.2500*"]
    assert ["seed", "7", "8"] in texts(table(page, "What differs"))
    assert "judged on the same purchases" in said(page, "What changed")


def test_only_what_differs_is_listed(tmp_path: Path) -> None:
    first, second = tiny(tmp_path, name="one"), tiny(tmp_path, name="two")
    second.manifest["config"]["recommenders"]["als"]["factors"] = 32
    rows = texts(table(page_of([first, second]), "What differs"))
    assert ["name", "one", "two"] in rows
    assert ["recommenders.als.factors", "\u2013", "32"] in rows
    assert not any(row[0] in ("seed", "input sha256", "evaluate.baseline") for row in rows)


def test_runs_on_other_inputs_are_not_comparable(tmp_path: Path) -> None:
    other = tiny(tmp_path, name="two", input={"files": [], "sha256": "00", "simulated": False})
    other.manifest["config"]["split"] = {"kind": "holdout", "holdout_days": 7}
    told = said(page_of([tiny(tmp_path, name="one"), other]), "What changed")
    assert "differ in input and split" in told
    assert "not judged on the same purchases" in told


def test_runs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    run = tiny(tmp_path)
    other = replace(run, manifest={**run.manifest, "run_id": "tiny-ffff"})
    assert titles(page_of([run, other]))[2:] == ["tiny tiny-0123abcd", "tiny tiny-ffff"]
    assert titles(page_of([run, run]))[2:] == ["tiny tiny-0123abcd #1", "tiny tiny-0123abcd #2"]


@pytest.mark.parametrize("told", [True, False])
def test_dates_are_those_of_the_purchases_that_judge(tmp_path: Path, told: bool) -> None:
    run = tiny(tmp_path, windows=2)
    if told:
        for window, start in zip(run.manifest["windows"], ("2011-11-19", "2011-10-22"), strict=True):
            window["judged_from"] = start
    else:  # a folder of before that key
        run.manifest["config"]["split"]["gap_days"] = 7
    for page in (page_of([run]), page_of([run, run])):
        text = markdown(page)
        assert "on the purchases of 19 Nov 2011 to 9 Dec 2011 and 22 Oct 2011 to 11 Nov 2011" in text
        assert text.count("the 7 days after each cutoff are skipped") == text.count("What was asked")
        assert ("from 19 Nov 2011" in text) is (page.title == "tiny")  # of several, each has its own report
        assert "12 Nov 2011" not in text
    other = tiny(tmp_path, name="other", windows=2)
    assert ["windows start", "2011-11-19, 2011-10-22", "2011-11-12, 2011-10-15"] in texts(
        table(page_of([run, other]), "What differs")
    )


def test_one_skipped_day_of_one_window(tmp_path: Path) -> None:
    run = tiny(tmp_path)
    assert "skipped" not in said(page_of([run]), "What was asked")
    run.manifest["windows"][0]["judged_from"] = "2011-11-13"
    assert "the day after the cutoff is skipped" in said(page_of([run]), "What was asked")


def test_products_new_to_the_shop_are_measured_against_chance(tmp_path: Path) -> None:
    page = page_of([read_run(write_arrivals(tmp_path / "r"))])
    told = said(page, "Products new to the shop").replace("\u00a0", " ")
    assert "20 (from 12 Nov 2011) and 40 (from 15 Oct 2011)" in told
    assert "a random order of them would reach a mean recall@10 of 0.3750" in told
    found = table(page, "content, lists of 10")
    assert [column.label for column in found.columns][2:] == ["recall", "recall by chance", "map"]
    assert texts(found) == [["all", "35", "0.4000", "0.3750", "0.2000"]]
    older = page_of([read_run(write_arrivals(tmp_path / "older", arrivals=()))])
    assert "not kept in this run" in said(older, "Products new to the shop")
    assert [column.label for column in table(older, "content").columns][2:] == ["recall", "map"]


def test_several_runs_have_no_best_among_products_new_to_the_shop(tmp_path: Path) -> None:
    runs = [
        read_run(write_arrivals(tmp_path / name, name=name, arrivals=arrivals))
        for name, arrivals in (("one", (20, 40)), ("two", (5, 5)))
    ]
    page = page_of(runs)
    captions = [block.caption for block in blocks(page.sections) if isinstance(block, Table)]
    assert "Any purchase: best recommender per segment, map@10" in captions
    assert "Products new to the shop: best recommender per segment, map@10" not in captions
    found = table(page, "Products new to the shop: all judged customers")
    assert not any(cell.best or cell.heat for row in found.rows for cell in row)
    told = said(page, "The runs side by side")
    assert "In one, 20 and 40 candidates arrived: a random order" in told
    assert "recall@10 of 0.3750. In two, 5 and 5 candidates arrived" in told
    assert "recall@10 of 1.0000." in told


def test_a_deciding_figure_without_values_has_no_empty_tables(tmp_path: Path) -> None:
    run = read_run(write_undecided(tmp_path / "r"))
    page = page_of([run])
    assert "No recommender has a value of captured_spend@10 (it needs prices)" in said(page, "In short")
    captions = [block.caption for block in blocks(page.sections) if isinstance(block, Table)]
    assert not [one for one in captions if one.startswith(("Best", "Every recommender"))]
    assert "Window by window, captured_spend@10" not in folded(page)
    assert texts(table(page, "Leaderboard: all"))[1] == ["als", "0.3000"]
    both = said(page_of([run, run]), "The runs side by side")
    assert "Any purchase: No recommender has a value of captured_spend@10" in both


def test_few_customers_in_one_window_are_marked_though_the_mean_is_not_few(tmp_path: Path) -> None:
    run = tiny(tmp_path, windows=2)
    big = (run.leaderboard["segment"] == "Big") & (run.leaderboard["window"] == 1)
    run.leaderboard["customers"] = run.leaderboard["customers"].where(big, 80.0)
    found = table(page_of([run]), "Best recommender per segment")
    assert [row[1] for row in texts(found)] == ["80", "50*", "80"]
    assert "* Fewer than 30 judged customers in some window" in found.note
    both = table(page_of([run, run]), "Any purchase: best recommender")
    assert [row[1][-1] for row in texts(both)] == ["0", "*", "0"]
    assert "Fewer than 30" in both.note


def test_one_of_a_kind_is_singular(tmp_path: Path) -> None:
    rows = [(0, "any", s, "popular", "map", 10, 0.1, 1) for s in ("all", "(no history)")]
    described = manifest(["popular"], log={"lines": 1, "customers": 1, "products": 1})
    page = page_of([read_run(write_folder(tmp_path / "r", described, rows))])
    asked = said(page, "What was asked")
    assert "1 purchase line (1 customer, 1 product, " in asked
    assert "1 recommender drew" in asked
    assert said(page, "Customers without history").startswith("1 buyer had")

"""The tables in a terminal of 80 columns."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from recsys.report import Run, print_tables, read_run

from .run_folder import (
    SEGMENTS,
    STRENGTH,
    manifest,
    write_arrivals,
    write_folder,
    write_shop,
    write_undecided,
)


def printed(run: Run, *, width: int = 80, colour: bool = False) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    print_tables(run, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_eighty_columns_hold_every_name_and_figure(shop: Run) -> None:
    text = printed(shop)
    lines = [line for line in text.splitlines() if "Run: " not in line]
    assert max(len(line) for line in lines) <= 80
    assert "\u2026" not in text
    for name in (*STRENGTH, *SEGMENTS):
        assert re.search(rf"(^|\s|: ){re.escape(name)}\s", text, flags=re.M)


def test_a_table_per_target_and_segment(shop: Run) -> None:
    heads = [line for line in printed(shop).splitlines() if line.startswith("recommender ")]
    assert len(heads) == 2 * (1 + len(SEGMENTS)) + 1 + 1  # no history, new products
    assert heads[0].split() == [
        "recommender",
        "prec",
        "recall",
        "map",
        "ndcg",
        "hit",
        "mrr",
        "spend",
        "cover",
    ]


def test_the_summary_fits_a_screen_and_comes_last(shop: Run) -> None:
    text = printed(shop)
    summary = text[text.index("Best by map@10, mean of 3 windows (baseline: segment-bestsellers)") :]
    assert len(summary.splitlines()) < 24  # the prompt has a line
    row = next(line for line in summary.splitlines() if "At-risk" in line)
    assert row.split()[-4:] == ["repurchase", "0.1548", "0.0664", "171"]
    assert "may be chance" in summary


@pytest.mark.parametrize("width", [40, 60, 72, 80, 100])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_split(shop: Run, width: int) -> None:
    text = printed(shop, width=width)
    lines = [line for line in text.splitlines() if "Run: " not in line]
    assert max(len(line) for line in lines) <= width
    words = {word for line in lines for word in re.split(r"[\s-]+", line)}
    for name in (*STRENGTH, *SEGMENTS):
        assert set(re.split(r"[\s-]+", name)) <= words


def test_metrics_without_room_are_named(shop: Run) -> None:
    assert "Left out" not in printed(shop, width=80)
    text = " ".join(printed(shop, width=60).split())
    assert "Left out at this width, but in the report: coverage." in text
    narrow = " ".join(printed(shop, width=24).split())
    heads = re.findall(r"recommender (\w+)", narrow)
    assert set(heads) == {"map"}  # what decides stays


def test_wrapped_segment_names_keep_their_indent(shop: Run) -> None:
    summary = printed(shop, width=60).split("Best by")[1].splitlines()
    at = next(at for at, line in enumerate(summary) if line.startswith("  At-risk"))
    assert summary[at + 1].startswith("    ")
    assert not summary[at + 1].startswith("     ")


def test_cleaning_and_notes_stand_before_the_summary(tmp_path: Path) -> None:
    note = "135,037 lines have no customer, " * 5
    text = printed(read_run(write_shop(tmp_path / "s", windows=1, notes=[note, "second"])))
    told = text[text.rindex("\n\n", 0, text.index("Best by") - 2) : text.index("Best by")]
    assert (
        told.split()
        == (
            "Read 541,909 lines, kept 391,150: missing-customer 135,037, cancellations 8,872, "
            f"duplicates 5,268, product-code 1,542, price 40. Note: {note} Note: second"
        ).split()
    )
    assert "\nNote: 135,037" in told
    assert "\nNote: second\n" in told


def test_skipped_days_are_told(tmp_path: Path) -> None:
    run = read_run(write_shop(tmp_path / "s", windows=2))
    assert "are skipped" not in printed(run)
    for window, start in zip(run.manifest["windows"], ("2011-11-19", "2011-10-22"), strict=True):
        window["judged_from"] = start
    assert "\nThe 7 days after each cutoff are skipped.\n" in printed(run)


def test_few_customers_are_warned_of_in_the_summary(tmp_path: Path) -> None:
    # The mean is above 30, one window is not.
    rows = [
        (window, "any", segment, "popular", "map", 10, 0.1, people[window])
        for segment, people in {"all": (50, 50), "Big": (50, 12)}.items()
        for window in (0, 1)
    ]
    folder = write_folder(tmp_path / "r", manifest(["popular"], windows=2, segments=["Big"]), rows)
    summary = printed(read_run(folder)).split("Best by")[1]
    assert re.search(r"^  Big .* 31\*$", summary, flags=re.M)
    assert re.search(r"^  all .* 50$", summary, flags=re.M)
    assert "* Fewer than 30 judged customers in some window: read with care." in summary


def test_products_new_to_the_shop_have_no_best(tmp_path: Path) -> None:
    text = printed(read_run(write_arrivals(tmp_path / "r")), colour=True)
    assert not re.search(r"\x1b\[1m0\.", text[text.index("Products new") : text.index("Best by")])
    plain = " ".join(printed(read_run(tmp_path / "r")).split())
    title, summary = plain.split("Best by")
    assert "candidates: 20 and 40; a random order of them would reach a mean recall@10 of 0.3750" in title
    assert "New to the shop: content recall@10 0.4000, by chance 0.3750 (35 customers)." in summary
    assert summary.count("content") == 1


def test_a_deciding_figure_without_values_is_said(tmp_path: Path) -> None:
    text = " ".join(printed(read_run(write_undecided(tmp_path / "r"))).split())
    assert "0.3000" in text  # other figures are shown
    assert "Best by" not in text
    assert "Any purchase: No recommender has a value of captured_spend@10 (it needs prices)" in text


def test_no_figure_at_all_is_a_sentence(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", "map", 10, None, 0)]
    text = printed(read_run(write_folder(tmp_path / "r", manifest(["popular"]), rows)))
    assert "No figure has a value here." in text


def test_one_customer_is_singular(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", "map", 10, 0.5, 1)]
    assert "lists of 10, 1 customer\n" in printed(
        read_run(write_folder(tmp_path / "r", manifest(["popular"]), rows))
    )


def test_the_best_of_each_column_is_bold(tmp_path: Path) -> None:
    values = {"map": (0.1, 0.4), "recall": (0.3, 0.2)}
    rows = [
        (0, "any", "all", who, m, 10, v[at], 9)
        for m, v in values.items()
        for at, who in enumerate(("low", "high"))
    ]
    text = printed(read_run(write_folder(tmp_path / "r", manifest(["low", "high"]), rows)), colour=True)
    table = text[: text.index("Best by")]
    assert set(re.findall(r"\x1b\[1m(0\.\d{4})", table)) == {"0.3000", "0.4000"}
    assert table.index("high") < table.index("low ")


def test_without_prices_there_is_no_spend(tmp_path: Path) -> None:
    assert "spend" not in re.sub(
        r"big spenders", "", printed(read_run(write_shop(tmp_path / "s", windows=1, prices=False)))
    )


def test_a_metric_nobody_has_a_value_for_has_no_column(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", metric, 10, v, 9) for metric, v in (("map", 0.1), ("recall", None))]
    assert "recall" not in printed(read_run(write_folder(tmp_path / "r", manifest(["popular"]), rows)))


def test_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\x1b[2Jgone[/bold][link=x]\nnext"
    rows = [(0, "any", s, evil, "map", 10, 0.5, 9) for s in ("all", evil)]
    text = printed(
        read_run(write_folder(tmp_path / "r", manifest([evil], segments=[evil], baseline=evil), rows))
    )
    assert "\x1b" not in text
    assert "[/bold][link=x] next" in text.replace("\n", "")


def test_long_names_are_folded_not_cut(tmp_path: Path) -> None:
    name = "a-very-long-recommender-name-that-someone-thought-helpful"
    rows = [
        (0, "any", "all", name, m, 10, 0.5, 9)
        for m in ("precision", "recall", "map", "ndcg", "hit", "mrr", "coverage")
    ]
    text = printed(read_run(write_folder(tmp_path / "r", manifest([name]), rows)))
    assert "\u2026" not in text
    assert text.count("0.5000") == 8
    pieces = [line.split(" ")[0] for line in text[: text.index("Best by")].splitlines()[3:]]
    assert "".join(pieces) == name


def test_no_color_is_respected(shop: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    print_tables(shop, console)
    codes = set(re.findall(r"\x1b\[([\d;]+)m", console.file.getvalue()))  # type: ignore[attr-defined]
    assert not [code for code in codes if re.search(r"(^|;)(3[0-7]|4[0-7]|9[0-7]|38|48)(;|$)", code)]


def test_the_path_of_the_report_is_whole(tmp_path: Path) -> None:
    rows = [(0, "any", "all", "popular", "map", 10, 0.5, 9)]
    run = read_run(write_folder(tmp_path / "a-folder-of-some-length", manifest(["popular"]), rows))
    assert printed(run, width=40).splitlines()[-1] == f"Run: {run.folder}"
    (run.folder / "report.html").write_text("")
    assert printed(run, width=40).splitlines()[-1] == f"Report: {run.folder / 'report.html'}"

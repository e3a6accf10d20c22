"""The decision: who is served what, how sure that is, how the policy did."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from recsys.report import print_tables, read_run
from recsys.report.markdown import markdown
from recsys.report.page import page_of
from recsys.report.run import POLICY, VERDICTS
from tests.report.run_folder import manifest, write_folder

SERVE = {"all": "als", "Big": "als", "Small": "popular", "(no history)": "popular"}
NAN = float("nan")


def folder(path: Path, serve: dict[str, str], *, windows: int = 2) -> Path:
    """Two recommenders; verdicts that made a policy, and its result where there is an earlier window."""
    described = manifest(["popular", "als"], windows=windows, segments=["Big", "Small"])
    rows = [
        (window, "any", segment, who, "map", 10, value, 40)
        for window in range(windows)
        for segment in ("all", "Big", "Small")
        for who, value in (("popular", 0.2), ("als", 0.3))
    ]
    write_folder(path, described, rows)
    verdict = {"als": ("winner", ""), "popular": ("tie", "popular|als")}
    verdicts = [
        ("earlier", "any", segment, verdict[who][0], who, verdict[who][1], who, 40, NAN, 0.1, 0.05, 0.15, who)
        for segment, who in serve.items()
    ]
    verdicts.append(
        ("0", "any", "all", "too few customers to tell", "popular", "", "als", 40, 99, 0, 0, 0, "")
    )
    pd.DataFrame(verdicts, columns=list(VERDICTS)).to_csv(path / "verdicts.csv", index=False)
    result = [("any", "all", "map", 10, 0.28, 0.25, 0.31, 0.01, 0.05, 40, "", "als", 0.03)]
    held = result if windows > 1 else []
    pd.DataFrame(held, columns=list(POLICY)).to_csv(path / "policy_result.csv", index=False)
    return path


def told(path: Path) -> str:
    text = markdown(page_of([read_run(path)])).replace("\u00a0", " ")
    return text.split("## The decision")[1].split("## What was asked")[0].replace("*", "")


def test_each_segment_is_told_what_it_gets(tmp_path: Path) -> None:
    said = told(folder(tmp_path, SERVE))
    assert "serve als to Big; popular to Small; popular to people without history." in said


def test_one_recommender_for_everybody_is_said_once(tmp_path: Path) -> None:
    assert "serve als to everyone with history." in told(folder(tmp_path, {"all": "als", "Big": "als"}))


def test_the_policy_stands_beside_the_single_one_and_hindsight(tmp_path: Path) -> None:
    said = told(folder(tmp_path, SERVE))
    assert "the policy reached map@10 0.2800 with 40 customers" in said
    assert "against 0.2500 for als alone (+0.0300, 95 % from +0.0100 to +0.0500)" in said
    assert "would have had 0.3100" in said


def test_a_tie_names_who_ties_and_other_scopes_stay_out(tmp_path: Path) -> None:
    said = told(folder(tmp_path, SERVE))
    assert "tie among popular and als" in said
    assert "too few" not in said


def test_the_first_sentence_tells_what_to_expect_and_how_sure(tmp_path: Path) -> None:
    first = told(folder(tmp_path, SERVE)).strip().splitlines()[0]
    assert "Expected over popular: +0.1000 map@10 with als (95 % from +0.0500 to +0.1500)" in first
    assert first.endswith("How sure: als is shown to be better than everybody else.")


def test_the_first_sentence_names_who_ties_and_who_does_not_win(tmp_path: Path) -> None:
    path = folder(tmp_path, SERVE)
    verdicts = pd.read_csv(path / "verdicts.csv", keep_default_na=False, na_values=["nan"])
    whole = (verdicts["segment"] == "all") & (verdicts["scope"] == "earlier")
    verdicts.loc[whole, ["verdict", "among"]] = ["tie", "als|knn"]
    verdicts.to_csv(path / "verdicts.csv", index=False)
    assert "better than the baseline, but not shown to differ from knn" in told(path)
    verdicts.loc[whole, "policy_serves"] = "popular"
    verdicts.to_csv(path / "verdicts.csv", index=False)
    assert "Nobody is shown to beat the baseline popular." in told(path)


def test_sales_in_the_lists_stand_beside_those_of_the_baseline(tmp_path: Path) -> None:
    path = folder(tmp_path, SERVE)
    board = pd.read_csv(path / "leaderboard.csv")
    sales = board[board["segment"] == "all"].assign(metric="revenue_per_1000", ci_low=1.0, ci_high=9.0)
    sales["value"] = sales["recommender"].map({"als": 2_305.4, "popular": 1_004.0})
    pd.concat([board, sales]).to_csv(path / "leaderboard.csv", index=False)
    assert "1,000 lists hold 2,305 of later sales, beside 1,004." in told(path)


def test_one_window_is_not_judged(tmp_path: Path) -> None:
    said = told(folder(tmp_path, SERVE, windows=1))
    assert "one window only" in said
    assert "reached" not in said


def test_the_terminal_ends_with_the_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(read_run(folder(tmp_path, SERVE)), Console(width=80))
    said = " ".join(capsys.readouterr().out.split())
    assert "Decision, any purchase: serve als to Big; popular to Small; popular to people without" in said


def test_the_terminal_names_who_ties_with_the_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder(tmp_path, SERVE)
    print_tables(read_run(path), Console(width=80))
    assert "not shown to differ" not in capsys.readouterr().out
    verdicts = pd.read_csv(path / "verdicts.csv", keep_default_na=False, na_values=["nan"])
    whole = (verdicts["segment"] == "all") & (verdicts["scope"] == "earlier")
    verdicts.loc[whole, ["verdict", "among"]] = ["tie", "als|knn"]
    verdicts.to_csv(path / "verdicts.csv", index=False)
    print_tables(read_run(path), Console(width=80))
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "popular to people without history; over the whole shop, als is not shown to differ from knn." in said
    )


def test_a_run_without_verdicts_has_no_such_section(tmp_path: Path) -> None:
    path = folder(tmp_path, SERVE)
    (path / "verdicts.csv").unlink()
    assert "## The decision" not in markdown(page_of([read_run(path)]))

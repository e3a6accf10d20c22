"""The same question put otherwise: which are asked, what is compared, and that each is an ordinary run."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from recsys.core.errors import ConfigError, RunError
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.sensitivity import (
    COLUMNS,
    FALLS,
    FILE,
    FOLDER,
    STANDS,
    TIED,
    UNSURE,
    changed,
    questions,
    sensitivity,
    standing,
)
from recsys.report import read_run, write_report
from tests.engine import shop


@pytest.fixture(scope="module")
def own_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of its own, since answers are written into it; three quick recommenders."""
    config = shop.write(tmp_path_factory.mktemp("asked"))
    text = config.read_text()
    kept = [line for line in text.splitlines() if not line.startswith(("  als", "  content", "  safe"))]
    config.write_text("\n".join(kept))
    return evaluate(read_config(config), roots=(config.parent,), out=config.parent / "run", limit=1)


@pytest.fixture(scope="module")
def table(own_run: Path) -> pd.DataFrame:
    return sensitivity(own_run, limit=1)


def test_the_questions_follow_from_the_config(config: Path) -> None:
    experiment = read_config(config)
    asked = questions(experiment)
    assert list(asked) == [
        "lists of 5",
        "repeats in or out",
        "lists of 20",
        "cutoffs a week earlier",
        "cutoffs a week later",
        "without wholesalers",
        "cancellations netted",
    ]
    assert [name for name, one in asked.items() if one.refits] == list(asked)[2:]
    assert changed(experiment, asked["lists of 20"].changes).evaluate.k == (5, 10, 20)
    assert changed(experiment, asked["cutoffs a week later"].changes).split.shift_days == 7
    netted = changed(experiment, asked["cancellations netted"].changes)
    assert netted.clean.cancellations.mode == "net"
    assert netted.clean.cancellations.prefix == experiment.clean.cancellations.prefix
    assert list(netted.recommenders) == list(experiment.recommenders)


def test_a_window_of_a_week_cannot_begin_a_week_later(config: Path) -> None:
    assert "cutoffs a week later" not in questions(read_config(config, ["split.holdout_days=7"]))
    assert "with wholesalers" in questions(read_config(config, ["evaluate.without_top_spenders=0.01"]))


@pytest.mark.parametrize(
    ("serves", "verdict", "among", "expected"),
    [
        ("als", "winner", "", STANDS),
        ("ease", "winner", "", FALLS),
        ("ease", "tie", "ease|als", TIED),
        ("ease", "tie", "ease|als-2", FALLS),
        ("ease", "winner", "ease|als", FALLS),
        ("popular", "too few customers to tell", "", UNSURE),
        ("popular", "not better than the baseline", "", FALLS),
        ("als", "too few customers to tell", "", STANDS),
    ],
)
def test_a_choice_stands_ties_or_falls(serves: str, verdict: str, among: str, expected: str) -> None:
    now = pd.Series({"policy_serves": serves, "verdict": verdict, "among": among})
    assert standing("als", now) == expected


def test_every_choice_is_asked_of_every_question(own_run: Path, table: pd.DataFrame) -> None:
    assert list(table.columns) == COLUMNS
    verdicts = read_run(own_run).verdicts
    choices = verdicts[verdicts["policy_serves"] != ""]
    assert table.groupby("question", sort=False).size().tolist() == [len(choices)] * 7
    first = table[table["question"] == "lists of 5"]
    assert first["served"].tolist() == choices["policy_serves"].tolist()


def test_another_list_length_is_answered_as_a_run_that_decides_by_it(
    own_run: Path, table: pd.DataFrame, tmp_path: Path
) -> None:
    """From stored scores, as an evaluation with that list length says."""
    experiment = changed(
        read_config(own_run / "config.yaml"), {"evaluate": {"decide": {"k": 5}, "audit": {"refit": "none"}}}
    )
    again = evaluate(experiment, roots=(own_run.parent,), out=tmp_path / "five", limit=1)
    verdicts = read_run(again).verdicts
    expected = verdicts[verdicts["policy_serves"] != ""]
    found = table[table["question"] == "lists of 5"]
    assert found["serves"].tolist() == expected["policy_serves"].tolist()
    assert found["verdict"].tolist() == expected["verdict"].tolist()
    assert found["difference"].to_numpy() == pytest.approx(expected["difference"].to_numpy(), nan_ok=True)


def test_repeats_in_or_out_is_the_other_targets_answer(own_run: Path, table: pd.DataFrame) -> None:
    verdicts = read_run(own_run).verdicts
    serves = verdicts[verdicts["policy_serves"] != ""].set_index(["target", "segment"])["policy_serves"]
    found = table[table["question"] == "repeats in or out"].set_index(["target", "segment"])
    for (target, segment), row in found.iterrows():
        other = {"any": "new", "new": "any"}[str(target)]
        if (other, segment) in serves.index:
            assert row["serves"] == serves[other, segment]


def test_wholesalers_are_left_out_of_the_run_that_asks(own_run: Path, table: pd.DataFrame) -> None:
    """1 % of the customers with history at the earliest cutoff, rounded up: one of eighty."""
    asked = read_run(own_run / FOLDER / "without-wholesalers").manifest
    assert asked["log"]["customers"] == read_run(own_run).manifest["log"]["customers"] - 1
    assert any("1 customers who spent most" in note for note in asked["notes"])
    assert asked["windows"][0]["customers"] == read_run(own_run).manifest["windows"][0]["customers"] - 1


def test_a_second_call_judges_nothing_again(own_run: Path, table: pd.DataFrame) -> None:
    before = {path: path.stat().st_mtime_ns for path in (own_run / FOLDER).glob("*/manifest.json")}
    assert len(before) == 5
    again = sensitivity(own_run, only=["without wholesalers", "lists of 5"], limit=1)
    assert set(again["question"]) == {"lists of 5", "without wholesalers"}
    assert {path: path.stat().st_mtime_ns for path in before} == before
    sensitivity(own_run, limit=1)
    assert pd.read_csv(own_run / FOLDER / FILE, keep_default_na=False)["stands"].tolist() == list(
        table["stands"]
    )


def test_the_report_tells_it(own_run: Path, table: pd.DataFrame) -> None:
    write_report([read_run(own_run)], own_run)
    text = (own_run / "report.md").read_text("utf-8")
    assert "Had the question been put otherwise" in text
    assert "without wholesalers" in text


def test_an_unknown_question_is_refused(own_run: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'lists of 5'"):
        sensitivity(own_run, only=["list of 5"])


def test_a_changed_log_is_refused(config: Path, tmp_path: Path) -> None:
    own = shop.write(tmp_path / "shop")
    run = evaluate(read_config(own, ["split.windows=1"]), roots=(own.parent,), out=tmp_path / "run", limit=1)
    log = own.parent / "log.csv"
    log.write_text("\n".join(log.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(RunError, match="the log has changed"):
        sensitivity(run, only=["lists of 5"])

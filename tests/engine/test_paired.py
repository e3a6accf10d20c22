"""Two runs customer by customer: against a count by hand, and why not where it would mislead."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.paired import paired, report
from recsys.report import read_run
from recsys.report.paired import SERVED


@pytest.fixture(scope="module")
def other(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The little shop once more, with other neighbours and one recommender less."""
    lines = [line for line in config.read_text().splitlines() if not line.startswith("  safe:")]
    mine = config.with_name("other.yaml")
    mine.write_text("\n".join(lines))
    experiment = read_config(mine, ("recommenders.item-cf.neighbours=3",))
    return evaluate(experiment, roots=(config.parent,), out=tmp_path_factory.mktemp("other") / "r", limit=1)


def scores(run: Path, window: int, target: str, name: str) -> pd.Series:
    held = pd.read_parquet(run / "scores" / f"{window}-{target}-{name}.parquet")
    return held[held["segment"] != "(no history)"].set_index("customer")["ndcg@10"].astype(float)


def test_differences_are_those_of_each_customers_mean_over_windows(run: Path, other: Path) -> None:
    found = paired(read_run(run), read_run(other))
    assert (found.why_not, found.windows, found.metric) == ((), 2, "ndcg@10")
    apart = [scores(other, at, "any", "item-cf") - scores(run, at, "any", "item-cf") for at in (0, 1)]
    by_hand = pd.concat(apart).groupby(level=0).mean()
    row = found.table.set_index(["target", "recommender"]).loc[("any", "item-cf")]
    assert row["difference"] == pytest.approx(by_hand.mean(), abs=1e-9)
    assert row["difference"] == pytest.approx(row["second"] - row["first"], abs=1e-9)
    assert row["customers"] == len(by_hand)
    assert row["ci_low"] < row["difference"] < row["ci_high"]


def test_what_did_not_change_has_no_difference(run: Path, other: Path) -> None:
    found = paired(read_run(run), read_run(other)).table.set_index(["target", "recommender"])
    same = found.loc[[("any", "popular"), ("new", "als")], ["difference", "ci_low", "ci_high"]]
    assert (same == 0).all(axis=None)
    assert ("any", "safe") not in found.index


def test_what_each_serves_follows_the_segments(run: Path, other: Path) -> None:
    first, second = read_run(run), read_run(other)
    for one in (first, second):
        one.verdicts.loc[one.verdicts["policy_serves"] != "", "policy_serves"] = "popular"
    largest = first.profile["segment"].iloc[0]
    moved = (second.verdicts["segment"] == largest) & (second.verdicts["policy_serves"] != "")
    second.verdicts.loc[moved, "policy_serves"] = "als"
    found = paired(first, second).table.set_index(["target", "recommender"]).loc[("any", SERVED)]
    parts = []
    for window in (0, 1):
        held = pd.read_parquet(run / "scores" / f"{window}-any-popular.parquet")
        mine = held[held["segment"] == largest]["customer"]
        gap = scores(other, window, "any", "als") - scores(run, window, "any", "popular")
        parts.append(gap.where(gap.index.isin(mine), 0.0))
    by_hand = pd.concat(parts).groupby(level=0).mean().mean()
    assert by_hand != 0
    assert found["difference"] == pytest.approx(by_hand, abs=1e-9)


def test_the_same_runs_have_the_same_intervals(run: Path, other: Path) -> None:
    one, again = (paired(read_run(run), read_run(other)).table for _ in range(2))
    pd.testing.assert_frame_equal(one, again)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("input.sha256", "00", "they read different logs"),
        ("config.clean.product_code", "x", "what is cleaned differs (clean)"),
        ("config.candidates.blocked", ["1"], "which products may be recommended differs (candidates)"),
        (
            "config.evaluate.without_top_spenders",
            0.1,
            "who takes part differs (evaluate.without_top_spenders)",
        ),
        ("config.privacy.customers", "plain", "customers are named in different ways (privacy.customers)"),
        (
            "config.privacy.customers",
            "omit",
            "customers are left out of a run folder (privacy.customers: omit)",
        ),
        ("windows", [], "no window has the same dates in both"),
    ],
)
def test_why_not(run: Path, key: str, value: object, why: str) -> None:
    changed = read_run(run)
    *path, last = key.split(".")
    held: dict[str, Any] = changed.manifest
    for name in path:
        held = held[name]
    held[last] = value
    found = paired(read_run(run), changed)
    assert why in found.why_not
    assert found.table.empty


def test_other_customers_are_not_paired(run: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(run, moved)
    for path in (moved / "scores").glob("0-any-*.parquet"):
        pd.read_parquet(path).iloc[1:].to_parquet(path, index=False)
    found = paired(read_run(run), read_run(moved))
    assert found.why_not == ("other customers were judged on the target any",)
    assert set(found.table["target"]) == {"new"}


def test_a_run_without_scores_says_so(run: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(run, bare)
    shutil.rmtree(bare / "scores")
    found = paired(read_run(run), read_run(bare))
    assert found.why_not == ("the other run holds no scores per customer at ndcg@10",)


def test_the_report_of_both_is_written(run: Path, other: Path, tmp_path: Path) -> None:
    text, _ = report([run, other], tmp_path / "compared")
    said = text.read_text()
    assert "of the same customers" in said
    assert "recommenders.item-cf.neighbours" in said

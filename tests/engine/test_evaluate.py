"""A whole run on the little shop: what the folder holds, and that it is right."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import ConfigError, RecsysError, RunError, SplitError
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate, identify
from recsys.engine.progress import Silent
from recsys.engine.store import RunFolder
from tests.engine import shop


def board(run: Path) -> pd.DataFrame:
    return pd.read_csv(run / "leaderboard.csv")


def value(table: pd.DataFrame, **at: object) -> float:
    rows = table
    for column, wanted in at.items():
        rows = rows[rows[column] == wanted]
    assert len(rows) == 1, rows
    return float(rows["value"].iloc[0])


def test_the_run_folder_holds_every_file(run: Path) -> None:
    names = {path.name for path in run.iterdir()}
    assert names == {
        *("manifest.json", "config.yaml", "ledger.csv", "funnel.csv", "segments.csv", "segment_profile.csv"),
        *("scores", "leaderboard.csv", "costs.csv", "report.md", "report.html"),
        *("comparisons.csv", "verdicts.csv", "policy.yaml", "policy_result.csv", "stability.csv"),
        *("bought_later.csv", "overlap.csv", "ceilings.csv", "audit.json", "data.csv"),
        *("frontier.csv", "ageing.csv", "ab_sizes.csv", "changes.csv"),
    }
    assert list(board(run)) == [
        *("window", "target", "segment", "recommender", "metric", "k", "value", "customers"),
        *("ci_low", "ci_high"),
    ]
    assert list(pd.read_csv(run / "costs.csv")) == [
        *("window", "recommender", "fit_seconds", "recommend_seconds", "peak_mb"),
    ]


def test_popularity_agrees_with_a_naive_loop(run: Path) -> None:
    log = shop.lines()
    end = log["when"].max().normalize() + pd.Timedelta(days=1)
    cutoff = end - pd.Timedelta(days=28)
    log["when"] = log.groupby("receipt")["when"].transform("min")
    past, future = log[log["when"] < cutoff], log[log["when"] >= cutoff]
    buyers = past.groupby("what")["who"].nunique()
    best = sorted(buyers.index, key=lambda p: (-buyers[p], p))
    recalls = []
    for who, bought in future.groupby("who")["what"]:
        before = set(past[past["who"] == who]["what"])
        truth = (set(bought) & set(buyers.index)) - before
        if before and truth:
            top = [p for p in best if p not in before][:10]
            recalls.append(len(set(top) & truth) / len(truth))
    found = value(
        board(run), window=0, target="new", segment="all", recommender="popular", metric="recall", k=10
    )
    assert found == pytest.approx(np.mean(recalls), abs=1e-7)


def test_segments_make_up_all(run: Path) -> None:
    table = board(run)
    rows = table[(table["metric"] == "ndcg") & (table["k"] == 10) & (table["target"] == "any")]
    rows = rows[(rows["recommender"] == "als") & (rows["window"] == 0) & (rows["segment"] != "(no history)")]
    parts, whole = rows[rows["segment"] != "all"], rows[rows["segment"] == "all"]
    assert parts["customers"].sum() == whole["customers"].iloc[0]
    weighted = (parts["value"] * parts["customers"]).sum() / parts["customers"].sum()
    assert weighted == pytest.approx(whole["value"].iloc[0])


def test_everyone_is_judged_on_the_same_customers(run: Path) -> None:
    table = board(run)
    known = table[(table["segment"] == "all") & (table["target"] != "new-products")]
    counted = known[known["metric"] == "recall"].groupby(["window", "target"])["customers"].nunique()
    assert (counted == 1).all()


def test_fallback_is_the_first_part_where_it_has_something_to_say(run: Path) -> None:
    table = board(run)
    at = {"window": 0, "target": "new", "segment": "all", "metric": "ndcg", "k": 10}
    assert value(table, recommender="safe", **at) == value(table, recommender="als", **at)


def test_scores_hold_no_plain_customer(run: Path) -> None:
    for path in [*run.rglob("*.csv"), *run.rglob("*.md"), *run.rglob("*.html")]:
        assert "customer-1" not in path.read_text()
    scores = pd.read_parquet(run / "scores" / "0-any-als.parquet")
    assert not scores["customer"].str.contains("customer-").any()
    assert scores["customer"].is_unique
    assert scores["ndcg@10"].dtype == np.float32
    segments = pd.read_csv(run / "segments.csv")
    assert set(scores["customer"]) & set(segments["customer"])


def test_two_threads_give_the_same_bytes(run: Path, config: Path, tmp_path: Path) -> None:
    again = evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "again", limit=2)
    tables = ("leaderboard.csv", "funnel.csv", "segments.csv", "segment_profile.csv", "ledger.csv")
    for name in (*tables, "ageing.csv", "ab_sizes.csv"):
        assert (again / name).read_bytes() == (run / name).read_bytes(), name


def test_another_seed_is_another_run(run: Path, config: Path, tmp_path: Path) -> None:
    other = evaluate(read_config(config, ["seed=4"]), roots=(config.parent,), out=tmp_path / "other")
    ids = [json.loads((folder / "manifest.json").read_text())["run_id"] for folder in (run, other)]
    assert ids[0] != ids[1]


class Kill(Silent):
    """Ends the run at its nth step, as Ctrl-C would."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, text: str) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def test_a_killed_run_resumes(run: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        evaluate(read_config(config), roots=(config.parent,), out=out, progress=Kill(5))
    assert not out.exists()
    partial = tmp_path / "run.partial"
    kept = {path: path.stat().st_mtime_ns for path in (partial / "scores").iterdir()}
    assert len(list((partial / "parts").iterdir())) == 4
    done = evaluate(read_config(config), roots=(config.parent,), out=out)
    assert not partial.exists()
    assert all((done / "scores" / path.name).stat().st_mtime_ns == time for path, time in kept.items())
    assert (done / "leaderboard.csv").read_bytes() == (run / "leaderboard.csv").read_bytes()


def test_what_another_config_left_is_not_resumed(run: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        evaluate(read_config(config, ["seed=9"]), roots=(config.parent,), out=out, progress=Kill(5))
    done = evaluate(read_config(config), roots=(config.parent,), out=out)
    assert (done / "leaderboard.csv").read_bytes() == (run / "leaderboard.csv").read_bytes()


def test_the_same_run_is_replaced_and_another_is_not(config: Path, tmp_path: Path) -> None:
    one = ["split.windows=1", "recommenders={popular: {kind: popularity}}", "segments=null"]
    out = evaluate(read_config(config, one), roots=(config.parent,), out=tmp_path / "run")
    before = (out / "leaderboard.csv").read_bytes()
    assert evaluate(read_config(config, one), roots=(config.parent,), out=out) == out
    with pytest.raises(RunError, match="holds run"):
        evaluate(read_config(config, [*one, "seed=4"]), roots=(config.parent,), out=out)
    assert (out / "leaderboard.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]


def test_other_files_are_not_replaced(config: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds other files"):
        evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("split.windows=6", "the log covers 150 days"),
        ("split.holdout_days=150", "the log covers 150 days"),
        ("candidates.min_price=1000", "candidates leave none of"),
        ("source.columns.customer=wo", "did you mean 'who'"),
        ("source.columns.description=null", "content has no descriptions to work with"),
    ],
)
def test_refusals_leave_nothing_behind(config: Path, tmp_path: Path, override: str, expected: str) -> None:
    with pytest.raises(RecsysError) as caught:
        evaluate(read_config(config, [override]), roots=(config.parent,), out=tmp_path / "out")
    assert expected in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nobody_to_judge_is_refused(tmp_path: Path) -> None:
    config = shop.write(tmp_path)
    lonely = shop.lines()
    lonely["who"] = [
        f"{who}-{receipt}" for who, receipt in zip(lonely["who"], lonely["receipt"], strict=True)
    ]
    lonely.to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(SplitError, match="has nobody to judge"):
        evaluate(read_config(config), roots=(tmp_path,), out=tmp_path / "out")


def test_two_processes_do_not_write_the_same_run(config: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", "1")
    with (
        folder.making(),
        pytest.raises(RunError, match="is being written by another process"),
    ):
        evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "run")


@pytest.mark.parametrize("out", ["", ".", "/"])
def test_no_place_for_a_run(config: Path, out: str) -> None:
    with pytest.raises(RunError, match="is no place for a run"):
        evaluate(read_config(config), roots=(config.parent,), out=Path(out))


def test_money_cannot_decide_without_prices(config: Path, tmp_path: Path) -> None:
    overrides = ["source.columns.price=null", "evaluate.decide.metric=captured_spend"]
    with pytest.raises(ConfigError, match="the log has no prices"):
        evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    overrides = ["source.columns.price=null", "candidates.min_price=3"]
    with pytest.raises(ConfigError, match="the log has none"):
        evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")


def test_the_manifest_tells_dates_arrivals_and_digests(config: Path, tmp_path: Path) -> None:
    overrides = ["split.gap_days=7", "split.windows=1"]
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    manifest = json.loads((done / "manifest.json").read_text())
    window = manifest["windows"][0]
    assert (window["cutoff"], window["judged_from"], window["end"]) == (
        "2024-05-02",
        "2024-05-09",
        "2024-05-30",
    )
    assert window["arrivals"] == 1
    digest = sha256((done / "leaderboard.csv").read_bytes()).hexdigest()
    assert manifest["files"]["leaderboard.csv"] == digest


def test_an_out_below_a_file_is_refused(config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        evaluate(read_config(config), roots=(config.parent,), out=tmp_path / "file" / "out")


def test_bare_logs_work(config: Path, tmp_path: Path) -> None:
    """Customer, product and time are enough; money and content are off."""
    bare = tmp_path / "bare.yaml"
    bare.write_text(
        "source: {kind: csv, path: log.csv, columns: {customer: who, product: what, time: when}}\n"
        "split: {kind: holdout}\n"
        "recommenders: {popular: {kind: popularity}, als: {kind: als, factors: 4}}\n"
    )
    shutil.copy(config.parent / "log.csv", tmp_path)
    done = evaluate(read_config(bare), roots=(tmp_path,), out=tmp_path / "out")
    table = board(done)
    assert "captured_spend" not in set(table["metric"])
    assert set(table["segment"]) == {"all", "(no history)"} & set(table["segment"]) | {"all"}
    assert (done / "report.html").is_file()


def test_lists_longer_than_the_catalogue_work(config: Path, tmp_path: Path) -> None:
    overrides = ["evaluate.k=[10, 500]", "split.windows=1"]
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    table = board(done)
    at = {"window": 0, "target": "any", "segment": "all", "metric": "recall", "k": 500}
    assert value(table, recommender="popular", **at) == pytest.approx(1.0)


def test_candidates_rule_what_is_judged(config: Path, tmp_path: Path) -> None:
    overrides = ["candidates.blocked=['0101', '0102']", "split.windows=1", "evaluate.k=[10, 500]"]
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    at = {"window": 0, "target": "any", "segment": "all", "metric": "coverage", "k": 500}
    products = json.loads((done / "manifest.json").read_text())["windows"][0]["products"]
    assert value(board(done), recommender="popular", **at) == pytest.approx((products - 2) / products)


def test_new_products_are_judged_for_content_only(run: Path) -> None:
    rows = board(run)
    rows = rows[rows["target"] == "new-products"]
    assert set(rows["recommender"]) <= {"content"}


def test_the_funnel_narrows(run: Path) -> None:
    funnel = pd.read_csv(run / "funnel.csv", keep_default_na=False)
    rows = funnel[(funnel["window"] == 0) & (funnel["target"] == "any") & (funnel["segment"] == "all")]
    count = rows[rows["recommender"] == ""].set_index("stage")["customers"]
    assert count["future buyers"] == count["with history"] + count["without history"]
    assert count["with history"] >= count["with reachable truth"]
    served = rows[rows["stage"] == "served"].set_index("recommender")["customers"]
    assert (served <= count["with reachable truth"]).all()
    assert served["popular"] == count["with reachable truth"]


def test_a_currency_changes_what_is_shown_and_no_figure(config: Path) -> None:
    plain, told = read_config(config), read_config(config, ["currency=GBP"])
    assert identify(plain, "0" * 64) == identify(told, "0" * 64)
    assert told.currency == "GBP"
    with pytest.raises(ConfigError, match=r"currency.*'GPB'.*expected an ISO 4217 code"):
        read_config(config, ["currency=GPB"])

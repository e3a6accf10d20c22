"""The search: it sees nothing of the judged windows, goes on after a stop, and writes a config that runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import RunError, SplitError
from recsys.engine import catalog
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.spec import Experiment
from recsys.engine.trials import Search, drawn
from recsys.engine.tune import Tuned, tune
from recsys.recommend.search import Among, Between, space
from tests.engine import shop

QUICK = [
    "split.holdout_days=21",
    "split.windows=2",
    "tune.trials=6",
    "tune.windows=2",
    "recommenders.als=null",
]


def quick(folder: Path, *overrides: str) -> Experiment:
    """Few and fast recommenders: one without fields to search, three with, one made of two of them."""
    path = shop.write(folder)
    head = path.read_text().split("recommenders:")[0]
    path.write_text(
        head
        + "recommenders:\n"
        + "  both: {kind: blend, parts: [own, item-cf]}\n"
        + "  own: {kind: repurchase}\n"
        + "  item-cf: {kind: item-knn, similarity: jaccard, neighbours: 15}\n"
        + "  segment-bestsellers: {kind: segment-bestsellers}\n"
        + "  chance: {kind: random}\n"
        + "evaluate: {k: [5, 10], decide: {metric: ndcg, k: 10}}\n"
    )
    return read_config(path, ["split.holdout_days=21", "tune.trials=6", *overrides])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tuned:
    home = tmp_path_factory.mktemp("tuned")
    return tune(quick(home), roots=(home,), out=home / "out", limit=1)


def trials(tuned: Tuned) -> pd.DataFrame:
    return pd.read_csv(tuned.folder / "trials.csv").drop(columns="seconds")


def test_everyone_gets_the_same_trials_parts_first(found: Tuned) -> None:
    assert [(row["recommender"], row["trials"]) for row in found.rows] == [
        ("own", 6),
        ("item-cf", 6),
        ("both", 6),
        ("segment-bestsellers", 6),
        ("chance", 1),  # nothing to search
    ]
    assert all(row["best"] >= row["as_configured"] for row in found.rows)


def test_the_first_trial_is_the_config(found: Tuned) -> None:
    table = trials(found)
    first = table[table["trial"] == 1].set_index("recommender")["parameters"].map(json.loads)
    assert first["item-cf"]["neighbours"] == 15
    assert first["item-cf"]["similarity"] == "jaccard"
    later = table[(table["recommender"] == "item-cf") & (table["trial"] > 1)]["parameters"].map(json.loads)
    assert {one["similarity"] for one in later} == {"jaccard"}  # named in the config: it stays
    assert len({one["neighbours"] for one in later}) > 1


def test_the_best_is_the_highest_complete_trial(found: Tuned) -> None:
    table = trials(found)
    for row in found.rows:
        own = table[(table["recommender"] == row["recommender"]) & (table["state"] == "complete")]
        assert row["best"] == pytest.approx(own["value"].max())
        assert own["value"].to_numpy() == pytest.approx(
            [np.mean([float(one) for one in str(values).split("|")]) for values in own["windows"]], abs=1e-6
        )


def test_a_trial_is_worth_what_an_evaluation_says(found: Tuned, tmp_path: Path) -> None:
    """The validation windows judged by `evaluate`, on a log that ends with them."""
    home = tmp_path / "shop"
    experiment = quick(home)
    log = pd.read_csv(home / "log.csv")
    end = found.periods[0][1]
    log[log["when"] < end].to_csv(home / "log.csv", index=False)
    run = evaluate(experiment, roots=(home,), out=tmp_path / "run", limit=1)
    board = pd.read_csv(run / "leaderboard.csv")
    at = (board["target"] == "any") & (board["segment"] == "all")
    at &= (board["metric"] == "ndcg") & (board["k"] == 10)
    expected = board[at].groupby("recommender")["value"].mean()
    for row in found.rows:
        if row["recommender"] in ("own", "item-cf", "segment-bestsellers"):
            assert row["as_configured"] == pytest.approx(expected[row["recommender"]], abs=1e-6)


def test_what_is_judged_later_has_no_say(found: Tuned, tmp_path: Path) -> None:
    """Another course of things after the first judged cutoff leaves every trial as it is."""
    home = tmp_path / "shop"
    experiment = quick(home)
    log = pd.read_csv(home / "log.csv", dtype={"what": str})
    later = log["when"] >= found.periods[0][1]
    rng = np.random.default_rng(5)
    log.loc[later, "what"] = rng.permutation(log.loc[later, "what"].to_numpy())
    log.to_csv(home / "log.csv", index=False)
    again = tune(experiment, roots=(home,), out=tmp_path / "out", limit=2)
    assert again.periods == found.periods
    pd.testing.assert_frame_equal(trials(again), trials(found))


def test_the_windows_end_where_the_first_judged_one_begins(found: Tuned) -> None:
    # The log ends on 29 May 2024; two judged windows of 21 days begin on 18 April.
    assert found.periods == (("2024-03-28", "2024-04-18"), ("2024-03-07", "2024-03-28"))


def test_a_search_goes_on_as_if_it_had_not_stopped(found: Tuned, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    few = quick(home, "tune.trials=2")
    tune(few, roots=(home,), out=tmp_path / "out", limit=1)
    more = quick(home)
    again = tune(more, roots=(home,), out=tmp_path / "out", limit=1)
    left, right = trials(again), trials(found)
    alone = left["recommender"] != "both"  # its parts were not the best ones yet
    pd.testing.assert_frame_equal(left[alone], right[alone])


def test_a_trial_that_a_stop_cut_short_is_made_again(found: Tuned, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    experiment = quick(home, "tune.recommenders=[item-cf]")
    calls = 0
    usual = Search._try

    def stopping(self: Search, *args: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        usual(self, *args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Search, "_try", stopping)
        with pytest.raises(KeyboardInterrupt):
            tune(experiment, roots=(home,), out=tmp_path / "out", limit=1)
    again = trials(tune(experiment, roots=(home,), out=tmp_path / "out", limit=1))
    whole = trials(found)
    expected = whole[whole["recommender"] == "item-cf"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, expected)


def test_the_best_config_runs_and_holds_the_best_values(found: Tuned, tmp_path: Path) -> None:
    best = read_config(found.folder / "best.yaml")
    for row in found.rows:
        model = best.recommenders[row["recommender"]].model_dump(mode="json")
        assert {key: model[key] for key in row["changes"]} == row["changes"]
    assert (evaluate(best, out=tmp_path / "run", limit=1) / "report.html").is_file()


def test_a_log_that_is_too_short_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    experiment = quick(home, "tune.windows=9")
    with pytest.raises(SplitError, match=r"tune\.windows asks for 9 before the 2 judged"):
        tune(experiment, roots=(home,), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_search_is_not_mixed_with_this_one(found: Tuned, tmp_path: Path) -> None:
    home = tmp_path / "shop"
    with pytest.raises(RunError, match="holds search"):
        tune(quick(home, "tune.target=new"), roots=(home,), out=found.folder)


def test_trials_that_are_no_database_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "shop"
    experiment = quick(home, "tune.recommenders=[chance]")
    tune(experiment, roots=(home,), out=tmp_path / "out", limit=1)
    (tmp_path / "out" / "trials.db").write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(RunError, match="cannot be used"):
        tune(experiment, roots=(home,), out=tmp_path / "out", limit=1)


class _Middle:
    """Draws the middle of every range and the last of every choice."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return round(self.suggest_float(name, low, high, log=log))

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return float(np.sqrt(low * high)) if log else (low + high) / 2

    def suggest_categorical(self, name: str, choices: list[object]) -> object:
        return choices[-1]


@pytest.mark.parametrize("kind", sorted(catalog.recommenders()))
def test_every_kind_takes_what_is_drawn_for_it(kind: str) -> None:
    model = catalog.recommenders()[kind]
    needed = {"parts": ("a", "b")} if "parts" in model.model_fields else {}
    dimensions = space(model)
    found = drawn(model(**needed), dimensions, _Middle())
    for name, one in dimensions.items():
        if isinstance(one, Among) and one.when is None:
            assert getattr(found, name) == one.values[-1]
        if isinstance(one, Between) and one.when is None and not one.each_of:
            assert one.low <= getattr(found, name) <= one.high

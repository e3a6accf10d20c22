"""The decision: chosen on the earlier windows, judged on the last one, and the same in every file."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from ruamel.yaml import YAML
from scipy import stats

from recsys.core.fold import Fold
from recsys.core.parallel import threads
from recsys.core.segmentation import Segmentation
from recsys.engine.contest import Contest
from recsys.engine.decide import COMPARISONS, RESULT, VERDICTS, Decision, decide, serving
from recsys.engine.evaluate import generator
from recsys.engine.spec import Experiment
from recsys.ingest import load
from recsys.measure.panel import Panel
from recsys.measure.segments import ALL, NO_HISTORY
from recsys.measure.verdict import NO_BETTER, TIE, TOO_FEW, WINNER, Verdict
from recsys.simulate import TYPE_NAMES, Settings, log_frame

Array = NDArray[np.float64]
Shop = dict[tuple[int, str], pd.DataFrame]
DAYS = {0: "2024-05-30", 1: "2024-05-02", 2: "2024-04-04"}
NAMES = ("base", "a", "b")


def experiment(*names: str, **more: Any) -> Experiment:
    """One that compares these; the first is the baseline."""
    source = {"kind": "csv", "path": "log.csv", "columns": {"customer": "c", "product": "p", "time": "t"}}
    settings: dict[str, Any] = {"source": source, "evaluate": {"baseline": names[0]}} | more
    settings["recommenders"] = {name: {"kind": "popularity"} for name in names}
    return Experiment.model_validate(settings)


def shop(windows: int = 2, n: int = 150, seed: int = 0, *, strangers: int = 0) -> Shop:
    """Scores of three recommenders: `a` is good for tin, `b` for gold, all are alike for lead.

    base serves people without history, and so does b, better.
    """
    rng = np.random.default_rng(seed)
    frames = {}
    kinds = np.repeat(["gold", "tin", "lead"], n)
    for window in range(windows):
        for name, lift in zip(NAMES, ({}, {"tin": 0.2}, {"gold": 0.15}), strict=True):
            mean = 0.3 + np.array([lift.get(kind, 0.0) for kind in kinds])
            scores = np.clip(rng.normal(mean, 0.12), 0, 1)
            customers = [f"c{at}" for at in range(len(kinds))]
            frame = pd.DataFrame({"customer": customers, "segment": kinds, "map@10": scores})
            if strangers and name != "a":
                beyond = [f"s{window}-{at}" for at in range(strangers)]
                scores = np.clip(rng.normal(0.2 + 0.2 * (name == "b"), 0.1, strangers), 0, 1)
                more = pd.DataFrame({"customer": beyond, "segment": NO_HISTORY, "map@10": scores})
                frame = pd.concat([frame, more], ignore_index=True)
            frames[window, name] = frame
    return frames


def decided(frames: Shop, **more: Any) -> Decision:
    windows = {window: DAYS[window] for window, _ in frames}
    return decide(experiment(*NAMES, **more), {"any": Panel.of(frames, "map@10")}, windows)


def served(decision: Decision, target: str = "any") -> dict[str, str]:
    return {name: told["serve"] for name, told in decision.policy["targets"][target]["segments"].items()}


# Choosing


def test_the_policy_names_a_recommender_for_each_segment_and_for_people_without_history() -> None:
    found = decided(shop(strangers=60))
    told = found.policy["targets"]["any"]
    assert told["best_single"] == "a"
    assert served(found) == {"gold": "b", "tin": "a", "lead": "a", NO_HISTORY: "b"}
    assert told["segments"]["lead"]["why"].startswith("too few customers to tell (needs ")
    assert told["segments"]["gold"] == {"serve": "b", "why": "winner: b", "customers": 150}
    assert found.policy["chosen_on"] == ["2024-05-02"]
    assert found.policy["judged_on"] == "2024-05-30"
    assert (found.policy["decided_by"], found.policy["baseline"]) == ("map@10", "base")


def test_the_last_window_has_no_say_in_the_policy() -> None:
    before = decided(shop(3, 60, strangers=40))
    changed = shop(3, 60, strangers=40)
    for name, other in zip(NAMES, np.roll(NAMES, 1), strict=True):
        frame = changed[0, name]
        changed[0, name] = frame.assign(
            **{"map@10": frame["map@10"].to_numpy()[::-1] * (0.1 + 0.9 * (other == "a"))}
        )
    fewer = shop(3, 60, strangers=40)
    for name in NAMES:
        fewer[0, name] = fewer[0, name][fewer[0, name]["segment"] == "lead"].reset_index(drop=True)
    for late in (changed, fewer):
        after = decided(late)
        assert after.policy == before.policy
        assert pick(after.verdicts, "earlier") == pick(before.verdicts, "earlier")
        assert pick(after.comparisons, "earlier") == pick(before.comparisons, "earlier")
        assert pick(after.verdicts, "0") != pick(before.verdicts, "0")
        assert after.result != before.result


def pick(rows: list[dict[str, Any]], scope: str) -> str:
    held = [
        {**row, "window": "", "scope": ""} for row in rows if scope in (row.get("window"), row.get("scope"))
    ]
    return repr(sorted(map(repr, held)))


def test_earlier_windows_that_are_one_say_what_that_one_says() -> None:
    found = decided(shop(2, strangers=40))
    policy = [{**row, "policy_serves": ""} for row in found.verdicts]
    assert pick(policy, "earlier") == pick(policy, "1")
    assert pick(found.comparisons, "earlier") == pick(found.comparisons, "1")


def test_one_window_chooses_and_leaves_nothing_to_judge() -> None:
    found = decided(shop(1))
    assert found.policy["judged_on"] is None
    assert found.policy["chosen_on"] == ["2024-05-30"]
    assert served(found)["gold"] == "b"
    assert found.result == []
    assert {row["scope"] for row in found.verdicts} == {"0"}
    tables = found.tables()
    assert list(tables["policy_result"]) == RESULT
    assert len(tables["policy_result"]) == 0


def test_nobody_on_the_last_window_is_nothing_to_judge() -> None:
    frames = {key: frame for key, frame in shop(3).items() if key[0] != 0}
    found = decide(experiment(*NAMES), {"any": Panel.of(frames, "map@10")}, DAYS)
    assert found.policy["judged_on"] == "2024-05-30"
    assert served(found)["gold"] == "b"
    assert found.result == []


def test_nobody_before_the_last_window_is_no_policy() -> None:
    frames = {key: frame for key, frame in shop(1).items() if key[0] == 0}
    found = decide(experiment(*NAMES), {"any": Panel.of(frames, "map@10")}, {0: DAYS[0], 1: DAYS[1]})
    assert found.policy["targets"]["any"] == {"best_single": None, "segments": {}}
    assert found.result == []


def verdict(segment: str, kind: str, serve: str, *among: str) -> Verdict:
    return Verdict(segment, kind, serve, among, 100, None, serve, None)


@pytest.mark.parametrize(
    ("kind", "serve", "among", "expected"),
    [
        (WINNER, "b", (), "b"),
        (NO_BETTER, "base", (), "base"),
        (TOO_FEW, "base", (), "a"),
        (TIE, "b", ("b", "a"), "a"),
        (TIE, "b", ("b", "c"), "b"),
    ],
)
def test_a_segment_leaves_the_shops_choice_only_for_a_reason(
    kind: str, serve: str, among: tuple[str, ...], expected: str
) -> None:
    verdicts = {ALL: verdict(ALL, WINNER, "a"), "s": verdict("s", kind, serve, *among)}
    assert serving(verdicts) == {ALL: "a", "s": expected}


def test_people_without_history_do_not_get_what_might_not_serve_them() -> None:
    verdicts = {ALL: verdict(ALL, WINNER, "a"), NO_HISTORY: verdict(NO_HISTORY, TOO_FEW, "base")}
    assert serving(verdicts)[NO_HISTORY] == "base"
    assert serving({NO_HISTORY: verdict(NO_HISTORY, TIE, "b", "b", "c")}) == {NO_HISTORY: "b"}


# Judging


def test_the_policy_is_judged_on_the_last_window_as_a_loop_would() -> None:
    frames = shop(3, strangers=50)
    found = decided(frames)
    serve, single = served(found), found.policy["targets"]["any"]["best_single"]
    last = {name: frames[0, name].set_index("customer") for name in NAMES}
    rows = {row["segment"]: row for row in found.result}
    assert list(rows) == [ALL, "gold", "tin", "lead", NO_HISTORY]
    for segment, row in rows.items():
        everyone = last["b"]
        own = everyone["segment"] == segment if segment != ALL else everyone["segment"] != NO_HISTORY
        policy, alone = [], []
        for customer, kind in everyone["segment"][own].items():
            policy.append(last[serve[kind]].loc[customer, "map@10"])
            alone.append(last[single]["map@10"].get(customer, np.nan))
        assert row["customers"] == len(policy)
        assert row["policy"] == pytest.approx(np.mean(policy))
        assert row["best_single"] == pytest.approx(np.mean(alone), nan_ok=True)
        assert row["optimism"] == pytest.approx(row["hindsight"] - row["policy"])
        assert row["hindsight"] >= row["policy"] - 1e-12
        apart = np.array(policy) - np.array(alone)
        if np.isnan(apart).any():
            assert np.isnan([row["ci_low"], row["ci_high"]]).all()
        elif not apart.any():
            assert (row["ci_low"], row["ci_high"]) == (0, 0)
        else:
            theirs = stats.bootstrap((apart,), np.mean, n_resamples=4000, method="percentile", rng=1)
            close = 0.15 * apart.std() / np.sqrt(len(apart))
            assert row["ci_low"] == pytest.approx(theirs.confidence_interval.low, abs=close)
            assert row["ci_high"] == pytest.approx(theirs.confidence_interval.high, abs=close)
    assert rows[ALL]["ci_low"] > 0, "a shop where segments differ gains by serving them apart"


def test_hindsight_is_the_best_of_each_segment_there() -> None:
    frames = shop(2)
    rows = {row["segment"]: row for row in decided(frames).result}
    best = {}
    for kind in ("gold", "tin", "lead"):
        means = [frames[0, name].groupby("segment")["map@10"].mean()[kind] for name in NAMES]
        best[kind] = max(means)
        assert rows[kind]["hindsight"] == pytest.approx(best[kind])
    assert rows[ALL]["hindsight"] == pytest.approx(np.mean(list(best.values())))


def test_a_segment_unheard_of_gets_what_the_shop_is_served() -> None:
    frames = shop(2)
    for name in NAMES:
        frame = frames[0, name]
        frames[0, name] = frame.assign(segment=frame["segment"].replace("gold", "new"))
    found = decided(frames)
    (row,) = [row for row in found.result if row["segment"] == "new"]
    assert row["served"] == row["single"] == found.policy["targets"]["any"]["best_single"]
    assert row["policy"] == row["best_single"]


def test_customers_whom_nobody_can_score_are_not_counted() -> None:
    frames = shop(2)
    for key, frame in frames.items():
        frames[key] = frame.assign(**{"map@10": frame["map@10"].where(frame.index % 3 != 0)})
    assert {row["segment"]: row["customers"] for row in decided(frames).result} == {
        ALL: 300,
        "gold": 100,
        "tin": 100,
        "lead": 100,
    }


def test_the_number_of_threads_changes_nothing() -> None:
    frames, found = shop(2, 300), []  # 900 customers take several blocks
    for limit in (1, 2):
        with threads(limit):
            decision = decided(frames)
            found.append([table.to_csv() for table in decision.tables().values()])
    assert found[0] == found[1]


def test_targets_do_not_disturb_each_other() -> None:
    panel = Panel.of(shop(2, 60), "map@10")
    windows = {0: DAYS[0], 1: DAYS[1]}
    both = decide(experiment(*NAMES), {"any": panel, "new": panel}, windows)
    alone = decide(experiment(*NAMES), {"new": panel}, windows)
    assert [row for row in both.comparisons if row["target"] == "new"] == alone.comparisons
    assert both.policy["targets"]["new"] == alone.policy["targets"]["new"]


# The files of a run


def table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(
        run / f"{name}.csv", keep_default_na=False, na_values=[""], dtype={"window": str, "scope": str}
    )


@pytest.fixture(scope="module")
def scores(run: Path) -> dict[tuple[int, str, str], pd.DataFrame]:
    """(window, target, recommender) -> customer, segment, ndcg@10, as stored."""
    found = {}
    for path in sorted((run / "scores").glob("*.parquet")):
        window, rest = path.stem.split("-", 1)
        target, name = ("any", rest[4:]) if rest.startswith("any-") else ("new", rest[4:])
        if not rest.startswith("new-products"):
            held = pd.read_parquet(path, columns=["customer", "segment", "ndcg@10"])
            found[int(window), target, name] = held.astype({"ndcg@10": np.float64})
    return found


WINDOWS = {"0": [0], "1": [1], "earlier": [1], "pooled": [0, 1]}


def pooled(
    scores: dict[tuple[int, str, str], pd.DataFrame], scope: str, target: str, name: str, segment: str
) -> pd.Series[float]:
    """Customer -> mean over the windows of the scope."""
    parts = [scores[window, target, name] for window in WINDOWS[scope] if (window, target, name) in scores]
    held = pd.concat(parts)
    inside = held["segment"] != NO_HISTORY if segment == ALL else held["segment"] == segment
    return held[inside].groupby("customer")["ndcg@10"].mean()


def test_comparisons_are_what_the_stored_scores_say(
    run: Path, scores: dict[tuple[int, str, str], pd.DataFrame]
) -> None:
    found = table(run, "comparisons")
    assert list(found) == COMPARISONS
    assert not found.duplicated(["window", "target", "segment", "a", "b"]).any()
    reach = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    for row in found.itertuples():
        a, b = (pooled(scores, row.window, row.target, name, row.segment) for name in (row.a, row.b))
        apart = (a - b).to_numpy()
        assert not np.isnan(apart).any()
        assert (row.metric, row.k, row.customers) == ("ndcg", 10, len(apart))
        assert row.difference == pytest.approx(apart.mean(), abs=1e-9)
        assert row.ci_low - 1e-9 <= row.difference <= row.ci_high + 1e-9
        assert 0 < row.p <= row.p_holm <= 1
        if apart.any():
            spread = apart.std(ddof=1)
            assert row.effect == pytest.approx(apart.mean() / spread, rel=1e-6)
            assert row.detectable == pytest.approx(reach * spread / np.sqrt(len(apart)))
        else:
            assert (row.p, row.effect, row.difference) == (1, 0, 0)


def test_p_values_are_what_scipy_gives(run: Path, scores: dict[tuple[int, str, str], pd.DataFrame]) -> None:
    found = table(run, "comparisons")
    rows = found[(found["window"] == "0") & (found["target"] == "any") & (found["segment"] == ALL)]
    for row in rows.itertuples():
        a, b = (pooled(scores, "0", "any", name, ALL) for name in (row.a, row.b))
        theirs = stats.permutation_test(
            ((a - b).to_numpy(), np.zeros(len(a))),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=4000,
            rng=np.random.default_rng(0),
        )
        assert row.p == pytest.approx(theirs.pvalue, abs=0.04)


def test_holm_runs_over_all_segments_of_a_target(run: Path) -> None:
    found = table(run, "comparisons")
    against = found[found["b"] == "segment-bestsellers"]
    for _, family in against.groupby(["window", "target"]):
        assert family["segment"].nunique() > 1
        p, adjusted = family["p"].to_numpy(), family["p_holm"].to_numpy()
        order = np.argsort(p, kind="stable")
        highest = 0.0
        for step, at in enumerate(order):
            highest = max(highest, min(1.0, p[at] * (len(p) - step)))
            assert adjusted[at] == pytest.approx(highest)


def test_verdicts_follow_from_the_comparisons(
    run: Path, scores: dict[tuple[int, str, str], pd.DataFrame]
) -> None:
    verdicts, comparisons = table(run, "verdicts"), table(run, "comparisons")
    assert list(verdicts) == VERDICTS
    assert set(verdicts["scope"]) == set(WINDOWS)
    names = dict.fromkeys(name for _, _, name in scores)
    for row in verdicts.itertuples():
        own = comparisons[
            (comparisons["window"] == row.scope)
            & (comparisons["target"] == row.target)
            & (comparisons["segment"] == row.segment)
        ]
        means = {}
        for name in names:
            held = pooled(scores, row.scope, row.target, name, row.segment)
            if len(held):
                means[name] = held.mean()
                assert row.customers == len(held)
        against = own[own["b"] == "segment-bestsellers"]
        better = set(against["a"][against["verdict"] == "better"])
        assert set(against["a"]) == set(means) - {"segment-bestsellers"}
        if better:
            assert means[row.best] == pytest.approx(max(means.values()))
            losers = set(own["b"][(own["a"] == row.best) & (own["verdict"] == "better")])
            among = set(means) - losers - {"segment-bestsellers"}
            assert row.verdict == (TIE if len(among) > 1 else WINNER)
            if row.verdict == TIE:
                assert set(row.among.split("|")) == among
            assert row.serve in among
        else:
            assert row.verdict in (NO_BETTER, TOO_FEW)
            assert row.serve == "segment-bestsellers"
            assert not row.needs <= row.customers
        mine = row.policy_serves if isinstance(row.policy_serves, str) else row.serve
        served = against[against["a"] == mine]
        chief = against.loc[against["difference"].idxmax()] if served.empty else served.iloc[0]
        assert (row.difference, row.ci_low, row.ci_high) == (chief.difference, chief.ci_low, chief.ci_high)


def test_the_policy_file_serves_what_the_earlier_verdicts_say(run: Path) -> None:
    policy = YAML(typ="safe").load((run / "policy.yaml").read_text())
    verdicts = table(run, "verdicts")
    assert (policy["decided_by"], policy["baseline"], policy["margin"]) == (
        "ndcg@10",
        "segment-bestsellers",
        0.05,
    )
    assert [str(day) for day in policy["chosen_on"]] == ["2024-04-04"]
    assert str(policy["judged_on"]) == "2024-05-02"
    assert set(policy["targets"]) == {"any", "new"}
    assert (verdicts["policy_serves"].notna() == (verdicts["scope"] == "earlier")).all()
    for target, told in policy["targets"].items():
        rows = verdicts[(verdicts["scope"] == "earlier") & (verdicts["target"] == target)].set_index(
            "segment"
        )
        assert told["best_single"] == rows.loc[ALL, "policy_serves"] == rows.loc[ALL, "serve"]
        assert list(told["segments"]) == [name for name in rows.index if name != ALL]
        for name, own in told["segments"].items():
            row = rows.loc[name]
            assert own["serve"] == row["policy_serves"]
            assert own["customers"] == row["customers"]
            assert own["why"].startswith(row["verdict"])
            assert own["serve"] in (row["serve"], told["best_single"])


def test_the_policys_result_is_what_the_stored_scores_say(
    run: Path, scores: dict[tuple[int, str, str], pd.DataFrame]
) -> None:
    policy = YAML(typ="safe").load((run / "policy.yaml").read_text())["targets"]
    found = table(run, "policy_result")
    assert list(found) == RESULT
    assert set(found["target"]) == {"any", "new"}
    for row in found.itertuples():
        told = policy[row.target]
        serve = {name: own["serve"] for name, own in told["segments"].items()}
        assert row.single == told["best_single"]
        parts = list(serve) if row.segment == ALL else [row.segment]
        parts = [part for part in parts if row.segment == NO_HISTORY or part != NO_HISTORY]
        mine, alone, wise = [], [], []
        for part in parts:
            own = pooled(scores, "0", row.target, serve[part], part)
            mine += own.tolist()
            alone += pooled(scores, "0", row.target, row.single, part).reindex(own.index).tolist()
            every = [pooled(scores, "0", t, name, part) for w, t, name in scores if (w, t) == (0, row.target)]
            wise += max((held for held in every if len(held)), key=lambda held: held.mean()).tolist()
        assert row.customers == len(mine)
        assert row.policy == pytest.approx(np.mean(mine))
        assert row.best_single == pytest.approx(np.mean(alone), nan_ok=True)
        assert row.hindsight == pytest.approx(np.mean(wise))
        assert not row.ci_low > row.policy - row.best_single + 1e-9
        assert not row.ci_high < row.policy - row.best_single - 1e-9


def test_every_mean_of_the_leaderboard_lies_in_its_interval(run: Path) -> None:
    board = pd.read_csv(run / "leaderboard.csv")
    listed = {"coverage", "gini", "novelty", "diversity", "price_ratio"}
    means = board[~board["metric"].isin(listed) & (board["customers"] > 0) & board["value"].notna()]
    assert len(means) > 1000
    assert means[["ci_low", "ci_high"]].notna().all(axis=None)
    assert (means["ci_low"] <= means["value"] + 1e-9).all()
    assert (means["value"] <= means["ci_high"] + 1e-9).all()
    assert board[board["metric"] == "coverage"][["ci_low", "ci_high"]].isna().all(axis=None)
    one = means[(means["customers"] == 1)]
    np.testing.assert_allclose(one["ci_low"], one["ci_high"])


def test_an_interval_of_the_leaderboard_is_what_scipy_gives(
    run: Path, scores: dict[tuple[int, str, str], pd.DataFrame]
) -> None:
    board = pd.read_csv(run / "leaderboard.csv").set_index(
        ["window", "target", "segment", "recommender", "metric", "k"]
    )
    for target, name in itertools.product(("any", "new"), ("als", "popular")):
        own = pooled(scores, "1", target, name, ALL).to_numpy()
        row = board.loc[(1, target, ALL, name, "ndcg", 10)]
        theirs = stats.bootstrap((own,), np.mean, n_resamples=5000, method="percentile", rng=2)
        close = 0.25 * own.std() / np.sqrt(len(own))
        assert row["ci_low"] == pytest.approx(theirs.confidence_interval.low, abs=close)
        assert row["ci_high"] == pytest.approx(theirs.confidence_interval.high, abs=close)


# A shop whose truth is known

BEST = {"replenisher": "own", "trend": "recent", "taste": "co-purchase", "family": "content"}
KINDS: dict[str, dict[str, Any]] = {
    "popular": {"kind": "popularity"},
    "own": {"kind": "repurchase"},
    "recent": {"kind": "popularity", "window_days": 28},
    "co-purchase": {"kind": "item-knn"},
    "content": {"kind": "content"},
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Decision:
    """The decision in a simulated shop whose segments are its true types of customers."""
    settings = Settings(customers=3000, products=1200, days=366)
    log, world = log_frame(settings, np.random.default_rng(11))
    folder = tmp_path_factory.mktemp("simulated")
    log.to_parquet(folder / "log.parquet")
    columns = {"customer": "CustomerID", "product": "StockCode", "time": "InvoiceDate"}
    columns |= {"invoice": "InvoiceNo", "quantity": "Quantity", "description": "Description"}
    chosen = Experiment.model_validate(
        {
            "source": {"kind": "parquet", "path": "log.parquet", "columns": columns},
            "clean": {"cancellations": {"mode": "drop", "prefix": "C"}},
            "split": {"kind": "rolling", "holdout_days": 28, "windows": 2},
            "recommenders": KINDS,
            "evaluate": {"k": [10], "baseline": "popular", "decide": {"metric": "ndcg", "k": 10}},
        }
    )
    log = load(chosen.source, chosen.clean, roots=(folder,)).log
    kinds = dict(zip(world.customers.names(), world.customers.kind.tolist(), strict=False))
    frames: dict[str, Shop] = {"any": {}, "new": {}}
    for window in chosen.split.plan(log):
        fold = chosen.split.fold(log, window)
        names = fold.known.history.customers.names
        true = Segmentation(TYPE_NAMES, np.array([kinds[name] for name in names], np.int16), pd.DataFrame())
        fold = Fold(fold.known.with_segments(true), fold.future, fold.window)
        contest = Contest(chosen, fold, partial(generator, 7, window.number))
        for name in KINDS:
            for target, scores in contest.run(name).scores.items():
                if str(target) in frames:
                    frames[str(target)][window.number, name] = scores
    panels = {target: Panel.of(held, "ndcg@10") for target, held in frames.items()}
    return decide(chosen, panels, {0: "late", 1: "early"})


def test_each_type_of_customer_is_served_by_the_recommender_that_is_best_for_it(simulated: Decision) -> None:
    found = served(simulated)
    assert {kind: found[kind] for kind in BEST} == BEST
    assert found[NO_HISTORY] == "recent"
    new = served(simulated, "new")
    assert {kind: new[kind] for kind in BEST if kind != "replenisher"} == {
        kind: best for kind, best in BEST.items() if kind != "replenisher"
    }


def test_serving_types_apart_beats_the_best_single_recommender(simulated: Decision) -> None:
    for row in simulated.result:
        if row["segment"] == ALL:
            assert row["ci_low"] > 0.02
            assert 0 <= row["optimism"] < 0.01

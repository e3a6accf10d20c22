"""Figures beyond accuracy in a whole run on the little shop, beside plain pandas."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from tests.engine import shop

AT = {"window": 0, "target": "any", "segment": "all", "recommender": "popular", "k": 10}


@pytest.fixture(scope="module")
def board(run: Path) -> pd.DataFrame:
    return pd.read_csv(run / "leaderboard.csv")


def row(table: pd.DataFrame, **at: object) -> pd.Series:
    rows = table
    for column, wanted in (AT | at).items():
        rows = rows[rows[column] == wanted]
    assert len(rows) == 1, rows
    return rows.iloc[0]


@pytest.fixture(scope="module")
def known() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The shop's lines before and after the latest cutoff, cleaned."""
    log = shop.lines().drop_duplicates()
    end = log["when"].max().normalize() + pd.Timedelta(days=1)
    log["when"] = log.groupby("receipt")["when"].transform("min")
    log["paid"] = log["units"] * log["each"]
    cutoff = end - pd.Timedelta(days=28)
    return log[log["when"] < cutoff], log[log["when"] >= cutoff]


class Served(NamedTuple):
    """One customer judged on `any`, and the ten products most popular before the cutoff."""

    who: str
    truth: set[str]
    before: set[str]
    top: list[str]


@pytest.fixture(scope="module")
def served(known: tuple[pd.DataFrame, pd.DataFrame]) -> list[Served]:
    past, future = known
    buyers = past.groupby("what")["who"].nunique()
    best = sorted(buyers.index, key=lambda p: (-buyers[p], p))[:10]
    found = []
    for who, bought in future.groupby("who")["what"]:
        before, truth = set(past[past["who"] == who]["what"]), set(bought) & set(buyers.index)
        if before and truth:
            found.append(Served(str(who), truth, before, best))
    return found


def test_either_half_of_a_list_agrees_with_a_loop(board: pd.DataFrame, served: list[Served]) -> None:
    again = [len(t & b & set(top)) / len(t & b) for _, t, b, top in served if t & b]
    fresh = [len((t - b) & set(top)) / len(t - b) for _, t, b, top in served if t - b]
    share = [len(b & set(top)) / len(top) for _, _, b, top in served]
    for metric, want in (("recall_repeat", again), ("recall_explore", fresh), ("repeat_share", share)):
        found = row(board, metric=metric)
        assert found["value"] == pytest.approx(np.mean(want), abs=1e-7)
        assert found["customers"] == len(want)
        assert found["ci_low"] < found["value"] < found["ci_high"]


def test_lists_of_new_products_have_no_halves(board: pd.DataFrame) -> None:
    halves = board[board["metric"].isin(["recall_repeat", "recall_explore", "repeat_share"])]
    assert set(halves["target"]) == {"any"}


def test_repurchase_finds_what_was_bought_before_and_nothing_else(board: pd.DataFrame) -> None:
    at = {"recommender": "repurchase", "k": 5}  # few have bought fewer products than that
    assert row(board, metric="repeat_share", **at)["value"] > 0.95
    assert row(board, metric="recall_explore", **at)["value"] < 0.05


def test_what_was_bought_later_agrees_with_pandas(
    run: Path, known: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    past, future = known
    table = pd.read_csv(run / "bought_later.csv").query("window == 0").set_index("segment")
    future = future[future["who"].isin(past["who"])]
    pairs = future.groupby(["who", "what"])["paid"].sum()
    sold = pairs.index.get_level_values("what").isin(past["what"])
    before = pairs.index.isin(pd.MultiIndex.from_frame(past[["who", "what"]]))
    found = table.loc["all"]
    assert found["customers"] == future["who"].nunique()
    assert found["pairs"] == len(pairs)
    assert found["pairs_in_catalogue"] == sold.sum() < len(pairs)
    assert found["pairs_before"] == before.sum()
    assert found["spend"] == pytest.approx(pairs.sum(), abs=0.01)
    assert found["spend_in_catalogue"] == pytest.approx(pairs[sold].sum(), abs=0.01)
    assert found["spend_before"] == pytest.approx(pairs[before].sum(), abs=0.01)
    parts = table.drop(["all", "(no history)"], errors="ignore")
    assert parts["pairs"].sum() == found["pairs"]
    assert parts["pairs_before"].sum() == found["pairs_before"]


def test_what_lists_are_like_agrees_with_pandas(
    board: pd.DataFrame, known: tuple[pd.DataFrame, pd.DataFrame], served: list[Served]
) -> None:
    past, _ = known
    share = past.groupby("what")["who"].nunique() / past["who"].nunique()
    price = past.groupby("what")["each"].last()
    paid = past.groupby("who")[["paid", "units"]].sum()
    own_price = paid["paid"] / paid["units"]
    top = served[0].top
    shown = sum(share[p] for p in top) / len(top)
    wants = {
        "novelty": [-sum(np.log2(share[p]) for p in top) / len(top)] * len(served),
        "popularity_lift": [shown / np.mean([share[p] for p in one.before]) for one in served],
        "price_ratio": [np.mean([price[p] for p in top]) / own_price[one.who] for one in served],
    }
    for metric, want in wants.items():
        found = row(board, metric=metric)
        assert found["value"] == pytest.approx(np.mean(want), rel=1e-6), metric
        assert found["customers"] == len(want)


def test_the_same_list_for_everybody_is_as_unequal_as_it_gets(run: Path, board: pd.DataFrame) -> None:
    """Ten products hold everything, n - 10 nothing: 1 - 10 / n."""
    products = board.query("window == 0 and metric == 'coverage' and recommender == 'popular' and k == 10")
    assert len(products)
    n = 10 / row(board, metric="coverage")["value"]
    assert row(board, metric="gini")["value"] == pytest.approx(1 - 10 / n)
    assert row(board, metric="gini", recommender="als")["value"] < 1 - 10 / n


def test_descriptions_of_another_family_are_more_diverse(board: pd.DataFrame) -> None:
    """Products of a family share a word: lists by description are the least diverse."""
    found = {name: row(board, metric="diversity", recommender=name)["value"] for name in ("content", "als")}
    assert 0 < found["content"] < found["als"] < 1


def test_overlap_is_one_number_for_each_pair(run: Path) -> None:
    table = pd.read_csv(run / "overlap.csv")
    names = list(read_config(run / "config.yaml").recommenders)
    pairs = list(combinations(names, 2))
    for (window, target), part in table.groupby(["window", "target"]):
        assert list(zip(part["a"], part["b"], strict=True)) == pairs, (window, target)
    assert table["jaccard"].between(0, 1).all()
    fresh, old = (
        table.query(f"window == 0 and target == '{target}'").set_index(["a", "b"])["jaccard"]
        for target in ("new", "any")
    )
    assert fresh["als", "safe"] == 1.0  # its first part always has something to say
    assert fresh["popular", "repurchase"] == 1.0  # what is new to them is filled by popularity
    assert old["popular", "repurchase"] < 1.0
    assert not (run / "lists").exists()


def test_every_product_its_own_category_is_precision_and_recall(config: Path, tmp_path: Path) -> None:
    overrides = ["source.columns.category=label", "split.windows=1", "segments=null"]
    overrides.append("recommenders={popular: {kind: popularity}, item-cf: {kind: item-knn}}")
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    table = pd.read_csv(done / "leaderboard.csv")
    for name in ("popular", "item-cf"):
        for metric in ("precision", "recall"):
            plain = row(table, metric=metric, recommender=name)["value"]
            assert row(table, metric=f"category_{metric}", recommender=name)["value"] == plain > 0


def test_a_bare_log_has_only_what_it_can_tell(config: Path, tmp_path: Path) -> None:
    overrides = ["source.columns.price=null", "source.columns.description=null", "split.windows=1"]
    overrides.append("recommenders={popular: {kind: popularity}}")
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    told = set(pd.read_csv(done / "leaderboard.csv")["metric"])
    assert {"novelty", "popularity_lift", "repeat_share", "gini"} <= told
    assert not told & {"price_ratio", "diversity", "category_recall", "captured_spend"}
    assert pd.read_csv(done / "bought_later.csv")["spend"].isna().all()


def test_money_of_the_most_popular_agrees_with_pandas(
    run: Path, board: pd.DataFrame, known: tuple[pd.DataFrame, pd.DataFrame], served: list[Served]
) -> None:
    past, future = known
    price = past.groupby("what")["each"].last()
    units = future.groupby(["who", "what"])["units"].sum()
    hits = [set(one.top) & one.truth for one in served]
    worth = [
        sum(units[one.who, p] * price[p] for p in found) for one, found in zip(served, hits, strict=True)
    ]
    assert row(board, metric="revenue")["value"] == pytest.approx(np.mean(worth), rel=1e-6)
    baskets = [value for value, found in zip(worth, hits, strict=True) if found]
    assert row(board, metric="basket_value")["value"] == pytest.approx(np.mean(baskets), rel=1e-6)
    assert row(board, metric="basket_value")["customers"] == len(baskets)
    everyone = past["who"].nunique()
    sent = row(board, metric="revenue_per_1000")
    assert sent["value"] == pytest.approx(1000 * sum(worth) / everyone, rel=1e-6)
    assert sent["customers"] == everyone
    assert sent["ci_low"] < sent["value"] < sent["ci_high"]
    profile = pd.read_csv(run / "segment_profile.csv").query("window == 0").set_index("segment")["customers"]
    parts = board[(board["metric"] == "revenue_per_1000") & (board["segment"] != "all")]
    parts = parts.query("window == 0 and target == 'any' and recommender == 'popular' and k == 10")
    assert dict(zip(parts["segment"], parts["customers"], strict=True)) == profile.to_dict()
    assert (parts["value"] * parts["customers"]).sum() / everyone == pytest.approx(sent["value"], rel=1e-6)


def test_margin_is_told_where_costs_are(config: Path, tmp_path: Path) -> None:
    """A cost of the price itself leaves nothing."""
    overrides = ["source.columns.cost=each", "split.windows=1", "segments=null"]
    overrides.append("recommenders={popular: {kind: popularity}}")
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    table = pd.read_csv(done / "leaderboard.csv")
    assert row(table, metric="margin")["value"] == row(table, metric="margin_per_1000")["value"] == 0.0
    assert row(table, metric="revenue")["value"] > 0


def test_nobody_is_above_the_ceiling(run: Path, board: pd.DataFrame) -> None:
    keys = ["window", "target", "segment", "metric", "k"]
    best = pd.read_csv(run / "ceilings.csv").query("of == 'everything'")
    both = board.merge(best, on=keys, suffixes=("", "_best"))
    assert set(both["metric"]) >= {"precision", "recall", "map", "ndcg", "hit", "captured_spend", "revenue"}
    assert set(both["target"]) == {"any", "new"}
    assert (both["value"] <= both["value_best"] + 1e-6).all()
    assert (both["customers"] == both["customers_best"]).all()


def test_a_perfect_reminder_is_as_good_as_repeats_allow(run: Path, served: list[Served]) -> None:
    best = pd.read_csv(run / "ceilings.csv").query("window == 0 and segment == 'all' and k == 10")
    reminder = best[best["of"] == "bought before"].set_index(["target", "metric"])["value"]
    want = [min(10, len(one.truth & one.before)) / len(one.truth) for one in served]
    assert reminder["any", "recall"] == pytest.approx(np.mean(want))
    assert "new" not in reminder.index.get_level_values("target")


def test_candidate_rules_lower_the_ceiling(config: Path, tmp_path: Path, run: Path) -> None:
    overrides = ["candidates.blocked=['0101', '0102']", "split.windows=1"]
    overrides.append("recommenders={popular: {kind: popularity}}")
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "out")
    at = "window == 0 and target == 'any' and segment == 'all' and k == 10 and of == 'everything'"
    ruled, free = (
        pd.read_csv(folder / "ceilings.csv").query(at).set_index("metric")["value"] for folder in (done, run)
    )
    assert ruled["recall"] < free["recall"]
    assert ruled["ndcg"] < 1.0 == free["ndcg"]

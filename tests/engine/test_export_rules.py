"""An export under rules: what the lists hold then, who is left out, what it costs in accuracy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import Target
from recsys.core.topk import TopK
from recsys.engine.export import export
from recsys.export.checks import check_capacity, check_everyone, check_lists
from recsys.recommend.kernels import Ranked, Rules
from recsys.recommend.popularity import FittedPopularity
from tests.engine import shop
from tests.engine.test_export import read, told


def lists_of(folder: Path) -> pd.DataFrame:
    """The lists alone, without the files beside them."""
    files = [folder / file["file"] for file in manifest(folder)["files"]]
    return pd.concat([pd.read_csv(path, dtype={"customer": str, "product": str}) for path in files])


def manifest(folder: Path) -> dict[str, Any]:
    return told(folder)


def test_a_list_holds_the_best_of_each_family(run: Path, tmp_path: Path) -> None:
    """The long way: walk down a list of all products, and leave out a second one of a family."""
    whole = read(export(run, recommender="als", target=Target.ANY, k=40, out=tmp_path / "all"))
    rules = ["export.max_per_family=1", "export.measure_rules=false"]
    folder = export(run, recommender="als", target=Target.ANY, k=6, out=tmp_path / "e", overrides=rules)
    found = lists_of(folder).sort_values(["customer", "rank"]).groupby("customer")["product"].agg(list)
    for customer, own in whole.sort_values(["customer", "rank"]).groupby("customer"):
        family = own["description"].str.split().str[-1]
        wanted = own[~family.duplicated()]["product"].tolist()[:6]
        assert found[customer] == wanted
    assert manifest(folder)["rules"]["max_per_family"] == 1


def test_dearer_lists_cost_accuracy_and_both_are_measured(run: Path, tmp_path: Path) -> None:
    cheap = export(run, recommender="als", out=tmp_path / "c")
    folder = export(run, recommender="als", out=tmp_path / "e", overrides=["export.price_weight=0.5"])
    means = [lists_of(at)["price"].mean() for at in (cheap, folder)]
    assert means[1] > 1.2 * means[0]
    cost = pd.read_csv(folder / "rules_cost.csv")
    assert list(cost) == ["window", "lists", "metric", "k", "value", "customers"]
    board = pd.read_csv(run / "leaderboard.csv")
    at = (board["target"] == "new") & (board["segment"] == "all") & (board["recommender"] == "als")
    judged = board[at & (board["k"] == 10)].set_index(["window", "metric"])["value"]
    own = cost[cost["lists"] == "as judged"].set_index(["window", "metric"])["value"]
    shared = own.index.intersection(judged.index)
    assert {"ndcg", "map", "recall", "revenue", "price_ratio"} <= set(shared.get_level_values("metric"))
    np.testing.assert_allclose(own[shared], judged[shared], rtol=1e-5)
    said = manifest(folder)["rules_cost"]
    assert said["with the rules"]["list_price"] > 1.2 * said["as judged"]["list_price"]
    assert said["with the rules"]["ndcg@10"] < said["as judged"]["ndcg@10"]
    mean = own.xs("ndcg", level="metric").mean()
    assert said["as judged"]["ndcg@10"] == pytest.approx(mean, abs=1e-6)


def test_the_price_is_told_apart_from_the_other_rules(run: Path, tmp_path: Path) -> None:
    rules = ["export.price_weight=0.3", "candidates.max_price=10", "export.max_per_family=2"]
    folder = export(run, recommender="item-cf", out=tmp_path / "e", overrides=rules)
    said = manifest(folder)
    assert list(said["rules_cost"]) == ["as judged", "with the rules, price_weight 0", "with the rules"]
    assert said["candidates_as_judged"] is False
    assert lists_of(folder)["price"].max() <= 10


def test_without_rules_nothing_is_measured(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="popular", out=tmp_path / "e")
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv", ".csv", ".csv", ".json"]
    assert "rules_cost" not in manifest(folder)


@pytest.mark.parametrize("name", ["popular", "item-cf"])
def test_a_product_has_room_in_so_many_lists(run: Path, tmp_path: Path, name: str) -> None:
    """80 lists of 5 among 40 products with room for 10 each: all of it is needed."""
    rules = ["export.max_lists=10", "export.measure_rules=false"]
    folder = export(run, recommender=name, target=Target.ANY, k=5, out=tmp_path / "e", overrides=rules)
    found = lists_of(folder)
    assert found["product"].value_counts().max() == 10
    assert not found.duplicated(["customer", "product"]).any()
    assert len(found) >= 390
    other = export(
        run, recommender=name, target=Target.ANY, k=5, kind="parquet", out=tmp_path / "p", overrides=rules
    )
    again = pd.concat([pd.read_parquet(path) for path in other.glob("*.parquet")])
    keys = ["customer", "rank", "product"]
    one, two = (lists.sort_values(keys)[keys].to_numpy().tolist() for lists in (found, again))
    assert one == two


class Steps:
    """A Progress that counts."""

    def __init__(self) -> None:
        self.total = self.ended = 0
        self.said: list[str] = []

    def stage(self, text: str) -> None:
        self.said.append(text)

    def steps(self, total: int) -> None:
        self.total, self.ended = total, 0

    def step(self, text: str) -> None:
        self.said.append(text)

    def done(self) -> None:
        self.ended += 1


@pytest.mark.parametrize(("rules", "times"), [((), 1), (("export.max_lists=10",), 2)])
def test_progress_counts_ranking_for_everybody_too(
    run: Path, tmp_path: Path, rules: tuple[str, ...], times: int
) -> None:
    """A block for each segment to write; with max_lists as many are ranked before that."""
    seen = Steps()
    rules = (*rules, "export.measure_rules=false")
    folder = export(run, recommender="popular", out=tmp_path / "e", overrides=rules, progress=seen)
    segments = [file["segment"] for file in manifest(folder)["files"]]
    assert seen.ended == seen.total == times * len(segments)
    assert seen.said[-len(segments) :] == [f"writing {name}" for name in segments]
    assert any(text.startswith("ranking for everybody") for text in seen.said) == (times == 2)


def test_room_and_families_together(run: Path, tmp_path: Path) -> None:
    rules = ["export.max_lists=12", "export.max_per_family=1"]
    folder = export(run, recommender="als", target=Target.ANY, k=5, out=tmp_path / "e", overrides=rules)
    found = lists_of(folder)
    assert found["product"].value_counts().max() <= 12
    family = found["description"].str.split().str[-1]
    assert not pd.DataFrame({"who": found["customer"], "family": family}).duplicated().any()
    said = manifest(folder)["rules_cost"]
    assert set(said) == {"as judged", "with the rules"}


def test_who_finds_no_room_is_listed_with_the_reason(run: Path, tmp_path: Path) -> None:
    """40 products with room for one list each serve at most 40 of 80 customers."""
    rules = ["export.max_lists=1", "export.measure_rules=false"]
    folder = export(run, recommender="popular", target=Target.ANY, k=2, out=tmp_path / "e", overrides=rules)
    found, left = lists_of(folder), pd.read_csv(folder / "not_served.csv", dtype=str)
    assert len(found) == 40
    assert found["product"].is_unique
    assert list(left) == ["customer", "segment", "reason"]
    assert set(left["reason"]) == {"nothing left after the rules"}
    assert sorted([*found["customer"].unique(), *left["customer"]]) == sorted(shop.lines()["who"].unique())
    assert manifest(folder)["not_served"]["reasons"]["nothing left after the rules"] == len(left)
    assert sum(file["without_list"] for file in manifest(folder)["files"]) == len(left)


def test_blocked_customers_get_no_list_and_are_not_drawn(run: Path, tmp_path: Path) -> None:
    rules = ["export.blocked_customers=['customer-1', 'customer-2', 'nobody']"]
    folder = export(run, recommender="als", out=tmp_path / "e", control_share=0.25, overrides=rules)
    left = pd.read_csv(folder / "not_served.csv", dtype=str).set_index("customer")["reason"]
    assert set(left[left == "blocked"].index) == {"customer-1", "customer-2"}
    assert not set(left.index) & set(lists_of(folder)["customer"])
    kept = pd.read_csv(folder / "control.csv", dtype=str)["customer"]
    assert set(kept) == set(left[left == "control group"].index)
    said = manifest(folder)
    assert said["rules"]["blocked_customers"] == {"asked": 3, "in_log": 2}
    assert len(left) + lists_of(folder)["customer"].nunique() == 80


def test_a_file_may_name_the_blocked_too(run: Path, tmp_path: Path) -> None:
    """As a spreadsheet saves it: with a mark of its encoding, spaces and lines of nothing."""
    path = tmp_path / "optout.txt"
    path.write_bytes("\ufeffcustomer-5\r\n  customer-6 \r\n\r\n".encode())
    rules = ["export.blocked_customers=['customer-1']"]
    folder = export(run, recommender="popular", out=tmp_path / "e", blocked=path, overrides=rules)
    left = pd.read_csv(folder / "not_served.csv", dtype=str)
    assert sorted(left["customer"]) == ["customer-1", "customer-5", "customer-6"]
    assert "customer-5" not in (folder / "manifest.json").read_text()
    for wrong in (tmp_path / "absent.txt", tmp_path):
        with pytest.raises(RunError, match="expected a text file"):
            export(run, recommender="popular", out=tmp_path / "x", blocked=wrong)


@pytest.mark.parametrize(
    "override", ["seed=3", "recommenders.als.factors=2", "split.windows=1", "exports.k=2"]
)
def test_what_was_judged_is_not_changed_by_an_export(run: Path, tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError, match="expected a field of export or candidates"):
        export(run, recommender="als", out=tmp_path / "e", overrides=[override])


def test_a_misspelt_rule_names_the_nearest(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="price_weight"):
        export(run, recommender="als", out=tmp_path / "e", overrides=["export.price_weigt=0.2"])


@pytest.mark.parametrize(
    ("column", "rule", "expected"),
    [
        ("price: each", "export.price_weight=0.2", "the log has no prices"),
        ("description: label", "export.max_per_family=1", "no descriptions to read families off"),
    ],
)
def test_a_rule_without_its_column_is_refused(
    run: Path, tmp_path: Path, column: str, rule: str, expected: str
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    path = folder / "config.yaml"
    name = column.split(":")[0]
    lines = [line for line in path.read_text().splitlines() if not line.strip().startswith(f"{column}")]
    path.write_text("\n".join(lines) + "\n")
    assert f"{name}: {column.split(': ')[1]}" not in path.read_text()
    with pytest.raises(ConfigError, match=expected):
        export(folder, recommender="popular", out=tmp_path / "e", overrides=[rule])
    assert not (tmp_path / "e").exists()


def lists(*products: list[int]) -> TopK:
    table = np.array(products, dtype=np.int32)
    return TopK(np.arange(len(table), dtype=np.int32), table, np.ones(table.shape, dtype=np.float32))


NAMES = np.array(["a", "b", "c"], dtype=object)


def test_checks_refuse_what_must_not_be_sent() -> None:
    from scipy import sparse

    check_lists(lists([0, 1], [2, -1], [-1, -1]), NAMES, allowed=np.array([True, True, True]))
    with pytest.raises(RunError, match="1 of 2 lists hold a product twice"):
        check_lists(lists([0, 1], [2, 2]), NAMES)
    with pytest.raises(RunError, match="product 'b'"):
        check_lists(lists([0, 1]), NAMES, allowed=np.array([True, False, True]))
    before = sparse.csr_matrix(np.array([[0, 0, 1], [1, 0, 0]]))
    check_lists(lists([0, 1], [1, 2]), NAMES, bought=before)
    with pytest.raises(RunError, match="1 of 2 lists hold a product bought before"):
        check_lists(lists([0, 1], [1, 0]), NAMES, bought=before)
    with pytest.raises(RunError, match="product 'c' stands in 3 lists: expected at most 2"):
        check_capacity(np.array([1, 2, 3]), 2, NAMES)


def test_checks_account_for_everyone() -> None:
    nobody = np.zeros(3, dtype=bool)
    codes = np.arange(3, dtype=np.int32)
    check_everyone(codes[:2], codes[2:], 3, nobody)
    with pytest.raises(RunError, match="0 customers are in the files twice and 1 in none"):
        check_everyone(codes[:2], codes[:0], 3, nobody)
    with pytest.raises(RunError, match="1 customers are in the files twice and 0 in none"):
        check_everyone(codes, codes[2:], 3, nobody)
    with pytest.raises(RunError, match="2 blocked customers have a list"):
        check_everyone(codes[:2], codes[2:], 3, np.array([True, True, False]))


def test_a_recommender_that_breaks_the_rules_sends_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = FittedPopularity.rank

    def stutters(self: FittedPopularity, customers: Any, rules: Rules) -> Ranked:
        products, scores = good(self, customers, rules)
        products[-1, 1] = products[-1, 0]
        return products, scores

    monkeypatch.setattr(FittedPopularity, "rank", stutters)
    with pytest.raises(RunError, match="hold a product twice: expected each product once; nothing was"):
        export(run, recommender="popular", k=5, out=tmp_path / "e")
    assert not list(tmp_path.iterdir())


def test_the_files_are_those_of_the_manifest(run: Path, tmp_path: Path) -> None:
    rules = ["export.max_per_family=2", "export.blocked_customers=['customer-1']"]
    folder = export(run, recommender="als", out=tmp_path / "e", control_share=0.1, overrides=rules)
    said = json.loads((folder / "manifest.json").read_text())
    named = [file["file"] for file in said["files"]] + [said["control"]["file"], said["not_served"]["file"]]
    assert sorted([*named, "manifest.json", "rules_cost.csv"]) == sorted(p.name for p in folder.iterdir())

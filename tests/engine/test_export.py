"""Lists for everyone, fitted on the whole log, by name and without codes."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from ruamel.yaml import YAML

from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import Target
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.export import export
from tests.engine import shop

COLUMNS = ("customer", "rank", "product", "description", "price", "score", "reason")
ORIGIN = ("model", "policy", "run_id")


def read(folder: Path) -> pd.DataFrame:
    files = [pd.read_csv(path, dtype={"customer": str, "product": str}) for path in folder.glob("*.csv")]
    return pd.concat(files)


def told(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return found


def test_everyone_gets_a_full_list_of_new_products(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="als", k=5, out=tmp_path / "e")
    lists, log = read(folder), shop.lines()
    assert list(lists) == [
        *("customer", "rank", "product", "description", "price", "score", "reason"),
        *ORIGIN,
    ]
    assert set(lists["customer"]) == set(log["who"])
    assert (lists.groupby("customer")["rank"].agg(list).map(lambda r: r == [1, 2, 3, 4, 5])).all()
    assert not lists.duplicated(["customer", "product"]).any()
    bought = set(zip(log["who"], log["what"], strict=True))
    assert not bought & set(zip(lists["customer"], lists["product"], strict=True))
    labels = dict(zip(log["what"], log["label"], strict=True))
    assert (lists["product"].map(labels) == lists["description"]).all()


def test_the_fit_takes_in_the_whole_log(run: Path, tmp_path: Path) -> None:
    """Product 0139 is first sold after the last cutoff, and it is in the lists all the same."""
    folder = export(run, recommender="popular", k=40, out=tmp_path / "e")
    assert "0139" in set(read(folder)["product"])
    assert told(folder)["fitted_until"] == "2024-05-30"


def test_one_file_per_segment_and_the_manifest_tells_all(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="item-cf", out=tmp_path / "e")
    manifest = told(folder)
    files = manifest["files"]
    assert isinstance(files, list)
    assert len(files) == 3
    assert manifest["recommender"]["name"] == "item-cf"  # type: ignore[index]
    assert manifest["same_input_as_run"] is True
    for file in files:
        path = folder / file["file"]
        assert sha256(path.read_bytes()).hexdigest() == file["sha256"]
        table = pd.read_csv(path)
        assert len(table) == file["rows"]
        assert table["customer"].nunique() == file["customers"]


def test_parquet_holds_the_same_as_csv(run: Path, tmp_path: Path) -> None:
    one = export(run, recommender="content", out=tmp_path / "c")
    two = export(run, recommender="content", kind="parquet", out=tmp_path / "p")
    stored = pd.concat([pd.read_parquet(path) for path in two.glob("*.parquet")])
    keys = ["customer", "rank", "product"]
    left = read(one)[keys].sort_values(keys).to_numpy().tolist()
    assert left == stored[keys].sort_values(keys).to_numpy().tolist()


def test_json_lines_hold_the_same_as_parquet(run: Path, tmp_path: Path) -> None:
    one = export(run, recommender="als", kind="jsonl", out=tmp_path / "j")
    two = export(run, recommender="als", kind="parquet", out=tmp_path / "p")
    for path in two.glob("*.parquet"):
        said = [json.loads(line) for line in (one / f"{path.stem}.jsonl").read_text().splitlines()]
        stored = pd.read_parquet(path)
        assert [row["customer"] for row in said] == stored["customer"].tolist()
        assert [row["price"] for row in said] == stored["price"].tolist()


def test_a_row_says_its_price_and_where_it_comes_from(run: Path, tmp_path: Path) -> None:
    log = shop.lines()
    last = log.drop_duplicates("what", keep="last").set_index("what")["each"]
    lists = read(export(run, recommender="als", out=tmp_path / "e"))
    assert (lists["product"].map(last) == lists["price"]).all()
    run_id = json.loads((run / "manifest.json").read_text())["run_id"]
    assert lists[list(ORIGIN)].astype(object).fillna("").drop_duplicates().to_numpy().tolist() == [
        ["als", "", run_id]
    ]
    served = read(export(run, policy=True, target=Target.ANY, out=tmp_path / "p"))
    assert set(served["policy"]) == {"policy any"}
    files = told(tmp_path / "p")["files"]
    assert set(served["model"]) == {file["recommender"] for file in files}  # type: ignore[attr-defined]


def test_the_best_one_is_exported_unless_named(run: Path, tmp_path: Path) -> None:
    board = pd.read_csv(run / "leaderboard.csv")
    at = (board["target"] == "new") & (board["segment"] == "all")
    at &= (board["metric"] == "ndcg") & (board["k"] == 10)
    best = board[at].groupby("recommender")["value"].mean().idxmax()
    folder = export(run, out=tmp_path / "e")
    assert told(folder)["recommender"]["name"] == best  # type: ignore[index]


def test_exporting_again_replaces_an_export_but_nothing_else(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="popular", out=tmp_path / "e")
    assert export(run, recommender="als", out=folder) == folder
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(RunError, match="holds other files"):
        export(run, recommender="als", out=tmp_path / "mine")
    assert not list(tmp_path.glob("*.partial"))


def test_customers_can_be_hashed_as_in_the_run(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="popular", out=tmp_path / "e", customers="hash")
    latest = pd.read_csv(run / "segments.csv")
    assert set(latest["customer"]) <= set(read(folder)["customer"])


def test_blocked_products_are_never_exported(config: Path, tmp_path: Path) -> None:
    overrides = ["candidates.blocked=['0101', '0102']", "split.windows=1"]
    done = evaluate(read_config(config, overrides), roots=(config.parent,), out=tmp_path / "run")
    lists = read(export(done, recommender="repurchase", k=60, out=tmp_path / "e"))
    assert not {"0101", "0102"} & set(lists["product"])
    assert len(set(lists["product"])) == 38


def test_an_unknown_recommender_names_the_nearest(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="did you mean 'als'"):
        export(run, recommender="asl", out=tmp_path / "e")


def test_a_target_can_be_asked_for(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="repurchase", target=Target.ANY, k=1, out=tmp_path / "e")
    lists, log = read(folder), shop.lines()
    bought = set(zip(log["who"], log["what"], strict=True))
    assert set(zip(lists["customer"], lists["product"], strict=True)) <= bought
    assert all(file["own_share"] == 1 for file in told(folder)["files"])  # type: ignore[attr-defined]


def test_the_manifest_tells_what_was_filled(run: Path, tmp_path: Path) -> None:
    folder = export(run, recommender="repurchase", out=tmp_path / "e")
    assert all(file["own_share"] == 0 for file in told(folder)["files"])  # type: ignore[attr-defined]


def test_the_log_is_found_from_anywhere(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(run, recommender="popular", out=Path("e")).is_dir()


@pytest.mark.parametrize(
    "text", ["{}", "[]", "null", "garbage", '{"format": 99}', '{"format": 1, "windows": []}']
)
def test_a_garbage_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(RunError, match="run the evaluation again"):
        export(tmp_path)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="expected the folder of a finished run"):
        export(tmp_path)


def test_the_policy_serves_each_segment_what_it_names(run: Path, tmp_path: Path) -> None:
    """Every segment's file is the same as that recommender's own export."""
    policy = YAML(typ="safe").load((run / "policy.yaml").read_text())["targets"]["any"]["segments"]
    folder = export(run, policy=True, target=Target.ANY, k=5, out=tmp_path / "policy")
    files = {file["segment"]: file for file in told(folder)["files"]}  # type: ignore[attr-defined]
    assert {name: file["recommender"] for name, file in files.items()} == {
        name: entry["serve"] for name, entry in policy.items()
    }
    for segment, file in files.items():
        if segment == "(no history)":
            continue
        out = tmp_path / file["file"]
        if not out.exists():
            export(run, recommender=file["recommender"], target=Target.ANY, k=5, out=out)
        one, other = (pd.read_csv(at / file["file"], dtype=str) for at in (out, folder))
        assert one.drop(columns="policy").equals(other.drop(columns="policy"))


def test_people_without_history_get_one_list_of_their_own(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    path = folder / "policy.yaml"
    policy = YAML(typ="safe").load(path.read_text())
    policy["targets"]["any"]["segments"]["(no history)"] = {"serve": "popular"}
    with path.open("w") as file:
        YAML().dump(policy, file)
    out = export(folder, policy=True, target=Target.ANY, k=5, out=tmp_path / "policy")
    lists = pd.read_csv(out / "no-history.csv", dtype=str, keep_default_na=False)
    assert lists["customer"].tolist() == [""] * 5
    assert lists["rank"].tolist() == ["1", "2", "3", "4", "5"]


def test_a_policy_and_a_recommender_are_not_asked_for_together(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="both a policy and the recommender 'als'"):
        export(run, policy=True, recommender="als", out=tmp_path / "e")


@pytest.mark.parametrize("text", ["", "targets: {}", "targets: [1]", "a: ["])
def test_a_run_without_a_policy_says_so(run: Path, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    (folder / "policy.yaml").write_text(text)
    with pytest.raises(RunError, match="has no policy for target 'new'"):
        export(folder, policy=True, target=Target.NEW, out=tmp_path / "e")


def groups(folder: Path) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """(treated, control) customers of each segment, from the files."""
    control = pd.read_csv(folder / "control.csv", dtype=str)
    assert list(control) == ["customer", "segment"]
    files = {file["segment"]: folder / file["file"] for file in told(folder)["files"]}  # type: ignore[attr-defined]
    treated = {
        name: set(pd.read_csv(path, dtype=str)["customer"])
        if path.suffix == ".csv"
        else set(pd.read_parquet(path)["customer"])
        for name, path in files.items()
    }
    return treated, {name: set(rows["customer"]) for name, rows in control.groupby("segment")}


def test_everybody_is_either_treated_or_in_the_control_group(run: Path, tmp_path: Path) -> None:
    whole = export(run, recommender="popular", out=tmp_path / "whole")
    assert not (whole / "control.csv").exists()
    assert "control" not in told(whole)
    folder = export(run, recommender="popular", out=tmp_path / "e", control_share=0.25)
    treated, control = groups(folder)
    files = {file["segment"]: file for file in told(folder)["files"]}  # type: ignore[attr-defined]
    for file in told(whole)["files"]:  # type: ignore[attr-defined]
        name = file["segment"]
        everyone = set(pd.read_csv(whole / file["file"], dtype=str)["customer"])
        assert treated[name] | control[name] == everyone
        assert not treated[name] & control[name]
        assert len(control[name]) == int(0.25 * len(everyone) + 0.5)
        assert files[name]["control"] == len(control[name])
        assert files[name]["customers"] == len(treated[name])
        assert file["control"] == 0
    said = told(folder)["control"]
    assert said["customers"] == sum(map(len, control.values()))  # type: ignore[index]
    assert said["sha256"] == sha256((folder / "control.csv").read_bytes()).hexdigest()  # type: ignore[index]


def test_the_treated_get_the_lists_that_they_would_have_got(run: Path, tmp_path: Path) -> None:
    whole = read(export(run, recommender="als", out=tmp_path / "whole"))
    folder = export(run, recommender="als", out=tmp_path / "e", control_share=0.5)
    treated, _ = groups(folder)
    files = [file["file"] for file in told(folder)["files"]]  # type: ignore[attr-defined]
    some = pd.concat([pd.read_csv(folder / name, dtype={"customer": str, "product": str}) for name in files])
    keys = ["customer", "rank", "product"]
    whole = whole[whole["customer"].isin(set().union(*treated.values()))]
    left, right = (lists[keys].sort_values(keys).to_numpy().tolist() for lists in (some, whole))
    assert left == right


def test_neither_format_nor_threads_nor_recommender_choose_the_control_group(
    run: Path, tmp_path: Path
) -> None:
    one = export(run, recommender="popular", out=tmp_path / "1", control_share=0.2, limit=1)
    two = export(run, recommender="als", kind="parquet", out=tmp_path / "2", control_share=0.2, limit=2)
    assert (one / "control.csv").read_bytes() == (two / "control.csv").read_bytes()
    assert groups(one) == groups(two)


def test_a_hashed_control_group_is_named_as_the_lists_name_it(run: Path, tmp_path: Path) -> None:
    plain = export(run, recommender="popular", out=tmp_path / "p", control_share=0.2)
    hashed = export(run, recommender="popular", out=tmp_path / "h", control_share=0.2, customers="hash")
    text = (hashed / "control.csv").read_text()
    assert "customer-" not in text
    whole = export(run, recommender="popular", out=tmp_path / "w", customers="hash")
    names = [pd.read_csv(folder / "control.csv", dtype=str) for folder in (plain, hashed)]
    assert len(names[0]) == len(names[1])
    assert set(names[1]["customer"]) <= set(read(whole)["customer"])
    treated, control = groups(hashed)
    assert not set().union(*treated.values()) & set().union(*control.values())


def test_the_config_names_the_share_and_the_call_goes_before_it(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("control_share: 0.0", "control_share: 0.1"))
    assert told(export(folder, recommender="popular", out=tmp_path / "a"))["control"]["share"] == 0.1  # type: ignore[index]
    none = export(folder, recommender="popular", out=tmp_path / "b", control_share=0.0)
    assert "control" not in told(none)


def test_lists_of_nothing_are_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="k is 0: expected at least 1"):
        export(run, k=0, out=tmp_path / "e")
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_outside_the_range_is_refused(run: Path, tmp_path: Path, share: float) -> None:
    with pytest.raises(RunError, match="expected at least 0 and less than 1"):
        export(run, recommender="popular", out=tmp_path / "e", control_share=share)
    assert not list(tmp_path.iterdir())


def test_every_row_says_why(run: Path, tmp_path: Path) -> None:
    """Of each customer's own products, of the habit, or of what sells: as the log has it."""
    log = shop.lines()
    held = set(zip(log["who"], log["label"], strict=True))
    lists = read(export(run, recommender="item-cf", out=tmp_path / "knn"))
    like = lists[lists["reason"].str.startswith("bought with ")]
    assert len(like) > 0.8 * len(lists)
    assert set(zip(like["customer"], like["reason"].str.removeprefix("bought with "), strict=True)) <= held
    assert set(lists["reason"][~lists.index.isin(like.index)]) <= {"bestseller"}

    again = read(export(run, recommender="repurchase", target=Target.ANY, k=1, out=tmp_path / "own"))
    log["day"] = log["when"].dt.date.astype(str)
    days = log.drop_duplicates(["who", "what", "day"]).groupby(["who", "what"])["day"]
    count, last = days.size(), days.max()
    for row in again.itertuples():
        key = (row.customer, row.product)
        if row.reason.startswith("bought on"):
            assert (count[key], f"bought on {last[key]}") == (1, row.reason)
        elif not row.reason.startswith("you buy this every"):
            assert row.reason == f"bought {count[key]} times, last on {last[key]}"

    best = read(export(run, recommender="segment-bestsellers", out=tmp_path / "best"))
    names = set(pd.read_csv(run / "segments.csv")["segment"])
    own = best[best["score"].notna()]
    assert {reason.removeprefix("bestseller in ") for reason in own["reason"]} == names
    assert set(best["reason"][best["score"].isna()]) <= {"bestseller"}
    none = export(run, recommender="als", out=tmp_path / "none", overrides=["export.reasons=false"])
    assert read(none)["reason"].isna().all()


def rows_of(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


def test_a_table_takes_the_lists_in_place_of_files(run: Path, tmp_path: Path) -> None:
    files = export(run, recommender="als", out=tmp_path / "files", control_share=0.2)
    where = {"to": f"sqlite:///{tmp_path / 'lists.db'}", "table": "campaign"}
    folder = export(run, recommender="als", out=tmp_path / "e", control_share=0.2, **where)
    assert sorted(path.name for path in folder.iterdir()) == [
        "control.csv",
        "manifest.json",
        "not_served.csv",
    ]
    found = rows_of(tmp_path / "lists.db", "SELECT segment, customer, rank, product, reason FROM campaign")
    wanted = [
        (file["segment"], *row)
        for file in told(files)["files"]  # type: ignore[attr-defined]
        for row in pd.read_csv(files / file["file"], dtype={"product": str})[
            ["customer", "rank", "product", "reason"]
        ].itertuples(index=False)
    ]
    assert sorted(found) == sorted(wanted)  # type: ignore[type-var]
    said = told(folder)
    assert (said["to"], said["table"]) == (where["to"], "campaign")
    assert sum(file["rows"] for file in said["files"]) == len(found)  # type: ignore[attr-defined]


def test_lists_that_fail_a_check_leave_the_table_as_it_was(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"to": f"sqlite:///{tmp_path / 'lists.db'}", "table": "campaign"}
    export(run, recommender="als", k=2, out=tmp_path / "e", **where)
    before = rows_of(tmp_path / "lists.db", "SELECT * FROM campaign")

    def fails(*given: object) -> None:
        raise RunError("not everyone is accounted for")

    monkeypatch.setattr("recsys.engine.sending.check_everyone", fails)
    with pytest.raises(RunError, match="accounted for"):
        export(run, recommender="popular", k=5, out=tmp_path / "new", **where)
    assert rows_of(tmp_path / "lists.db", "SELECT * FROM campaign") == before
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("given", [{"to": "sqlite:///lists.db"}, {"table": "lists"}])
def test_a_database_and_a_table_go_together(run: Path, tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="expected both"):
        export(run, recommender="popular", out=tmp_path / "e", **given)

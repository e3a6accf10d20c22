"""The segment stage alone: what it writes, that its tables agree with a count, and that it is careful."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.core.errors import ConfigError, RunError
from recsys.core.fold import make_fold
from recsys.core.segmentation import Segmentation
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate, segmented
from recsys.engine.outlook import Later, explained, outlook
from recsys.engine.segments import segment
from recsys.engine.spec import Experiment
from recsys.segment import KMeansSegments
from tests.engine import shop
from tests.logs import make_log

NAN = float("nan")


@pytest.fixture(scope="module")
def experiment(config: Path) -> Experiment:
    return read_config(config)


@pytest.fixture(scope="module")
def folder(config: Path, experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("segments") / "little"
    return segment(experiment, roots=(config.parent,), out=out, least=10, limit=1)


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values={"customers": [""]})


def test_the_folder_holds_every_file(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    tables = {"cards", "lifted", "outlook", "movement", "drift", "evidence", "segments"}
    assert names == {f"{name}.csv" for name in tables} | {
        *("fitted", "manifest.json", "pictures", "report.html", "report.md")
    }
    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(manifest["files"]) == {f"{name}.csv" for name in tables}
    assert {path.suffix for path in (folder / "pictures").iterdir()} == {".svg"}


def test_everyone_is_somewhere_and_cards_count_them(folder: Path) -> None:
    where, cards = table(folder, "segments"), table(folder, "cards")
    assert where["customer"].is_unique
    assert len(where) == 80
    counted = where["segment"].value_counts()
    assert cards.set_index("segment")["customers"].astype(int).to_dict() == counted.to_dict()
    assert cards["customer_share"].astype(float).sum() == pytest.approx(1)
    assert cards["orders"].astype(int).sum() == 700


def test_ids_are_hashed_unless_asked(
    folder: Path, config: Path, experiment: Experiment, tmp_path: Path
) -> None:
    assert not table(folder, "segments")["customer"].str.startswith("customer-").any()
    plain = segment(experiment, roots=(config.parent,), out=tmp_path / "plain", customers="plain")
    assert set(table(plain, "segments")["customer"]) == {f"customer-{at}" for at in range(80)}
    held = "".join(
        path.read_text() for path in folder.rglob("*.*") if path.suffix in (".html", ".md", ".svg")
    )
    assert "customer-" not in held
    none = segment(experiment, roots=(config.parent,), out=tmp_path / "none", customers="omit")
    assert set(table(none, "segments")["customer"]) == {""}


def test_movement_between_cutoffs_is_what_the_tables_of_each_say(
    folder: Path, config: Path, experiment: Experiment
) -> None:
    moved = table(folder, "movement")
    assert moved["since"].unique().tolist() == sorted(moved["since"].unique())
    for _, step in moved.groupby("since"):
        assert step.groupby("from")["share"].sum().to_numpy() == pytest.approx(1)
    last = moved[moved["until"] == moved["until"].max()]
    cards = table(folder, "cards").set_index("segment")["customers"].astype(int)
    assert last.groupby("to")["customers"].sum().to_dict() == cards.to_dict()


def test_two_threads_write_the_same(
    folder: Path, config: Path, experiment: Experiment, tmp_path: Path
) -> None:
    again = segment(experiment, roots=(config.parent,), out=tmp_path / "again", least=10, limit=2)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".npz":
            assert (again / path.relative_to(folder)).read_bytes() == path.read_bytes(), path.name


def test_few_customers_are_withheld_everywhere(config: Path, experiment: Experiment, tmp_path: Path) -> None:
    out = segment(experiment, roots=(config.parent,), out=tmp_path / "few", least=81)
    assert table(out, "cards")["customers"].isna().all()
    told = pd.read_csv(out / "outlook.csv")
    assert told.drop(columns=["segment", "days"]).isna().all(axis=None)
    assert len(pd.read_csv(out / "lifted.csv")) == 0
    assert pd.read_csv(out / "movement.csv")["customers"].isna().all()
    drawn = {path.stem for path in (out / "pictures").iterdir()}
    assert drawn <= {"elbow"}
    assert "fewer than 81 customers" in (out / "report.md").read_text()


def test_a_withheld_segment_is_in_no_picture_and_in_no_count(
    config: Path, experiment: Experiment, tmp_path: Path
) -> None:
    sizes = table(segment(experiment, roots=(config.parent,), out=tmp_path / "all", least=1), "cards")
    counted = sizes.set_index("segment")["customers"].astype(int)
    small, least = counted.idxmin(), int(counted.min()) + 1
    assert least <= counted.nlargest(2).min()
    out = segment(experiment, roots=(config.parent,), out=tmp_path / "some", least=least)
    for path in (out / "pictures").iterdir():
        if path.stem in ("sizes", "radar", "silhouettes", "transitions"):
            assert small not in path.read_text(), path.stem
    moved = pd.read_csv(out / "movement.csv")
    assert moved["customers"].isna().tolist() == ((moved["from"] == small) | (moved["to"] == small)).tolist()


def test_other_files_are_not_replaced_and_earlier_segments_are(
    config: Path, experiment: Experiment, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(RunError, match="holds other files"):
        segment(experiment, roots=(config.parent,), out=tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    for _ in range(2):
        segment(experiment, roots=(config.parent,), out=tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


def test_what_goes_wrong_leaves_nothing(config: Path, experiment: Experiment, tmp_path: Path) -> None:
    from recsys.engine import segments as module

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "write_insight", broken)
        with pytest.raises(KeyboardInterrupt):
            segment(experiment, roots=(config.parent,), out=tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_without_segments_there_is_nothing_to_do(config: Path, tmp_path: Path) -> None:
    bare = read_config(config, ["segments=null", "recommenders={popular: {kind: popularity}}"])
    with pytest.raises(ConfigError, match="segments is null"):
        segment(bare, roots=(config.parent,), out=tmp_path / "out")


def test_a_log_that_is_too_short_for_windows_still_has_segments(config: Path, tmp_path: Path) -> None:
    long = read_config(config, ["split.windows=9"])
    out = segment(long, roots=(config.parent,), out=tmp_path / "out")
    assert not (out / "movement.csv").exists()
    assert (out / "cards.csv").is_file()


def test_a_log_without_prices_has_segments(tmp_path: Path) -> None:
    path = shop.write(tmp_path / "shop", shop.CONFIG.replace("price: each,", ""))
    out = segment(read_config(path), roots=(path.parent,), out=tmp_path / "out")
    assert table(out, "cards")["revenue"].eq("").all()
    assert pd.read_csv(out / "outlook.csv")["spend"].isna().all()


# -- the outlook by hand ------------------------------------------------------------------------------

ROWS = [
    ("ann", "tea", "1", "2024-01-01", 1, 10.0),
    ("bob", "tea", "2", "2024-01-02", 1, 10.0),
    ("cem", "tea", "3", "2024-01-03", 1, 10.0),
    ("ann", "mug", "4", "2024-02-02", 3, 10.0),
    ("ann", "mug", "5", "2024-02-03", -1, 10.0),
    ("bob", "new", "6", "2024-02-04", 1, 5.0),
    ("dot", "tea", "7", "2024-02-05", 9, 9.0),
]


def test_the_outlook_counts_those_who_did_not_come_back() -> None:
    fold = make_fold(make_log(ROWS), np.datetime64("2024-02-01"), np.datetime64("2024-02-11"))
    later = Later.of(fold)
    assert later.spend.tolist() == [20.0, 5.0, 0.0]
    assert later.bought.tolist() == [True, True, False]
    groups = Segmentation(("a", "b"), np.array([0, 1, 1], dtype=np.int16), pd.DataFrame(index=range(3)))
    known = fold.known.with_segments(groups)
    told = outlook(type(fold)(known, fold.future, 0), np.random.default_rng(0)).set_index("segment")
    assert told["days"].tolist() == [10, 10, 10]
    assert told["customers"].tolist() == [3, 1, 2]
    assert told["came_back"].tolist() == pytest.approx([2 / 3, 1, 0.5])
    assert told["spend"].tolist() == pytest.approx([25 / 3, 20, 2.5])
    assert told["total"].tolist() == [25, 20, 5]
    assert told.loc["b", "ci_low"] == 0
    assert told.loc["b", "ci_high"] == 5
    with pytest.raises(ValueError, match="no segments"):
        outlook(fold, np.random.default_rng(0))


def test_explained_is_the_share_between_groups() -> None:
    """Means 1 and 5 of four values around 3: 16 of 20 between."""
    assert explained(np.array([0, 0, 1, 1]), np.array([0.0, 2.0, 4.0, 6.0])) == pytest.approx(16 / 20)
    assert explained(np.array([0, 1]), np.array([1.0, 2.0])) == 1
    assert np.isnan(explained(np.array([0, 1]), np.array([2.0, 2.0])))


def test_the_outlooks_segments_are_those_known_before(config: Path) -> None:
    """What came after the cutoff has no say in who is in which segment there."""
    log = make_log(
        [
            (f"c{at % 9}", f"p{at % 5}", f"i{at}", f"2024-01-{1 + at % 28:02}", 1 + at % 3, 2.0)
            for at in range(90)
        ]
    )
    cutoff, end = np.datetime64("2024-01-20"), np.datetime64("2024-01-29")
    fold = make_fold(log, cutoff, end)
    rules = KMeansSegments(k=2).fit(fold.known, np.random.default_rng(0))
    codes = segmented(fold.known, rules).segmentation
    assert codes is not None
    again = segmented(make_fold(log.between(None, cutoff), cutoff, end).known, rules).segmentation
    assert again is not None
    np.testing.assert_array_equal(codes.codes, again.codes)


def returning(folder: Path) -> pd.DataFrame:
    """The shop's lines, and those of three who gave back what they had bought before; one buys at the end."""
    given = shop.lines()
    of_before = given.sample(3, random_state=1).assign(
        units=-2, receipt=["C1", "C2", "C3"], who=["early", "late", "back"]
    )
    of_before["when"] = pd.to_datetime(["2024-01-20", "2024-05-20", "2024-02-20"])
    again = given.iloc[[-1]].assign(receipt="R99998", who="back")
    pd.concat([given, of_before, again]).sort_values("when").to_csv(folder / "log.csv", index=False)
    return given


def test_who_only_returned_is_grouped_and_not_judged(tmp_path: Path) -> None:
    config = shop.write(tmp_path)
    returning(tmp_path)
    asked = ["clean.cancellations={returners: true}", "privacy.customers=plain"]
    few = [
        "recommenders={popular: {kind: popularity}}",
        "evaluate.audit.refit=all",
        "evaluate.targets=[any]",
    ]
    whole = segment(read_config(config, asked), roots=(tmp_path,), out=tmp_path / "stage", least=1)
    assert set(table(whole, "segments")["customer"]) == {f"customer-{at}" for at in range(80)} | {
        *("early", "late", "back")
    }
    moved = pd.read_csv(whole / "movement.csv")
    assert moved.loc[moved["from"] == "(not yet a customer)", "customers"].sum() == 1  # late
    runs = [
        evaluate(read_config(config, [*words, *few, asked[1]]), roots=(tmp_path,), out=tmp_path / name)
        for name, words in (("with", asked[:1]), ("without", []))
    ]
    told = [json.loads((run / "manifest.json").read_text())["windows"] for run in runs]
    assert told[0] == told[1]
    assert told[0][0]["customers"] == 80
    judged = ["window", "target", "recommender", "metric", "k", "value", "customers"]
    boards = [pd.read_csv(run / "leaderboard.csv").query("segment == 'all'") for run in runs]
    assert boards[0][judged].to_csv(index=False) == boards[1][judged].to_csv(index=False)
    assert json.loads((runs[0] / "audit.json").read_text())["verdict"] == "passed"

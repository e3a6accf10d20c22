"""A run folder is read as it was written, or refused with what to do about it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from recsys.core.errors import RunError
from recsys.report import Run, read_run

from .run_folder import manifest, write_folder, write_shop

ROWS = [(0, "any", "all", "popular", "map", 10, 0.25, 40)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "tiny-0123abcd", manifest(["popular"]), ROWS)


def describe(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_tables_are_read_with_their_types(shop: Run) -> None:
    run = shop
    assert run.manifest["name"] == "online-retail"
    assert run.leaderboard["value"].dtype == float
    assert run.ledger["lines"].iloc[0] == 541_909
    assert "Champions" in set(run.profile["segment"])


def test_names_that_look_like_something_else_stay_names(tmp_path: Path) -> None:
    names = ["NA", "1.0", "null", "True"]
    rows = [(0, "any", "nan", name, "map", 10, 0.1, 5) for name in names]
    run = read_run(write_folder(tmp_path / "odd", manifest(names, segments=["nan"]), rows))
    assert run.leaderboard["recommender"].tolist() == names
    assert set(run.leaderboard["segment"]) == {"nan"}


def test_a_blank_value_is_undefined(tmp_path: Path) -> None:
    run = read_run(
        write_folder(tmp_path / "r", manifest(["a"]), [(0, "any", "all", "a", "map", 10, None, 0)])
    )
    assert run.leaderboard["value"].isna().all()


@pytest.mark.parametrize("name", ["leaderboard.csv", "funnel.csv", "ledger.csv", "costs.csv"])
def test_a_missing_table_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(RunError, match=rf"no {name} in .*recsys evaluate"):
        read_run(folder)


def test_the_profile_is_needed_only_with_segments(folder: Path, tmp_path: Path) -> None:
    (folder / "segment_profile.csv").unlink()
    assert read_run(folder).profile.empty
    (folder / "segment_profile.csv").write_text("")
    assert read_run(folder).profile.empty
    shop = write_shop(tmp_path / "shop", windows=1)
    (shop / "segment_profile.csv").unlink()
    with pytest.raises(RunError, match=r"no segment_profile\.csv"):
        read_run(shop)


def test_a_misspelt_folder_gets_the_nearest_name(folder: Path) -> None:
    with pytest.raises(RunError, match="did you mean 'tiny-0123abcd'"):
        read_run(folder.parent / "tiny-0123abce")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no manifest\.json: expected the folder of a finished run"):
        read_run(tmp_path)


def test_a_newer_format_asks_for_an_update(folder: Path) -> None:
    describe(folder, format=2)
    with pytest.raises(RunError, match="has format 2: expected 1 or less; update recsys"):
        read_run(folder)


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": "1"}'])
def test_another_json_is_no_manifest(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(RunError, match="has no format"):
        read_run(folder)


def test_half_a_manifest_is_refused(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1, "name"')
    with pytest.raises(RunError, match="is not JSON"):
        read_run(folder)


def test_a_missing_key_is_named(folder: Path) -> None:
    describe(folder, config={"evaluate": {"decide": {"metric": "map"}}})
    with pytest.raises(RunError, match=r"lacks 'config\.evaluate\.decide\.k'"):
        read_run(folder)


def test_a_missing_column_is_named(folder: Path) -> None:
    (folder / "costs.csv").write_text("window,recommender,fit_seconds,peak_mb\n")
    with pytest.raises(RunError, match="has no column 'recommend_seconds'"):
        read_run(folder)


def test_a_value_that_is_no_number_is_located(folder: Path) -> None:
    (folder / "costs.csv").write_text(
        "window,recommender,fit_seconds,recommend_seconds,peak_mb\n0,a,1,1,1\n0,b,2s,1,1\n"
    )
    with pytest.raises(RunError, match=r"holds '2s' in column 'fit_seconds' \(row 2\): expected a number"):
        read_run(folder)


def test_importing_the_stage_is_light() -> None:
    code = "import sys, recsys.report; print([m for m in ('pandas', 'jinja2', 'rich') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


TABLES = ("leaderboard.csv", "funnel.csv", "ledger.csv", "costs.csv", "segment_profile.csv")


def seal(folder: Path) -> None:
    """The digests as the engine writes them."""
    describe(
        folder, files={name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in TABLES}
    )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_is_not_the_one_written_is_refused(folder: Path, name: str) -> None:
    seal(folder)
    read_run(folder)
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(RunError, match=rf"{name}' was changed or cut .*: expected .*recsys evaluate"):
        read_run(folder)
    path.unlink()
    with pytest.raises(RunError, match=rf"no {name} in .*recsys evaluate"):
        read_run(folder)


def test_files_that_are_no_digests_are_refused(folder: Path) -> None:
    describe(folder, files=["leaderboard.csv"])
    with pytest.raises(RunError, match="expected names and their sha256"):
        read_run(folder)

"""Two files, each whole or not at all; and the outcome for machines."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.core.errors import RunError
from recsys.report import Run, read_run, summary, write_report
from recsys.report.words import AMOUNTS, TELLING
from recsys.segment.vocabulary import FEATURES

from .run_folder import manifest, write_arrivals, write_folder, write_undecided


def test_both_files_are_written_and_repeat(shop: Run, tmp_path: Path) -> None:
    paths = write_report([shop], tmp_path / "new" / "out")
    assert [path.name for path in paths] == ["report.md", "report.html"]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in write_report([shop], tmp_path / "new" / "out")] == first
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == ["report.html", "report.md"]


def test_others_may_read_what_the_umask_allows(shop: Run, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        page = write_report([shop], tmp_path)[1]
    finally:
        os.umask(before)
    assert stat.S_IMODE(page.stat().st_mode) == 0o644


def test_a_failed_write_leaves_the_old_report(
    shop: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    old = write_report([shop], out)[1].read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("recsys.report.write.os.replace", full)
    with pytest.raises(RunError, match="No space left on device"):
        write_report([shop], out)
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.md"]
    assert (out / "report.html").read_bytes() == old


def test_a_file_in_the_way_is_named(shop: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(RunError, match=r"out' cannot be written"):
        write_report([shop], tmp_path / "out")


def test_no_runs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="at least one run"):
        write_report([], tmp_path)


def test_the_summary_is_strict_json(shop: Run) -> None:
    found = summary(shop)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["decide"] == {"metric": "map", "k": 10}
    assert found["folder"] == str(shop.folder)
    assert len(found["windows"]) == 3
    assert list(found["targets"]["any"]) == [
        "all", "Champions", "Loyal regulars", "Recent newcomers", "At-risk former big spenders",
        "Lapsed one-time buyers", "(no history)",
    ]  # fmt: skip
    assert list(found["targets"]["new-products"]["all"]["ranking"][0]) == ["recommender", "value"]


def test_the_summary_of_hand_made_numbers(tmp_path: Path) -> None:
    values = {"popular": (0.1, 0.3), "als": (0.4, 0.2), "new": (None, None)}
    rows = [(w, "any", "all", who, "map", 10, v[w], (10, 21)[w]) for who, v in values.items() for w in (0, 1)]
    run = read_run(write_folder(tmp_path / "r", manifest(values, windows=2), rows))
    one = summary(run)["targets"]["any"]["all"]
    assert one["best"] == "als"
    assert one["tied"] == []
    assert one["value"] == pytest.approx(0.3)
    assert one["baseline_value"] == pytest.approx(0.2)
    assert one["difference"] == pytest.approx(0.1)
    assert (one["windows"], one["windows_led"], one["customers"]) == (2, 1, 16)
    assert [entry["recommender"] for entry in one["ranking"]] == ["als", "popular", "new"]
    assert one["ranking"][2]["value"] is None


def test_the_summary_names_chance_and_no_best_for_a_single_entrant(tmp_path: Path) -> None:
    found = summary(read_run(write_arrivals(tmp_path / "r")))["targets"]
    one = found["new-products"]["all"]
    assert (one["best"], one["tied"], one["value"]) == (None, [], None)
    assert one["chance_recall"] == pytest.approx((10 / 20 + 10 / 40) / 2)
    assert one["ranking"] == [{"recommender": "content", "value": pytest.approx(0.2)}]
    assert "chance_recall" not in found["any"]["all"]
    assert found["any"]["all"]["best"] == "popular"


def test_chance_is_certain_where_fewer_arrive_than_a_list_holds(tmp_path: Path) -> None:
    few = summary(read_run(write_arrivals(tmp_path / "few", arrivals=(4, 40))))
    assert few["targets"]["new-products"]["all"]["chance_recall"] == pytest.approx((1 + 10 / 40) / 2)
    older = summary(read_run(write_arrivals(tmp_path / "older", arrivals=())))
    assert older["targets"]["new-products"]["all"]["chance_recall"] is None


def test_the_summary_without_a_value_of_the_deciding_figure(tmp_path: Path) -> None:
    one = summary(read_run(write_undecided(tmp_path / "r")))["targets"]["any"]["all"]
    assert (one["best"], one["value"], one["customers"]) == (None, None, 40)
    assert [entry["recommender"] for entry in one["ranking"]] == ["popular", "als"]


def test_amounts_have_their_currency_where_the_config_says_it(shop: Run, tmp_path: Path) -> None:
    """In headings and in sentences; without one, nothing stands beside them."""
    config = shop.manifest["config"]
    told = replace(shop, manifest=shop.manifest | {"config": config | {"currency": "GBP"}})
    plain, said = (
        write_report([one], tmp_path / name)[0].read_text() for one, name in ((shop, "a"), (told, "b"))
    )
    assert "£" not in plain
    assert "| Revenue (£) |" in said
    assert said.replace(" (£)", "").replace("£", "") == plain


def test_amounts_are_those_of_the_vocabulary() -> None:
    """Features that are amounts, so that a new one has its currency too."""
    amounts = {name for name, one in FEATURES.items() if one.unit.startswith("currency")}
    assert amounts <= AMOUNTS
    assert AMOUNTS - amounts <= set(TELLING)

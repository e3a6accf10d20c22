"""Means, bests and differences, from numbers that can be checked in the head."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from recsys.report import Run, read_run
from recsys.report.board import Board, board_of
from recsys.report.verdict import Verdict, verdict

from .run_folder import manifest, write_folder

Values = dict[str, list[float | None]]


def judge(tmp_path: Path, values: Values, **changes: object) -> Verdict:
    return verdict(board(tmp_path, values, **changes), "any", "all")


def board(tmp_path: Path, values: Values, **changes: object) -> Board:
    """One value per window of each recommender; windows hold 10, 30 and 50 customers."""
    rows = [
        (window, "any", "all", name, "map", 10, value, (10, 30, 50)[window])
        for name, found in values.items()
        for window, value in enumerate(found)
    ]
    windows = max(len(found) for found in values.values())
    described = manifest(values, windows=windows, **changes)
    return board_of(read_run(write_folder(tmp_path / "r", described, rows)))


def test_windows_weigh_the_same_whatever_their_customers(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.1, 0.2, 0.6]})
    assert one.value == pytest.approx(0.3)
    assert one.customers == 30


def test_the_best_and_its_lead_over_the_baseline(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.2, 0.2], "a": [0.1, 0.3], "b": [0.4, 0.2]})
    assert one.best == ("b",)
    assert (one.value, one.baseline_value) == (pytest.approx(0.3), pytest.approx(0.2))
    assert (one.difference, one.percent) == (pytest.approx(0.1), pytest.approx(0.5))
    assert [entry.recommender for entry in one.ranking] == ["b", "popular", "a"]
    assert one.runner_up is not None
    assert one.runner_up.recommender == "popular"


def test_windows_led_counts_those_the_best_wins(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.3, 0.1, 0.1], "a": [0.2, 0.5, 0.1]})
    assert (one.best, one.led, one.windows) == (("a",), 2, 3)


def test_a_tie_names_both_in_the_order_of_the_config(tmp_path: Path) -> None:
    # 0.1 + 0.2 and 0.3 + 0.0 differ in their last bit.
    one = judge(tmp_path, {"popular": [0.0, 0.0], "b": [0.1, 0.2], "a": [0.3, 0.0]})
    assert one.best == ("b", "a")
    assert one.runner_up is not None
    assert one.runner_up.recommender == "popular"


def test_nobody_is_best_at_zero(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.0], "a": [0.0]})
    assert one.best == ()
    assert math.isnan(one.value)
    assert one.runner_up is None


def test_no_percentage_of_a_baseline_of_zero(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.0], "a": [0.2]})
    assert one.difference == pytest.approx(0.2)
    assert math.isnan(one.percent)


def test_an_undefined_window_is_left_out_of_the_mean(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.1, None], "a": [0.2, None]})
    assert (one.best, one.value, one.windows) == (("a",), pytest.approx(0.2), 1)


def test_a_mean_over_fewer_windows_cannot_be_best(tmp_path: Path) -> None:
    one = judge(tmp_path, {"popular": [0.1, 0.1], "lucky": [0.9, None], "a": [0.2, 0.2]})
    assert one.best == ("a",)
    assert [entry.recommender for entry in one.ranking] == ["a", "popular", "lucky"]


def test_without_a_baseline_there_is_no_difference(tmp_path: Path) -> None:
    one = judge(tmp_path, {"a": [0.2]}, baseline=None)
    assert one.best == ("a",)
    assert math.isnan(one.difference)


def test_means_agree_with_pandas(shop: Run) -> None:
    run = shop
    keys = ["target", "segment", "recommender", "metric", "k"]
    expected = run.leaderboard.groupby(keys)["value"].mean()
    found = board_of(run)
    assert len(found.means) == len(expected) > 1000
    for key, value in expected.items():
        assert found.mean(*key[:4], int(key[4])).value == pytest.approx(value, abs=1e-12)


def test_order_is_that_of_the_config_and_the_segments(shop: Run) -> None:
    run = shop
    found = board_of(run)
    assert found.targets == ("any", "new", "new-products")
    assert found.segments("any") == ["all", *run.manifest["segments"]["names"]]
    assert found.recommenders == tuple(run.manifest["config"]["recommenders"])
    assert found.taking_part("any", "(no history)") == ["popular", "popular-28d", "segment-bestsellers"]
    assert found.ks == (5, 10, 20)

"""Changes between windows: the parts sum to what the leaderboard says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from recsys.engine.changes import changes


def board(*rows: tuple[int, str, float, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["window", "segment", "value", "customers"])
    return frame.assign(target="any", recommender="als", metric="map", k=10)


def test_by_hand() -> None:
    """Half and half at .4 and .2, then three quarters at .2 and a quarter at .4: all of it is mix."""
    table = changes(
        board(
            *((1, "all", 0.3, 8), (1, "good", 0.4, 4), (1, "poor", 0.2, 4)),
            *((0, "all", 0.25, 4), (0, "good", 0.4, 1), (0, "poor", 0.2, 3), (0, "(no history)", 0.9, 9)),
        ),
        "map",
        10,
    ).set_index("segment")
    assert list(table.index) == ["all", "good", "poor"]
    assert table.loc["all", ["before", "after"]].tolist() == [0.3, 0.25]
    assert table["mix"].tolist() == pytest.approx([-0.05, -0.1, 0.05])
    assert table["model"].tolist() == pytest.approx([0, 0, 0])
    assert table.loc["good", "share_after"] == 0.25
    assert set(table["earlier"]) == {1}


def test_one_window_or_no_segments_say_nothing() -> None:
    assert changes(board((0, "all", 0.3, 8), (0, "good", 0.3, 8)), "map", 10).empty
    assert changes(board((1, "all", 0.3, 8), (0, "all", 0.2, 8)), "map", 10).empty


def test_in_a_run_the_parts_sum_to_the_change(run: Path) -> None:
    table = pd.read_csv(run / "changes.csv")
    whole = table[table["segment"] == "all"]
    assert len(whole)
    assert (whole["mix"] + whole["model"]).to_numpy() == pytest.approx(
        (whole["after"] - whole["before"]).to_numpy(), abs=1e-6
    )

"""Money per judged list turned into money per 1,000 lists sent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.engine.leaderboard import COLUMNS
from recsys.engine.sent import per_thousand
from recsys.measure.resample import interval, resampled_means


def board(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS)


def test_three_each_of_two_in_eight_are_750_per_thousand() -> None:
    found = per_thousand(
        board((0, "any", "all", "als", "revenue", 10, 3.0, 2, 1.0, 5.0)), {(0, "all"): 8, (1, "all"): 2}
    )
    row = found.iloc[0]
    assert row["metric"] == "revenue_per_1000"
    assert row["value"] == 750.0
    assert row["customers"] == 8


def test_where_everybody_came_back_the_interval_stays() -> None:
    found = per_thousand(board((0, "any", "all", "als", "margin", 10, 3.0, 8, 1.0, 6.0)), {(0, "all"): 8})
    assert found[["metric", "value", "ci_low", "ci_high"]].to_numpy().tolist() == [
        ["margin_per_1000", 3000.0, 1000.0, 6000.0]
    ]


def test_revenue_is_not_below_nothing_and_margin_may_be() -> None:
    rows = board(
        (0, "any", "all", "als", "revenue", 10, 3.0, 2, 0.1, 5.0),
        (0, "any", "all", "als", "margin", 10, -3.0, 2, -5.0, -0.1),
    )
    found = per_thousand(rows, {(0, "all"): 8}).set_index("metric")
    assert found.loc["revenue_per_1000", "ci_low"] == 0.0
    assert found.loc["margin_per_1000", "ci_low"] < -1250.0
    assert found.loc["margin_per_1000", "value"] == -750.0


def test_other_metrics_and_people_without_history_are_left_out() -> None:
    rows = board(
        (0, "any", "all", "als", "recall", 10, 0.5, 2, 0.1, 0.9),
        (0, "any", "(no history)", "popular", "revenue", 10, 3.0, 2, 1.0, 5.0),
        (1, "any", "all", "als", "revenue", 10, np.nan, 0, np.nan, np.nan),
    )
    assert per_thousand(rows, {(0, "all"): 8, (1, "all"): 8}).empty


@pytest.mark.parametrize("sent", [500, 2_000])
def test_the_interval_is_that_of_resampling_everybody(sent: int) -> None:
    """The long way: everyone who was sent a list is a customer of theirs, most with nothing."""
    rng = np.random.default_rng(81)
    worth = rng.gamma(0.5, 40.0, 400)
    everybody = np.zeros((sent, 1))
    everybody[:400, 0] = 1000 * worth
    low, high = interval(resampled_means(everybody, np.random.default_rng(82), 4_000))
    judged_low, judged_high = interval(resampled_means(worth[:, None], np.random.default_rng(83), 4_000))
    row = (0, "any", "all", "als", "revenue", 10, worth.mean(), 400, judged_low[0], judged_high[0])
    found = per_thousand(board(row), {(0, "all"): sent}).iloc[0]
    assert found["value"] == pytest.approx(everybody.mean())
    wide = high[0] - low[0]
    assert found["ci_low"] == pytest.approx(low[0], abs=0.06 * wide)
    assert found["ci_high"] == pytest.approx(high[0], abs=0.06 * wide)

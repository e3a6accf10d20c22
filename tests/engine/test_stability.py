"""Agreement of windows, by hand and beside scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recsys.engine.stability import stability, tau


def board(scores: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        (window, "any", "all", name, metric, 10, value * (1 if metric == "map" else 9), 50)
        for name, values in scores.items()
        for window, value in enumerate(values)
        for metric in ("map", "recall")
    ]
    columns = ["window", "target", "segment", "recommender", "metric", "k", "value", "customers"]
    return pd.DataFrame(rows, columns=columns)


def figures(scores: dict[str, list[float]], figure: str) -> dict[str, float]:
    found = stability(board(scores), "map", 10)
    found = found[found["figure"] == figure]
    return dict(zip(found["recommender"], found["value"], strict=True))


def test_a_lead_in_two_of_three_windows_is_two_thirds() -> None:
    scores = {"a": [0.3, 0.3, 0.1], "b": [0.2, 0.1, 0.2], "c": [0.1, 0.2, 0.15]}
    assert figures(scores, "win rate") == pytest.approx({"a": 2 / 3, "b": 1 / 3, "c": 0})
    assert figures(scores, "mean rank") == pytest.approx({"a": 5 / 3, "b": 2, "c": 7 / 3})


def test_equals_share_their_ranks_and_the_lead() -> None:
    scores = {"a": [0.3, 0.3], "b": [0.3, 0.1]}
    assert figures(scores, "win rate") == {"a": 1, "b": 0.5}
    assert figures(scores, "mean rank") == {"a": 1.25, "b": 1.75}


def test_the_same_order_agrees_and_the_opposite_does_not() -> None:
    assert figures({"a": [0.3, 0.5], "b": [0.2, 0.4]}, "rank correlation") == {"": 1}
    assert figures({"a": [0.3, 0.4], "b": [0.2, 0.5]}, "rank correlation") == {"": -1}


def test_who_is_missing_in_a_window_does_not_count() -> None:
    scores = {"a": [0.3, 0.3], "b": [0.2, 0.2], "late": [0.9]}
    assert set(figures(scores, "win rate")) == {"a", "b"}
    assert figures(scores, "win rate")["a"] == 1


def test_one_window_says_nothing() -> None:
    assert stability(board({"a": [0.1], "b": [0.2]}), "map", 10).empty


@pytest.mark.parametrize("levels", [3, 1000])
def test_tau_is_that_of_scipy(levels: int) -> None:
    rng = np.random.default_rng(levels)
    for _ in range(20):
        a, b = rng.integers(0, levels, (2, 12)).astype(float)
        assert tau(a, b) == pytest.approx(stats.kendalltau(a, b).statistic)


def test_tau_of_ties_alone_is_undefined() -> None:
    assert np.isnan(tau(np.ones(4), np.arange(4.0)))

"""What accuracy costs, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys.engine.decide import decide
from recsys.engine.frontier import COLUMNS, frontier, undominated
from recsys.engine.serve import Workshop
from recsys.engine.spec import Experiment
from recsys.measure.panel import Panel
from recsys.recommend.fallback import Fallback
from recsys.recommend.popularity import Popularity
from tests.logs import all_of, make_log

NAMES = ("base", "small", "large", "blend")
DAYS = {0: "2024-05-30", 1: "2024-05-02"}


def experiment(names: tuple[str, ...] = NAMES) -> Experiment:
    source = {"kind": "csv", "path": "log.csv", "columns": {"customer": "c", "product": "p", "time": "t"}}
    recommenders = {name: {"kind": "popularity"} for name in names}
    evaluate = {"baseline": names[0], "targets": ["any"]}
    return Experiment.model_validate({"source": source, "recommenders": recommenders, "evaluate": evaluate})


def cost(window: int, name: str, fit: float, rank: float, peak: float, *parts: str) -> dict[str, Any]:
    found = {"window": window, "recommender": name, "fit_seconds": fit, "recommend_seconds": rank}
    return found | {"peak_mb": peak, "parts": list(parts)}


def table(
    costs: list[dict[str, Any]], means: tuple[float, ...] = (0.2, 0.499, 0.5, 0.4), windows: int = 2
) -> pd.DataFrame:
    """Two hundred customers in each window: small and large are as good, the others are not."""
    rng = np.random.default_rng(5)
    names = NAMES[: len(means)]
    frames = {
        (window, name): pd.DataFrame(
            {
                "customer": [f"c{at}" for at in range(200)],
                "segment": "all",
                "map@10": at_mean + rng.normal(0, 0.05, 200),
            }
        )
        for window in range(windows)
        for name, at_mean in zip(names, means, strict=True)
    }
    panels = {"any": Panel.of(frames, "map@10")}
    days = {window: DAYS[window] for window in range(windows)}
    made = experiment(names)
    return frontier(made, panels, decide(made, panels, days).comparisons, costs).set_index("recommender")


COSTS = [
    cost(window, *rest)
    for window in (0, 1)
    for rest in (
        ("base", 0.1, 0.1, 50),
        ("small", 0.2, 0.3, 10),
        ("large", 3.0, 2.0, 100),
        ("blend", 0.1, 0.4, 5, "base", "large"),
    )
]


def test_the_cheapest_within_noise_of_the_best_is_named() -> None:
    found = table(COSTS)
    assert found["within_noise_of_best"].to_dict() == {
        "base": False,
        "small": True,
        "large": True,
        "blend": False,
    }
    assert found.index[found["cheapest"]].tolist() == ["small"]


def test_a_recommender_made_of_others_costs_what_their_fits_do_too() -> None:
    found = table(COSTS)
    assert found["seconds"].to_dict() == pytest.approx(
        {"base": 0.2, "small": 0.5, "large": 5.0, "blend": 0.1 + 0.4 + 0.1 + 3.0}
    )
    assert found["peak_mb"].to_dict() == {"base": 50, "small": 10, "large": 100, "blend": 100}


def test_seconds_are_means_over_windows_and_memory_is_the_most() -> None:
    found = table([*COSTS[:4], *(row | {"fit_seconds": 1.0, "peak_mb": 70} for row in COSTS[4:])])
    assert found.loc["small", "seconds"] == pytest.approx((0.2 + 1.0) / 2 + 0.3)
    assert found.loc["small", "peak_mb"] == 70


def test_the_frontier_is_where_nobody_is_as_good_for_less() -> None:
    found = table(COSTS)
    most = found["value"].idxmax()
    assert set(found.index[found["on_frontier"]]) == {"base", "small", most}
    assert set(found.index[found["on_memory_frontier"]]) == {"small", most}


def test_one_window_is_compared_by_itself() -> None:
    found = table(COSTS[:4], windows=1)
    assert found.index[found["cheapest"]].tolist() == ["small"]


def test_where_the_baseline_is_the_best_who_is_shown_worse_is_not_near() -> None:
    found = table(COSTS, means=(0.5, 0.492, 0.2, 0.3))
    assert found["value"].idxmax() == "base"
    assert found["within_noise_of_best"].tolist() == [True, True, False, False]
    found = table(COSTS, means=(0.5, 0.45, 0.2, 0.3))
    assert found["within_noise_of_best"].tolist() == [True, False, False, False]
    assert found.index[found["cheapest"]].tolist() == ["base"]


def test_of_equals_all_are_on_the_frontier() -> None:
    values, costs = np.array([0.3, 0.3, 0.3, 0.2]), np.array([1.0, 1.0, 2.0, 1.0])
    assert [undominated(values, costs, at) for at in range(4)] == [True, True, False, False]


def test_who_has_no_value_is_not_on_the_frontier() -> None:
    assert not undominated(np.array([np.nan, 0.3]), np.array([1.0, 2.0]), 0)


def test_a_workshop_tells_which_parts_a_fit_asked_for() -> None:
    """Cached ones too, and theirs."""
    models = {
        "a": Popularity(),
        "b": Popularity(),
        "inner": Fallback(parts=("a", "a")),
        "outer": Fallback(parts=("inner", "b")),
    }
    known = all_of(make_log([("ann", "tea", "1", "2024-01-05", 1, 2.0)]))
    workshop = Workshop(models, known, lambda name: np.random.default_rng(1))
    workshop.fitted("a")
    workshop.fitted("outer")
    assert workshop.asked == {"a": set(), "b": set(), "inner": {"a"}, "outer": {"a", "b", "inner"}}
    workshop.fitted("outer")
    assert workshop.asked["outer"] == {"a", "b", "inner"}


def test_a_run_holds_a_row_per_target_and_recommender(run: Path) -> None:
    found = pd.read_csv(run / "frontier.csv")
    assert list(found) == COLUMNS
    costs = pd.read_csv(run / "costs.csv")
    for target, rows in found.groupby("target"):
        assert rows["cheapest"].sum() == 1, target
        rows = rows.set_index("recommender")
        assert rows.loc[rows["value"].idxmax(), "within_noise_of_best"]
        assert rows.loc[rows["cheapest"], "within_noise_of_best"].all()
        mine = costs.groupby("recommender")[["fit_seconds", "recommend_seconds"]].mean()
        assert rows.loc["als", "seconds"] == pytest.approx(mine.loc["als"].sum(), abs=1e-4)
        safe = mine.loc["safe"].sum() + mine.loc[["als", "popular"], "fit_seconds"].sum()
        assert rows.loc["safe", "seconds"] == pytest.approx(safe, abs=1e-4)

"""Sizes of A/B tests, by hand."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from recsys.engine.ab_sizes import COLUMNS, ab_sizes
from recsys.engine.spec import Experiment
from recsys.measure.panel import Panel

REACH = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)


def experiment(metric: str = "map") -> Experiment:
    source = {"kind": "csv", "path": "log.csv", "columns": {"customer": "c", "product": "p", "time": "t"}}
    evaluate = {"baseline": "base", "targets": ["any"], "decide": {"metric": metric}}
    recommenders = {name: {"kind": "popularity"} for name in ("base", "als", "knn")}
    return Experiment.model_validate({"source": source, "recommenders": recommenders, "evaluate": evaluate})


def panel(scores: dict[str, list[float]], segments: list[str]) -> Panel:
    frame = pd.DataFrame({"customer": [f"c{at}" for at in range(len(segments))], "segment": segments})
    return Panel.of({(0, name): frame.assign(s=values) for name, values in scores.items()}, "s")


def table(
    scores: dict[str, list[float]],
    segments: list[str],
    serve: dict[str, str],
    customers: dict[str, int],
    hits: dict[str, list[float]] | None = None,
    single: str | None = "als",
) -> pd.DataFrame:
    told = {"best_single": single, "segments": {name: {"serve": one} for name, one in serve.items()}}
    held = {"map": {"any": panel(scores, segments)}, "hit": {"any": panel(hits or scores, segments)}}
    found = ab_sizes(experiment(), {"targets": {"any": told}}, held, customers)
    return found.set_index(["metric", "segment"])


def test_a_difference_of_one_deviation_takes_sixteen_buyers_in_each_group() -> None:
    """2 (1.96 + 0.84)^2 = 15.7; a quarter of 40 come back, so 64 lists each: too many."""
    base = [-1.0, 1.0] * 5
    scores = {"base": base, "als": [one + float(np.std(base, ddof=1)) for one in base], "knn": [0.0] * 10}
    found = table(scores, ["A"] * 10, {"A": "als"}, {"all": 40, "A": 40}).loc[("map", "A")]
    assert found["buyers_per_arm"] == 16
    assert found["comes_back"] == 0.25
    assert found["customers_per_arm"] == 64
    assert found["tells"] == "no"


@pytest.mark.parametrize(("customers", "tells"), [(128, "yes"), (127, "no")])
def test_two_groups_must_fit_into_the_segment(customers: int, tells: str) -> None:
    """Spread 1.004, difference 0.5: 2 * 7.849 * 1.008 / 0.25 = 63.3, so 64 in each group if all come back."""
    scores = {"base": [-1.0, 1.0] * 64, "als": [-0.5, 1.5] * 64, "knn": [0.0] * 128}
    found = table(scores, ["A"] * 128, {"A": "als"}, {"A": customers}).loc[("map", "A")]
    assert found["buyers_per_arm"] == 64
    assert found["tells"] == tells


def test_the_least_difference_is_what_two_halves_find() -> None:
    scores = {"base": [-1.0, 1.0] * 32, "als": [-0.5, 1.5] * 32, "knn": [0.0] * 64}
    found = table(scores, ["A"] * 64, {"A": "als"}, {"A": 80}).loc[("map", "A")]
    spread = np.std(scores["base"], ddof=1)
    assert found["detectable"] == pytest.approx(REACH * spread * math.sqrt(2 / 32))


def test_groups_may_spread_apart() -> None:
    """Variances 0 and 4/3 are, as a mean, those of two groups of 2/3."""
    scores = {"base": [0.0] * 4, "als": [0.0, 2.0, 0.0, 2.0], "knn": [0.0] * 4}
    found = table(scores, ["A"] * 4, {"A": "als"}, {"A": 4}).loc[("map", "A")]
    assert found["spread"] == pytest.approx(math.sqrt(2 / 3))


def test_the_share_with_a_hit_is_sized_too() -> None:
    """0.5 against 0.75: the textbook's formula for two proportions, with sample variances."""
    scores = {name: [0.1, 0.2, 0.3, 0.4] for name in ("base", "als", "knn")}
    hits = {"base": [0.0, 0.0, 1.0, 1.0], "als": [0.0, 1.0, 1.0, 1.0], "knn": [0.0] * 4}
    found = table(scores, ["A"] * 4, {"A": "als"}, {"A": 4}, hits)
    variances = (0.25 + 0.1875) * 4 / 3
    assert found.loc[("hit", "A"), "buyers_per_arm"] == math.ceil(REACH**2 * variances / 0.25**2)
    assert math.isinf(found.loc[("map", "A"), "customers_per_arm"])
    assert found.loc[("map", "A"), "tells"] == "no"


def test_who_is_served_the_baseline_needs_no_test() -> None:
    scores = {"base": [0.1, 0.2, 0.3, 0.4], "als": [0.2, 0.3, 0.4, 0.5], "knn": [0.0] * 4}
    found = table(scores, ["A", "A", "B", "B"], {"A": "base", "B": "als"}, {"all": 4, "A": 2, "B": 2})
    assert found.loc["map"]["tells"].to_dict() == {"all": "no", "A": "same", "B": "no"}
    assert found.loc["map"]["served"].to_dict() == {"all": "", "A": "base", "B": "als"}
    assert found.loc[("map", "all"), "difference"] == pytest.approx(0.05)


def test_people_without_history_cannot_be_sent_lists() -> None:
    scores = {"base": [0.1, 0.2, 0.3], "als": [0.2, 0.3, 0.4], "knn": [0.0] * 3}
    serve = {"A": "als", "(no history)": "base"}
    found = table(scores, ["A", "A", "(no history)"], serve, {"all": 9, "A": 9})
    assert set(found.index.get_level_values("segment")) == {"all", "A"}
    assert found.loc[("map", "all"), "served"] == "als"


def test_without_a_policy_there_is_nothing_to_test() -> None:
    scores = {"base": [0.1, 0.2], "als": [0.2, 0.3], "knn": [0.0] * 2}
    assert table(scores, ["A", "A"], {}, {"A": 2}, single=None).empty


def test_a_run_sizes_tests_from_its_latest_window(run: Path) -> None:
    found = pd.read_csv(run / "ab_sizes.csv", keep_default_na=False, na_values={"difference": [""]})
    assert list(found) == COLUMNS
    rows = found[(found["segment"] == "all") & (found["metric"] == "hit")].set_index("target")
    window: dict[str, Any] = pd.read_json(run / "manifest.json", typ="series")["windows"][0]
    for target, row in rows.iterrows():
        assert row["customers"] == window["customers"]
        assert row["comes_back"] == pytest.approx(window["judged"][target] / window["customers"])
        base = pd.read_parquet(run / "scores" / f"0-{target}-{row['baseline']}.parquet")
        base = base[base["segment"] != "(no history)"]
        mine = pd.read_parquet(run / "scores" / f"0-{target}-{row['served'] or row['baseline']}.parquet")
        mine = mine[mine["segment"] != "(no history)"]
        if row["served"]:
            want = mine["hit@10"].mean() - base["hit@10"].mean()
            assert row["difference"] == pytest.approx(want, abs=1e-6)

"""From customers to segments, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recsys.measure.segments import ALL, NO_HISTORY, groups, means

NAN = float("nan")
SCORES = pd.DataFrame(
    {
        "customer": list("abcde"),
        "segment": ["gold", "tin", "gold", "tin", NO_HISTORY],
        "recall@5": [1.0, 0.0, 0.5, 0.5, 1.0],
        "captured_spend@10": [NAN, 0.25, 0.5, NAN, NAN],
    }
)


def table(scores: pd.DataFrame, metrics: list[str]) -> dict[tuple[str, str, int], tuple[float, int]]:
    return {(r.segment, r.metric, r.k): (r.value, r.customers) for r in means(scores, metrics).itertuples()}


def test_every_customer_counts_once() -> None:
    found = table(SCORES, ["recall@5"])
    assert found["gold", "recall", 5] == (0.75, 2)
    assert found["tin", "recall", 5] == (0.25, 2)


def test_all_is_everybody_with_history() -> None:
    found = table(SCORES, ["recall@5"])
    assert found[ALL, "recall", 5] == (0.5, 4)
    assert found[NO_HISTORY, "recall", 5] == (1.0, 1)


def test_undefined_scores_do_not_count() -> None:
    found = table(SCORES, ["captured_spend@10"])
    assert found["gold", "captured_spend", 10] == (0.5, 1)
    assert found[ALL, "captured_spend", 10] == (0.375, 2)


def test_segment_without_any_defined_score_has_no_mean() -> None:
    value, customers = table(SCORES, ["captured_spend@10"])[NO_HISTORY, "captured_spend", 10]
    assert np.isnan(value)
    assert customers == 0


def test_all_stands_first() -> None:
    assert means(SCORES, ["recall@5"])["segment"].tolist() == [ALL, "gold", "tin", NO_HISTORY]


def test_run_without_segments_has_all_once() -> None:
    found = means(SCORES.assign(segment=ALL), ["recall@5"])
    assert found["segment"].tolist() == [ALL]
    assert found["customers"].tolist() == [5]


def test_only_newcomers_are_no_all() -> None:
    assert [name for name, _ in groups(np.array([NO_HISTORY], dtype=object))] == [NO_HISTORY]


def test_float32_scores_are_averaged_in_double() -> None:
    scores = pd.DataFrame({"segment": ALL, "recall@5": np.full(100_000, 0.1, dtype=np.float32)})
    (value,) = means(scores, ["recall@5"])["value"]
    assert abs(value - float(np.float32(0.1))) < 1e-12


def test_nobody_is_an_empty_table() -> None:
    assert len(means(SCORES.iloc[:0], ["recall@5"])) == 0

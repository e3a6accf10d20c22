"""Customers in windows beside recommenders, by hand and by a loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.measure.panel import Panel
from recsys.measure.segments import ALL, NO_HISTORY

NAN = float("nan")
Rows = list[tuple[str, str, float]]


def frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer", "segment", "map@10"])


def panel(parts: dict[tuple[int, str], Rows]) -> Panel:
    return Panel.of({key: frame(rows) for key, rows in parts.items()}, "map@10")


TWO = panel(
    {
        (0, "a"): [("anna", "gold", 0.2), ("bert", "tin", 0.4)],
        (0, "b"): [("anna", "gold", 0.6), ("bert", "tin", NAN), ("eve", NO_HISTORY, 0.9)],
        (1, "a"): [("bert", "tin", 0.0), ("carl", "gold", 0.1), ("anna", "gold", 0.4)],
        (1, "b"): [("bert", "tin", 1.0), ("carl", "gold", 0.3), ("anna", "gold", 0.0)],
    }
)


def test_recommenders_stand_side_by_side_and_windows_below_each_other() -> None:
    assert TWO.names == ("a", "b")
    assert TWO.window.tolist() == [0, 0, 0, 1, 1, 1]
    assert TWO.customer.tolist() == ["anna", "bert", "eve", "bert", "carl", "anna"]
    np.testing.assert_array_equal(TWO.scores[:, 0], [0.2, 0.4, NAN, 0.0, 0.1, 0.4])
    np.testing.assert_array_equal(TWO.scores[:, 1], [0.6, NAN, 0.9, 1.0, 0.3, 0.0])


def test_windows_and_segments_each_occur_once() -> None:
    assert TWO.windows == (0, 1)
    assert TWO.segments == [ALL, "gold", "tin", NO_HISTORY]


def test_all_is_everyone_with_history() -> None:
    assert TWO.rows(ALL, [0]).tolist() == [0, 1]
    assert TWO.rows(NO_HISTORY, [0, 1]).tolist() == [2]
    assert TWO.rows("gold", [1]).tolist() == [4, 5]
    assert TWO.rows("lead", [0, 1]).tolist() == []


def test_a_customer_of_two_windows_counts_once_with_their_mean() -> None:
    found = TWO.pooled(ALL, [0, 1])
    np.testing.assert_allclose(found, [[0.3, 0.3], [0.2, 1.0], [0.1, 0.3]])


def test_a_window_in_which_a_score_is_undefined_is_left_out() -> None:
    np.testing.assert_allclose(TWO.pooled("tin", [0, 1]), [[0.2, 1.0]])


def test_one_window_is_as_it_was() -> None:
    np.testing.assert_array_equal(TWO.pooled(ALL, [0]), [[0.2, 0.6], [0.4, NAN]])


def test_who_is_not_judged_by_anyone_has_no_score() -> None:
    np.testing.assert_array_equal(TWO.pooled(NO_HISTORY, [0, 1]), [[NAN, 0.9]])
    assert TWO.pooled("lead", [0, 1]).shape == (0, 2)
    assert TWO.pooled("lead", [0]).shape == (0, 2)


def test_whoever_is_not_named_is_somebody_of_their_own() -> None:
    unnamed = panel(
        {(w, "a"): [("", "gold", 0.1 * w), ("", "gold", 0.5), ("dora", "gold", 1.0)] for w in (1, 2)}
    )
    np.testing.assert_allclose(unnamed.pooled("gold", [1, 2])[:, 0], [0.1, 0.5, 1.0, 0.2, 0.5])


def test_who_changes_segment_counts_in_each_with_what_they_did_there() -> None:
    moved = panel({(0, "a"): [("anna", "gold", 1.0)], (1, "a"): [("anna", "tin", 0.0)]})
    assert moved.pooled("gold", [0, 1]).tolist() == [[1.0]]
    assert moved.pooled("tin", [0, 1]).tolist() == [[0.0]]
    assert moved.pooled(ALL, [0, 1]).tolist() == [[0.5]]


def test_without_segments_there_is_only_all() -> None:
    assert panel({(0, "a"): [("anna", ALL, 0.1), ("eve", NO_HISTORY, 0.2)]}).segments == [ALL, NO_HISTORY]
    assert panel({(0, "a"): [("anna", ALL, 0.1)]}).segments == [ALL]
    assert panel({(0, "a"): [("eve", NO_HISTORY, 0.1)]}).segments == [NO_HISTORY]


def test_a_recommender_that_is_not_judged_in_a_window_has_no_scores_there() -> None:
    found = panel(
        {(0, "a"): [("anna", ALL, 0.1)], (1, "a"): [("anna", ALL, 0.3)], (1, "b"): [("anna", ALL, 1.0)]}
    )
    np.testing.assert_array_equal(found.scores, [[0.1, NAN], [0.3, 1.0]])


@pytest.mark.parametrize(
    "other", [[("bert", "gold", 0.2)], [("anna", "tin", 0.2)]], ids=["customer", "segment"]
)
def test_recommenders_judged_on_others_are_refused(other: Rows) -> None:
    with pytest.raises(ValueError, match="a in window 0 is judged on others"):
        panel({(0, "a"): other, (0, "b"): [("anna", "gold", 0.1), ("carl", "gold", 0.3)]})


def test_pooling_is_what_a_loop_gives() -> None:
    rng = np.random.default_rng(3)
    parts = {}
    for window in range(3):
        who = rng.permutation(40)[:25]
        kind = np.where(who % 3 == 0, "gold", "tin")
        for name in "ab":
            score = np.where(rng.random(25) < 0.2, NAN, rng.random(25))
            parts[window, name] = [(f"c{c}", k, s) for c, k, s in zip(who, kind, score, strict=True)]
    found = panel(parts)
    for windows in ([0, 1, 2], [1, 2]):
        for segment in (ALL, "gold"):
            held: dict[str, list[list[float]]] = {}
            for window in windows:
                for at, name in enumerate("ab"):
                    for customer, own, score in parts[window, name]:
                        if segment in (ALL, own):
                            mine = held.setdefault(customer, [[], []])
                            mine[at] += [] if np.isnan(score) else [score]
            want = [[np.mean(scores) if scores else NAN for scores in mine] for mine in held.values()]
            np.testing.assert_allclose(found.pooled(segment, windows), want)

"""Lists that may hold what was bought before: either half by its answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys.core.ids import NOTHING
from recsys.measure.accuracy import AtK, Recall
from recsys.measure.catalog import metrics
from recsys.measure.context import Aspect
from recsys.measure.repeat import RecallExplore, RecallRepeat, RepeatShare
from tests.measure.cases import judged, random_cases


def score(metric: AtK, shown: list[int], truth: list[int], before: list[int]) -> float:
    (found,) = metric.per_customer(judged([shown], [truth], before=[before], k=5))  # type: ignore[attr-defined]
    return float(found)


def test_one_of_two_repeats_found_is_one_half() -> None:
    assert score(RecallRepeat(5), [1, 9], [1, 2, 3], [1, 2]) == 1 / 2


def test_one_of_three_new_products_found_is_one_third() -> None:
    assert score(RecallExplore(5), [1, 4, 9], [1, 3, 4, 5], [1, 2]) == 1 / 3


def test_two_of_three_places_bought_before_are_two_thirds() -> None:
    """Whether they are bought again does not matter; padding is no part of the list."""
    assert score(RepeatShare(5), [1, 7, 2], [1], [1, 2, 3]) == 2 / 3


def test_what_stands_below_k_counts_in_neither_half() -> None:
    assert score(RecallRepeat(1), [9, 1], [1], [1]) == 0.0
    assert score(RecallExplore(1), [9, 1], [1], [8]) == 0.0
    assert score(RepeatShare(1), [9, 1], [1], [1]) == 0.0


def test_truth_without_repeats_has_no_recall_of_them() -> None:
    assert math.isnan(score(RecallRepeat(5), [1], [1], [2]))
    assert score(RecallExplore(5), [1], [1], [2]) == 1.0


def test_truth_of_repeats_alone_has_no_recall_of_the_new() -> None:
    assert math.isnan(score(RecallExplore(5), [1], [1], [1, 2]))
    assert score(RecallRepeat(5), [1], [1], [1, 2]) == 1.0


def test_empty_list_has_no_share() -> None:
    assert math.isnan(score(RepeatShare(5), [], [1], [1]))


def test_somebody_without_history_has_bought_nothing_before() -> None:
    """Code -1 must not read the last customer's row."""
    rows = judged([[1, 2]], [[1]], before=[[1, 2]], customers=[NOTHING])
    assert RepeatShare(2).per_customer(rows).tolist() == [0.0]
    assert math.isnan(RecallRepeat(2).per_customer(rows)[0])
    assert RecallExplore(2).per_customer(rows).tolist() == [1.0]


def test_history_is_looked_up_by_the_customers_code() -> None:
    rows = judged([[1], [1]], [[1], [1]], before=[[2], [3], [1]], customers=[2, 0])
    assert RepeatShare(1).per_customer(rows).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("k", [1, 3, 10, 12])
def test_either_half_is_what_a_loop_gives(k: int) -> None:
    lists, truths = random_cases(31)
    rng = np.random.default_rng(32)
    before = [rng.permutation(40)[: rng.integers(1, 30)].tolist() for _ in lists]
    rows = judged(lists, truths, k=12, before=before)
    repeat, explore, share = (
        kind(k).per_customer(rows)  # type: ignore[attr-defined]
        for kind in (RecallRepeat, RecallExplore, RepeatShare)
    )
    for row, (shown, truth, own) in enumerate(zip(lists, truths, before, strict=True)):
        again, fresh = set(truth) & set(own), set(truth) - set(own)
        wants = [
            len(again & set(shown[:k])) / len(again) if again else math.nan,
            len(fresh & set(shown[:k])) / len(fresh) if fresh else math.nan,
            len(set(own) & set(shown[:k])) / len(shown[:k]) if shown else math.nan,
        ]
        np.testing.assert_allclose([repeat[row], explore[row], share[row]], wants, rtol=0, atol=1e-12)


def test_the_halves_make_up_recall() -> None:
    """recall |T| = recall of repeats |T before| + recall of the new |T not before|."""
    lists, truths = random_cases(33)
    rows = judged(lists, truths, k=12, before=[[*truth[::2], 39] for truth in truths])
    known = rows.known.truth_before
    parts = [RecallRepeat(10).per_customer(rows), RecallExplore(10).per_customer(rows)]
    whole = np.nan_to_num(parts[0]) * known + np.nan_to_num(parts[1]) * (rows.truth_sizes - known)
    np.testing.assert_allclose(whole, Recall(10).per_customer(rows) * rows.truth_sizes, atol=1e-9)


def test_some_customers_keep_what_they_bought_before() -> None:
    rows = judged([[1], [1], [1]], [[1], [1], [1]], before=[[1], [2], [1]])
    part = rows.take(np.array([2, 1]))
    assert RepeatShare(1).per_customer(part).tolist() == [1.0, 0.0]
    assert part.known.truth_before.tolist() == [1, 0]


def test_lists_judged_alone_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="judged without a context"):
        RepeatShare(1).per_customer(judged([[1]], [[1]]))


def test_the_halves_are_left_out_where_nothing_is_told_of_them() -> None:
    names = {metric.name for metric in metrics([5], money=True)}
    told = {metric.name for metric in metrics([5], money=True, told=[Aspect.REPEATS])}
    assert told - names == {"recall_repeat@5", "recall_explore@5", "repeat_share@5"}

"""Each metric by its answer; T is the truth, the list is best first."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys.measure.accuracy import NDCG, AtK, AveragePrecision, Hit, Precision, Recall, ReciprocalRank
from recsys.measure.catalog import NAMES, list_metrics, metrics
from tests.measure.cases import judged

LOG = math.log2


def score(metric: AtK, shown: list[int], truth: list[int]) -> float:
    """One customer's score; the list is padded to k."""
    (found,) = metric.per_customer(judged([shown], [truth], k=max(metric.k, len(shown))))  # type: ignore[attr-defined]
    return float(found)


# -- precision and recall ----------------------------------------------------------------------------


def test_one_of_five_is_a_fifth() -> None:
    assert score(Precision(5), [9, 1, 8, 7, 6], [1]) == 1 / 5


def test_precision_of_a_short_list_still_divides_by_k() -> None:
    assert score(Precision(10), [1, 2], [1, 2, 3]) == 2 / 10


def test_precision_of_a_small_truth_still_divides_by_k() -> None:
    assert score(Precision(10), [1, *range(10, 19)], [1]) == 1 / 10


def test_recall_of_two_of_three_is_two_thirds() -> None:
    assert score(Recall(5), [1, 9, 2], [1, 2, 3]) == 2 / 3


def test_recall_of_a_large_truth_divides_by_all_of_it() -> None:
    assert score(Recall(2), [1, 2], [1, 2, 3, 4]) == 2 / 4


def test_what_stands_below_k_does_not_count() -> None:
    assert score(Precision(2), [8, 9, 1], [1]) == 0.0
    assert score(Recall(2), [8, 9, 1], [1]) == 0.0
    assert score(Hit(2), [8, 9, 1], [1]) == 0.0
    assert score(ReciprocalRank(2), [8, 9, 1], [1]) == 0.0
    assert score(NDCG(2), [8, 9, 1], [1]) == 0.0
    assert score(AveragePrecision(2), [8, 9, 1], [1]) == 0.0


# -- rank --------------------------------------------------------------------------------------------


def test_second_relevant_is_one_half() -> None:
    assert score(ReciprocalRank(5), [9, 1, 2], [1, 2]) == 1 / 2


def test_first_relevant_is_one() -> None:
    assert score(ReciprocalRank(5), [1, 9], [1]) == 1.0


def test_nothing_relevant_is_zero() -> None:
    for metric in (Precision(5), Recall(5), AveragePrecision(5), NDCG(5), Hit(5), ReciprocalRank(5)):
        assert score(metric, [7, 8, 9], [1, 2]) == 0.0


def test_empty_list_is_zero() -> None:
    for metric in (Precision(5), Recall(5), AveragePrecision(5), NDCG(5), Hit(5), ReciprocalRank(5)):
        assert score(metric, [], [1, 2]) == 0.0


def test_any_hit_is_one() -> None:
    assert score(Hit(5), [9, 8, 7, 1], [1]) == 1.0
    assert score(Hit(5), [1, 2], [1, 2]) == 1.0


# -- average precision -------------------------------------------------------------------------------


def test_hits_first_and_third_of_two_are_five_sixths() -> None:
    assert score(AveragePrecision(5), [1, 9, 2], [1, 2]) == pytest.approx((1 / 1 + 2 / 3) / 2)


def test_average_precision_of_a_full_list_is_one_though_the_truth_is_longer() -> None:
    assert score(AveragePrecision(2), [1, 2], [1, 2, 3, 4, 5]) == 1.0


def test_average_precision_divides_by_the_truth_where_it_is_shorter_than_k() -> None:
    assert score(AveragePrecision(10), [9, 1], [1, 2]) == pytest.approx(0.5 / 2)


# -- ndcg --------------------------------------------------------------------------------------------


def test_ndcg_of_one_product_at_rank_two_is_one_over_log_three() -> None:
    assert score(NDCG(5), [9, 1], [1]) == pytest.approx(1 / LOG(3))


def test_ndcg_of_hits_first_and_third() -> None:
    ideal = 1 + 1 / LOG(3)
    assert score(NDCG(5), [1, 9, 2], [1, 2]) == pytest.approx((1 + 1 / LOG(4)) / ideal)


def test_ndcg_of_a_full_list_is_one_though_the_truth_is_longer() -> None:
    assert score(NDCG(2), [1, 2], [1, 2, 3, 4]) == pytest.approx(1.0)


def test_ndcg_with_an_untruncated_ideal_is_less() -> None:
    ideal = 1 + 1 / LOG(3) + 1 / LOG(4)
    assert score(NDCG(2, truncated=False), [1, 2], [1, 2, 3]) == pytest.approx((1 + 1 / LOG(3)) / ideal)


def test_ndcg_of_a_list_shorter_than_k_is_held_against_k_places() -> None:
    """The list has two columns, the ideal five."""
    (found,) = NDCG(5).per_customer(judged([[1, 2]], [[1, 2, 3, 4, 5]], k=2))
    ideal = sum(1 / LOG(i + 1) for i in range(1, 6))
    assert found == pytest.approx((1 + 1 / LOG(3)) / ideal)


@pytest.mark.parametrize("metric", metrics([10], money=True), ids=lambda metric: metric.name)
def test_lists_of_fewer_places_than_k_score_as_if_padded(metric: AtK) -> None:
    lists, truths = [[1, 9], [8, 2]], [[1, 2, 3], [2]]
    narrow = metric.per_customer(judged(lists, truths, k=2))  # type: ignore[attr-defined]
    padded = metric.per_customer(judged(lists, truths, k=10))  # type: ignore[attr-defined]
    assert narrow.tolist() == padded.tolist()


# -- shapes ------------------------------------------------------------------------------------------


def test_repeated_truth_lines_count_once() -> None:
    """The truth is a set: cases are laid out as a matrix, as `Fold.truth` does."""
    assert score(Precision(5), [1], [1, 1, 1]) == 1 / 5
    assert score(Recall(5), [1], [1, 1, 1]) == 1.0


def test_empty_truth_is_undefined_where_it_divides() -> None:
    for metric in (Recall(5), AveragePrecision(5), NDCG(5)):
        assert math.isnan(score(metric, [1], []))


@pytest.mark.parametrize("metric", metrics([3], money=True), ids=lambda metric: metric.name)
def test_nobody_judged_has_no_scores(metric: AtK) -> None:
    found = metric.per_customer(judged([], [], k=3))  # type: ignore[attr-defined]
    assert found.shape == (0,)
    assert found.dtype == np.float64


def test_names_read_as_in_the_report() -> None:
    assert [metric.name for metric in metrics([5, 10], money=True)] == [
        *["precision@5", "precision@10", "recall@5", "recall@10", "map@5", "map@10", "ndcg@5", "ndcg@10"],
        *["hit@5", "hit@10", "mrr@5", "mrr@10", "captured_spend@5", "captured_spend@10"],
    ]
    assert [metric.name for metric in list_metrics([5])] == ["coverage@5", "gini@5"]
    assert NAMES == ("precision", "recall", "map", "ndcg", "hit", "mrr", "captured_spend")


def test_without_prices_there_are_no_money_metrics() -> None:
    assert not [m.name for m in metrics([5], money=False) if "spend" in m.name]

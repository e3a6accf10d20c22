"""Every metric beside ranx, scikit-learn and plain loops, to nine digits.

ranx's public `evaluate` compiles parallel code for half a minute; the functions it calls per customer do not.
It divides average precision by |T| and not by min(|T|, k), so that one is held against it only where they
agree.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, ndcg_score

from recsys.core.ids import NOTHING
from recsys.measure.accuracy import NDCG, AtK, AveragePrecision, Hit, Precision, Recall, ReciprocalRank
from recsys.measure.lists import Coverage
from recsys.measure.money import CapturedSpend
from tests.measure.cases import PRODUCTS, judged, random_cases

LISTS, TRUTHS = random_cases(11)
KS = (1, 3, 5, 10, 12)


def naive(word: str, k: int, shown: list[int], truth: list[int]) -> float:
    """The protocol, word for word."""
    wanted = set(truth)
    h = [1 if i < len(shown) and shown[i] in wanted else 0 for i in range(k)]
    reach = min(len(wanted), k)
    if word == "precision":
        return sum(h) / k
    if word == "recall":
        return sum(h) / len(wanted)
    if word == "map":
        return sum(sum(h[: i + 1]) / (i + 1) * h[i] for i in range(k)) / reach
    if word == "ndcg":
        return sum(h[i] / math.log2(i + 2) for i in range(k)) / sum(
            1 / math.log2(i + 2) for i in range(reach)
        )
    if word == "hit":
        return float(any(h))
    return next((1 / (i + 1) for i in range(k) if h[i]), 0.0)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("kind", [Precision, Recall, AveragePrecision, NDCG, Hit, ReciprocalRank])
def test_metric_is_what_a_loop_gives(kind: type[AtK], k: int) -> None:
    found = kind(k).per_customer(judged(LISTS, TRUTHS, k=12))  # type: ignore[attr-defined]
    want = [naive(kind.word, k, shown, truth) for shown, truth in zip(LISTS, TRUTHS, strict=True)]
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-9)


def ranx_scores(function: Callable[..., float], k: int, *more: bool) -> list[float]:
    """One number per customer; what is shown first has the highest score."""
    found = []
    for shown, truth in zip(LISTS, TRUTHS, strict=True):
        relevant = np.array([[float(p), 1.0] for p in sorted(truth)])
        run = np.array([[float(p), 1.0 / (at + 1)] for at, p in enumerate(shown)]).reshape(-1, 2)
        found.append(float(function(relevant, run, k, 1, *more)))
    return found


@pytest.mark.parametrize("k", [1, 5, 10])
def test_metrics_are_what_ranx_gives(k: int) -> None:
    from ranx.metrics.average_precision import _average_precision
    from ranx.metrics.hit_rate import _hit_rate
    from ranx.metrics.ndcg import _ndcg
    from ranx.metrics.precision import _precision
    from ranx.metrics.recall import _recall
    from ranx.metrics.reciprocal_rank import _reciprocal_rank

    rows = judged(LISTS, TRUTHS, k=12)
    close = {"rtol": 0, "atol": 1e-9}
    np.testing.assert_allclose(Precision(k).per_customer(rows), ranx_scores(_precision, k), **close)
    np.testing.assert_allclose(Recall(k).per_customer(rows), ranx_scores(_recall, k), **close)
    np.testing.assert_allclose(NDCG(k).per_customer(rows), ranx_scores(_ndcg, k, True), **close)
    np.testing.assert_allclose(Hit(k).per_customer(rows), ranx_scores(_hit_rate, k), **close)
    np.testing.assert_allclose(
        ReciprocalRank(k).per_customer(rows), ranx_scores(_reciprocal_rank, k), **close
    )
    agree = rows.truth_sizes <= k
    theirs = np.array(ranx_scores(_average_precision, k))
    np.testing.assert_allclose(AveragePrecision(k).per_customer(rows)[agree], theirs[agree], **close)
    ours_again = theirs * rows.truth_sizes / np.minimum(rows.truth_sizes, k)
    np.testing.assert_allclose(AveragePrecision(k).per_customer(rows), ours_again, **close)


def whole_rankings() -> tuple[list[list[int]], np.ndarray, np.ndarray]:
    """Lists that rank every product, as scikit-learn wants them: lists, relevance, scores."""
    rng = np.random.default_rng(12)
    lists = [rng.permutation(PRODUCTS).tolist() for _ in TRUTHS]
    relevance, scores = np.zeros((len(lists), PRODUCTS)), np.zeros((len(lists), PRODUCTS))
    for row, (shown, truth) in enumerate(zip(lists, TRUTHS, strict=True)):
        relevance[row, truth] = 1
        scores[row, shown] = np.arange(PRODUCTS, 0, -1)
    return lists, relevance, scores


@pytest.mark.parametrize("k", [1, 5, 20, PRODUCTS])
def test_ndcg_is_what_scikit_learn_gives(k: int) -> None:
    lists, relevance, scores = whole_rankings()
    found = NDCG(k).per_customer(judged(lists, TRUTHS))
    want = [ndcg_score(relevance[[row]], scores[[row]], k=k) for row in range(len(lists))]
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-9)


def test_average_precision_of_the_whole_catalogue_is_what_scikit_learn_gives() -> None:
    lists, relevance, scores = whole_rankings()
    found = AveragePrecision(PRODUCTS).per_customer(judged(lists, TRUTHS))
    want = [average_precision_score(relevance[row], scores[row]) for row in range(len(lists))]
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-9)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_captured_spend_is_what_a_loop_gives(k: int) -> None:
    rng = np.random.default_rng(13)
    spend = [{p: float(rng.choice([0.0, 0.5, 7.25, 100.0])) for p in truth} for truth in TRUTHS]
    found = CapturedSpend(k).per_customer(judged(LISTS, TRUTHS, k=12, spend=spend))
    for row, (shown, paid) in enumerate(zip(LISTS, spend, strict=True)):
        total = sum(paid.values())
        want = sum(paid.get(p, 0.0) for p in shown[:k]) / total if total else float("nan")
        np.testing.assert_allclose(found[row], want, rtol=0, atol=1e-9)


def test_coverage_is_what_a_loop_gives() -> None:
    rows = judged(LISTS[:6], TRUTHS[:6], k=12)
    for k in KS:
        shown = {p for row in LISTS[:6] for p in row[:k] if p != NOTHING}
        assert Coverage(k).overall(rows) == pytest.approx(len(shown) / PRODUCTS, abs=1e-12)

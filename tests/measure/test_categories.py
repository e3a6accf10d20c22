"""Categories in place of products, by answers and beside a loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys.core.ids import NOTHING
from recsys.measure.accuracy import AtK
from recsys.measure.categories import CategoryPrecision, CategoryRecall
from tests.measure.cases import judged, known, random_cases

#: Products 0 and 1 are tea, 2 and 3 are pots, 4 is a cup, 5 has no category.
KINDS = np.array([0, 0, 1, 1, 2, NOTHING, NOTHING], dtype=np.int32)


def score(metric: AtK, shown: list[int], truth: list[int]) -> float:
    rows = judged([shown], [truth], products=6, context=known([[]], 6, category=KINDS), k=5)
    (found,) = metric.per_customer(rows)  # type: ignore[attr-defined]
    return float(found)


def test_another_tea_is_the_right_category() -> None:
    assert score(CategoryPrecision(5), [1, 4], [0]) == 1 / 5
    assert score(CategoryRecall(5), [1, 4], [0]) == 1.0


def test_two_teas_cover_one_of_two_categories() -> None:
    assert score(CategoryPrecision(5), [0, 1], [0, 2]) == 2 / 5
    assert score(CategoryRecall(5), [0, 1], [0, 2]) == 1 / 2


def test_category_bought_twice_counts_once() -> None:
    assert score(CategoryRecall(5), [0], [0, 1, 2]) == 1 / 2


def test_products_without_a_category_are_of_none() -> None:
    assert score(CategoryPrecision(5), [5, 0], [5, 0]) == 1 / 5
    assert math.isnan(score(CategoryPrecision(5), [5], [5]))
    assert math.isnan(score(CategoryRecall(5), [5], [5]))


def test_places_below_k_do_not_count() -> None:
    assert score(CategoryPrecision(1), [4, 0], [0]) == 0.0
    assert score(CategoryRecall(1), [4, 0], [0]) == 0.0


@pytest.mark.parametrize("k", [1, 5, 12])
def test_categories_are_what_a_loop_gives(k: int) -> None:
    lists, truths = random_cases(51)
    kinds = np.random.default_rng(52).integers(-1, 6, 41).astype(np.int32)
    kinds[-1] = NOTHING
    rows = judged(lists, truths, k=12, context=known([[]] * len(lists), category=kinds))
    precision, recall = CategoryPrecision(k).per_customer(rows), CategoryRecall(k).per_customer(rows)
    for row, (shown, truth) in enumerate(zip(lists, truths, strict=True)):
        wanted = {int(kinds[p]) for p in truth} - {NOTHING}
        listed = [int(kinds[p]) for p in shown[:k]]
        wants = [
            sum(c in wanted for c in listed) / k if wanted else math.nan,
            len(wanted & set(listed)) / len(wanted) if wanted else math.nan,
        ]
        np.testing.assert_allclose([precision[row], recall[row]], wants, rtol=0, atol=1e-12)

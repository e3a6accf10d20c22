"""What listed products are like, each figure by its answer, then beside plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.measure.accuracy import AtK
from recsys.measure.catalog import metrics
from recsys.measure.character import Diversity, Novelty, PopularityLift, PriceRatio
from recsys.measure.context import Aspect, Context
from tests.measure.cases import judged, known, random_cases

NAN = math.nan


def score(metric: AtK, shown: list[int], context: Context, customer: int = 0) -> float:
    rows = judged([shown], [[0]], products=4, context=context, customers=[customer], k=4)
    (found,) = metric.per_customer(rows)  # type: ignore[attr-defined]
    return float(found)


# -- novelty ---------------------------------------------------------------------------------------------


def test_product_of_a_quarter_of_the_customers_is_two_bits() -> None:
    context = known([[0], [], [], []], 4)
    assert score(Novelty(4), [0], context) == 2.0


def test_one_bit_and_three_bits_are_two_on_average() -> None:
    context = known([[]], 4, share=np.array([1 / 2, 1 / 8, 1.0, 1.0]), own_share=[NAN])
    assert score(Novelty(4), [0, 1], context) == 2.0
    assert score(Novelty(1), [0, 1], context) == 1.0


def test_what_everybody_bought_is_no_news() -> None:
    assert score(Novelty(4), [0, 1], known([[0, 1], [0, 1]], 4)) == 0.0


def test_empty_list_has_no_novelty() -> None:
    assert math.isnan(score(Novelty(4), [], known([[0]], 4)))


# -- diversity -------------------------------------------------------------------------------------------

SIX_TENTHS = sparse.csr_matrix([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [0.0, 0.0]])


def test_cosine_of_six_tenths_is_a_diversity_of_four_tenths() -> None:
    assert score(Diversity(4), [0, 1], known([[]], 4, words=SIX_TENTHS)) == pytest.approx(0.4)


def test_diversity_is_of_all_pairs() -> None:
    """Cosines .6, .8 and 0."""
    context = known([[]], 4, words=SIX_TENTHS)
    assert score(Diversity(4), [2, 0, 1], context) == pytest.approx(1 - 1.4 / 3)
    assert score(Diversity(2), [2, 0, 1], context) == 1.0


def test_product_without_words_is_in_no_pair() -> None:
    context = known([[]], 4, words=SIX_TENTHS)
    assert score(Diversity(4), [0, 3, 1], context) == pytest.approx(0.4)
    assert math.isnan(score(Diversity(4), [0, 3], context))


def test_one_customers_words_do_not_reach_the_next() -> None:
    context = known([[]], 4, words=SIX_TENTHS)
    rows = judged([[0, 1], [1, 0], [2, 0]], [[0]] * 3, products=4, context=context, customers=[0, 0, 0])
    assert Diversity(2).per_customer(rows).tolist() == pytest.approx([0.4, 0.4, 1.0])


# -- popularity and prices -------------------------------------------------------------------------------


def test_list_twice_as_popular_as_what_was_bought_is_two() -> None:
    context = known([[3]], 4, share=np.array([0.5, 0.3, 0.1, 0.2]), own_share=[0.2])
    assert score(PopularityLift(4), [0, 1], context) == 2.0
    assert score(PopularityLift(1), [1], context) == pytest.approx(1.5)


def test_list_at_half_the_own_price_is_one_half() -> None:
    context = known([[3]], 4, price=np.array([1.0, 3.0, 9.0, NAN]), own_price=[4.0])
    assert score(PriceRatio(4), [0, 1], context) == 0.5
    assert score(PriceRatio(4), [0, 3, 1], context) == 0.5  # a price that is not known is left out
    assert math.isnan(score(PriceRatio(4), [3], context))


def test_nothing_own_is_nothing_to_compare_with() -> None:
    context = known([[3]], 4, price=np.ones(4), own_price=[NAN], own_share=[NAN])
    assert math.isnan(score(PriceRatio(4), [0], context))
    assert math.isnan(score(PopularityLift(4), [0], context))


def test_somebody_without_history_has_no_own_figures() -> None:
    """Code -1 must not read the last customer's."""
    context = known([[3], [2]], 4, price=np.ones(4), own_price=[1.0, 1.0], own_share=[1.0, 1.0])
    assert math.isnan(score(PriceRatio(4), [0], context, NOTHING))
    assert math.isnan(score(PopularityLift(4), [0], context, NOTHING))


def test_own_figures_are_looked_up_by_the_customers_code() -> None:
    context = known([[3], [2]], 4, price=np.ones(4), own_price=[1.0, 4.0], own_share=[1.0, 1.0])
    assert score(PriceRatio(4), [0], context, 1) == 0.25


# -- all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 5, 12])
def test_every_figure_is_what_a_loop_gives(k: int) -> None:
    lists, truths = random_cases(41)
    rng = np.random.default_rng(42)
    raw = (rng.random((40, 9)) * (rng.random((40, 9)) < 0.3)).astype(np.float64)
    length = np.linalg.norm(raw, axis=1)
    words = raw / np.where(length > 0, length, 1)[:, None]
    share, price = rng.uniform(0.001, 1, 40), np.where(rng.random(40) < 0.2, NAN, rng.uniform(0, 9, 40))
    own_share, own_price = rng.uniform(0.001, 1, len(lists)), rng.uniform(0.1, 9, len(lists))
    context = known(
        [[0]] * len(lists),
        words=sparse.csr_matrix(words),
        share=share,
        price=price,
        own_share=own_share,
        own_price=own_price,
    )
    rows = judged(lists, truths, k=12, context=context)
    kinds = (Novelty, Diversity, PopularityLift, PriceRatio)
    found = np.column_stack([kind(k).per_customer(rows) for kind in kinds])
    for row, shown in enumerate(shown[:k] for shown in lists):
        told = [p for p in shown if length[p] > 0]
        pairs = [float(words[a] @ words[b]) for i, a in enumerate(told) for b in told[:i]]
        prices = [price[p] for p in shown if not math.isnan(price[p])]
        wants = [
            -np.mean([math.log2(share[p]) for p in shown]) if shown else NAN,
            1 - np.mean(pairs) if pairs else NAN,
            np.mean([share[p] for p in shown]) / own_share[row] if shown else NAN,
            np.mean(prices) / own_price[row] if prices else NAN,
        ]
        np.testing.assert_allclose(found[row], wants, rtol=1e-9, atol=1e-12)


def test_some_customers_keep_their_figures() -> None:
    lists, truths = random_cases(43, n=20)
    context = known([[0]] * 20, price=np.ones(40), own_price=np.arange(20) + 1.0)
    rows = judged(lists, truths, k=12, context=context)
    some = np.array([7, 3, 11])
    for metric in (Novelty(5), PriceRatio(5)):
        want = metric.per_customer(rows)[some]
        np.testing.assert_array_equal(metric.per_customer(rows.take(some)), want)


def test_figures_are_left_out_where_the_log_tells_nothing_of_them() -> None:
    def words(**told: object) -> set[str]:
        return {metric.name for metric in metrics([5], money=False, told=known([[0]], **told).aspects)}

    plain = words()
    assert {"novelty@5", "popularity_lift@5"} <= plain
    priced = words(price=np.ones(40))
    assert priced - plain == {"price_ratio@5", "revenue@5", "basket_value@5"}
    assert words(price=np.ones(40), cost=np.ones(40)) - priced == {"margin@5"}
    assert words(words=sparse.csr_matrix((40, 3))) - plain == {"diversity@5"}
    category = np.zeros(41, dtype=np.int32)
    assert words(category=category) - plain == {"category_precision@5", "category_recall@5"}
    assert Aspect.PAID not in known([[0]], price=np.ones(40)).aspects


def test_context_of_another_shop_is_refused() -> None:
    with pytest.raises(ValueError, match="context's 2 x 4"):
        judged([[1]], [[1]], products=4, context=known([[0], [1]], 4), customers=[2])
    with pytest.raises(ValueError, match="context's 2 x 4"):
        judged([[1]], [[1]], products=5, context=known([[0], [1]], 4))


def test_figures_need_their_context() -> None:
    with pytest.raises(ValueError, match="judged without a context"):
        Novelty(1).per_customer(judged([[1]], [[1]]))
    with pytest.raises(ValueError, match="judged without a context"):
        Diversity(1).per_customer(judged([[1]], [[1]], before=[[1]]))

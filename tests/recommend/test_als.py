"""The solver is implicit's; what is ours is the hand-over."""

from __future__ import annotations

import numpy as np
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys.core.parallel import threads
from recsys.core.protocols import Seen
from recsys.core.weighting import COUNT, Weighting
from recsys.recommend.als import ALS, FittedALS
from tests.logs import all_of, random_log

KNOWN = all_of(random_log(22, customers=60, products=40, lines=900))
EVERYONE = np.arange(len(KNOWN.history.customers), dtype=np.int32)


def seeded() -> np.random.Generator:
    return np.random.default_rng(5)


def theirs(model: ALS, weighting: Weighting = COUNT) -> AlternatingLeastSquares:
    with threadpool_limits(1, "blas"):
        found = AlternatingLeastSquares(
            factors=model.factors,
            regularization=model.regularization,
            iterations=model.iterations,
            alpha=model.alpha,
            random_state=int(seeded().integers(2**31)),
        )
        found.fit(KNOWN.history.matrix(weighting), show_progress=False)
    return found


def test_factors_are_implicits() -> None:
    model = ALS(factors=8, regularization=0.1, iterations=4, alpha=2.0)
    ours, other = model.fit(KNOWN, seeded()), theirs(model)
    np.testing.assert_allclose(ours.customer_factors, other.user_factors, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(ours.product_factors, other.item_factors, rtol=1e-5, atol=1e-6)


def test_lists_are_implicits() -> None:
    model = ALS(factors=8, iterations=4)
    lists = model.fit(KNOWN, seeded()).recommend(EVERYONE, 5)
    bought = KNOWN.history.bought
    ids, scores = theirs(model).recommend(EVERYONE, bought, N=5, filter_already_liked_items=True)
    np.testing.assert_array_equal(lists.products, ids)
    np.testing.assert_allclose(lists.scores, scores, rtol=1e-4, atol=1e-6)


def test_one_thread_and_two_give_the_same_factors() -> None:
    found: list[FittedALS] = []
    for limit in (1, 2):
        with threads(limit):
            found.append(ALS(factors=8, iterations=4).fit(KNOWN, seeded()))
    np.testing.assert_array_equal(found[0].customer_factors, found[1].customer_factors)
    np.testing.assert_array_equal(found[0].product_factors, found[1].product_factors)


def test_another_seed_gives_other_factors() -> None:
    model = ALS(factors=8, iterations=1)
    one, other = model.fit(KNOWN, seeded()), model.fit(KNOWN, np.random.default_rng(6))
    assert not np.allclose(one.product_factors, other.product_factors)


@pytest.mark.parametrize("alpha", [1.0, 3.0, 0.25])
def test_completed_basket_is_solved_as_implicit_solves_it(alpha: float) -> None:
    """`recalculate_user` is implicit's exact solver, with the products' vectors held."""
    model = ALS(factors=8, iterations=4, regularization=0.1, alpha=alpha)
    ours, other = model.fit(KNOWN, seeded()), theirs(model)
    baskets = KNOWN.history.matrix(COUNT)
    with threadpool_limits(1, "blas"):
        people = other.recalculate_user(EVERYONE, baskets)
    scores = people @ other.item_factors.T
    lists = ours.complete(baskets, 5)
    assert not (KNOWN.history.bought.toarray()[EVERYONE[:, None], lists.products]).any()
    np.testing.assert_allclose(
        lists.scores, np.take_along_axis(scores, lists.products, axis=1), rtol=1e-3, atol=1e-4
    )


def test_scores_are_products_of_vectors() -> None:
    fitted = ALS(factors=8, iterations=2).fit(KNOWN, seeded())
    lists = fitted.recommend(EVERYONE[:3], 40, seen=Seen.KEEP)
    dense = fitted.customer_factors[:3] @ fitted.product_factors.T
    np.testing.assert_allclose(lists.scores, np.sort(dense, axis=1)[:, ::-1], rtol=1e-5, atol=1e-6)


def test_empty_basket_says_nothing() -> None:
    fitted = ALS(factors=8, iterations=2).fit(KNOWN, seeded())
    empty = sparse.csr_matrix((1, len(KNOWN.history.products)), dtype=np.float32)
    assert fitted.complete(empty, 3).products.tolist() == [[-1, -1, -1]]

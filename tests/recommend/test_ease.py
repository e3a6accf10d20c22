"""EASE against the textbook inverse and against least squares with the diagonal held at 0."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.recommend.ease import EASE, closed_form
from tests.logs import all_of, random_log

KNOWN = all_of(random_log(5))
RNG = np.random.default_rng(0)


def test_weights_are_minus_inverse_over_its_diagonal() -> None:
    x = KNOWN.history.bought.toarray().astype(float)
    inverse = np.linalg.inv(x.T @ x + 3 * np.eye(x.shape[1]))
    want = -inverse / np.diag(inverse)
    np.fill_diagonal(want, 0)
    np.testing.assert_allclose(EASE(l2=3).fit(KNOWN, RNG).weights, want, atol=1e-6)


def test_each_column_is_ridge_regression_on_the_other_products() -> None:
    x = KNOWN.history.bought.toarray().astype(float)
    weights = closed_form(x.T @ x, 2.0)
    for product in (0, 3):
        others = np.delete(np.arange(x.shape[1]), product)
        system = x[:, others].T @ x[:, others] + 2.0 * np.eye(len(others))
        want = np.linalg.solve(system, x[:, others].T @ x[:, product])
        np.testing.assert_allclose(weights[others, product], want, atol=1e-6)
        assert weights[product, product] == 0


def test_only_the_best_selling_products_take_part() -> None:
    fitted = EASE(l2=3, max_products=5).fit(KNOWN, RNG)
    best = np.argsort(KNOWN.popularity_rank)[:5]
    assert sorted(fitted.products) == sorted(best)
    lists = fitted.recommend(np.arange(8, dtype=np.int32), 10)
    assert set(lists.products[lists.products >= 0]) <= set(best)


def test_a_basket_is_scored_like_a_customer_who_bought_it() -> None:
    fitted = EASE(l2=3).fit(KNOWN, RNG)
    customers = np.arange(6, dtype=np.int32)
    basket = sparse.csr_matrix(KNOWN.history.bought[customers])
    np.testing.assert_array_equal(
        fitted.complete(basket, 5).products, fitted.recommend(customers, 5).products
    )


def test_a_penalty_too_small_to_invert_is_told() -> None:
    with pytest.raises(RecommendError, match="raise l2"):
        closed_form(np.ones((3, 3)), 0.0)

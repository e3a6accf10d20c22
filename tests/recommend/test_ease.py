"""EASE against the textbook inverse and against least squares with the diagonal held at 0.

Its sparse form against least squares on the neighbours, and a plain reading of the paper's three steps.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.parallel import threads
from recsys.core.protocols import Seen
from recsys.core.weighting import BINARY, COUNT, Weighting
from recsys.recommend import ease_sparse, gram
from recsys.recommend.base import Shelf
from recsys.recommend.ease import EASE, closed_form
from recsys.recommend.ease_sparse import sparse_form
from recsys.recommend.gram import alike
from recsys.recommend.slim import SLIM
from tests.logs import all_of, random_log

KNOWN = all_of(random_log(5))
WIDE = all_of(random_log(8, customers=70, products=50, lines=700))
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
    fitted = EASE(l2=3, max_products=5, approximate=False).fit(KNOWN, RNG)
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


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_penalty_grows_with_what_was_sold(alpha: float) -> None:
    x = KNOWN.history.bought.toarray().astype(float)
    gram = x.T @ x
    inverse = np.linalg.inv(gram + 2 * np.diag(np.diag(gram) ** alpha))
    want = -inverse / np.diag(inverse)
    np.fill_diagonal(want, 0)
    np.testing.assert_allclose(EASE(l2=2, alpha=alpha).fit(KNOWN, RNG).weights, want, atol=1e-6)
    few = EASE(l2=2, alpha=alpha, max_products=6, approximate=False).fit(KNOWN, RNG)
    part = gram[np.ix_(few.products, few.products)]
    want = closed_form(part, 2 * np.diag(part) ** alpha)
    np.testing.assert_allclose(few.weights, want, atol=1e-6)


# -- the sparse form ---------------------------------------------------------------------------------


@pytest.mark.parametrize("weighting", [BINARY, Weighting("decay", 30)], ids=str)
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_all_neighbours_is_the_exact_form(weighting: Weighting, share: float) -> None:
    own = WIDE.history.matrix(weighting)
    everyone = sparse.csr_matrix(np.random.default_rng(1).random((50, 50)) + 0.1)
    penalty = 2.0 + np.arange(50.0)
    found = sparse_form(own, everyone, penalty, share).toarray()
    np.testing.assert_allclose(found, closed_form((own.T @ own).toarray(), penalty), atol=1e-6)


def test_lists_with_all_neighbours_are_those_of_the_exact_form() -> None:
    known = all_of(random_log(6, customers=40, products=12, lines=800))
    assert (known.history.bought.T @ known.history.bought).nnz == 12 * 12  # all have a customer in common
    everyone = np.arange(40, dtype=np.int32)
    exact = EASE(l2=3, alpha=0.5).fit(known, RNG).recommend(everyone, 12, seen=Seen.KEEP)
    found = EASE(l2=3, alpha=0.5, approximate=True, neighbours=11).fit(known, RNG)
    lists = found.recommend(everyone, 12, seen=Seen.KEEP)
    held = lists.products >= 0
    assert held[:, :5].all()
    np.testing.assert_array_equal(lists.products[held], exact.products[held])
    np.testing.assert_allclose(lists.scores[held], exact.scores[held], rtol=1e-4, atol=1e-6)
    assert (exact.scores[~held] < 1e-6).all()  # what is worth nothing or less is not named


def test_each_column_is_ridge_regression_on_the_neighbours() -> None:
    x = WIDE.history.bought.toarray().astype(float)
    near = alike(WIDE.history.bought, 7, Shelf.of(WIDE))
    found = EASE(l2=2, approximate=True, neighbours=7).fit(WIDE, RNG).weights.toarray()
    for product in range(50):
        few = near[[product]].indices
        want = np.zeros(50)
        system = x[:, few].T @ x[:, few] + 2 * np.eye(len(few))
        want[few] = np.linalg.solve(system, x[:, few].T @ x[:, product])
        np.testing.assert_allclose(found[:, product], want, atol=1e-6)


def by_the_paper(x: np.ndarray, near: np.ndarray, l2: float, share: float) -> np.ndarray:
    """Section 3.2, step by step, with dictionaries; near: similarities, 0 where a product is no neighbour."""
    products = len(near)
    gram = x.T @ x + l2 * np.eye(products)
    waiting = sorted(range(products), key=lambda j: (-(near[j] > 0).sum(), -x[:, j].sum(), j))
    told: dict[tuple[int, int], list[float]] = {}
    while waiting:
        head = waiting[0]
        block = [head, *sorted(np.flatnonzero(near[head]), key=lambda j: (-near[head, j], j))]
        inverse = np.linalg.inv(gram[np.ix_(block, block)])
        some = block[: max(1, int(np.ceil(share * len(block))))]
        for b, column in enumerate(some):
            for a, row in enumerate(block):
                if near[column, row] > 0:
                    told.setdefault((row, column), []).append(-inverse[a, b] / inverse[b, b])
        waiting = [product for product in waiting if product not in some]
    found = np.zeros((products, products))
    for place, values in told.items():
        found[place] = np.mean(values)
    return found


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("neighbours", [9, 40])
def test_blocks_are_shared_and_averaged_as_in_the_paper(
    neighbours: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = WIDE.history.bought.toarray().astype(float)
    near = alike(WIDE.history.bought, neighbours, Shelf.of(WIDE)).toarray()
    model = EASE(l2=2, approximate=True, neighbours=neighbours, block_share=share)
    found = model.fit(WIDE, RNG).weights.toarray()
    np.testing.assert_allclose(found, by_the_paper(x, near, 2.0, share), atol=1e-6)
    monkeypatch.setattr(ease_sparse, "CELLS", 50)  # many rounds of few blocks
    np.testing.assert_array_equal(model.fit(WIDE, RNG).weights.toarray(), found)


def test_more_products_than_the_exact_form_takes_are_approximated() -> None:
    exact, found = EASE(max_products=50), EASE(max_products=49)
    assert isinstance(exact.fit(WIDE, RNG).weights, np.ndarray)
    assert sparse.issparse(found.fit(WIDE, RNG).weights)
    assert isinstance(EASE(max_products=49, approximate=False).fit(WIDE, RNG).weights, np.ndarray)
    assert sparse.issparse(EASE(approximate=True).fit(WIDE, RNG).weights)


def test_one_thread_and_two_give_the_same_sparse_weights() -> None:
    found = []
    for limit in (1, 2):
        with threads(limit):
            model = EASE(l2=2, approximate=True, neighbours=9, block_share=0.4)
            found.append(model.fit(WIDE, RNG).weights.toarray())
    np.testing.assert_array_equal(found[0], found[1])


def test_what_two_models_need_of_the_same_matrix_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    usual = gram.whole
    monkeypatch.setattr(gram, "whole", lambda own: made.append(own) or usual(own))
    known = all_of(random_log(6))
    for model in (EASE(l2=5), EASE(l2=9), SLIM(neighbours=None), EASE(l2=5, weighting=COUNT)):
        model.fit(known, RNG)
    assert len(made) == 2  # binary, count
    monkeypatch.setattr(gram, "SHARED", 3)
    again = all_of(random_log(6))
    for _ in range(2):
        EASE(l2=5).fit(again, RNG)
    assert len(made) == 4  # too large to keep

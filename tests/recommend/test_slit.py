"""SLIT by hand, against scikit-learn's ridge regression, and on logs where it can only learn one thing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.log import TransactionLog
from recsys.core.parallel import threads
from recsys.core.protocols import Seen
from recsys.core.reasons import Why
from recsys.recommend.slit import ALWAYS, SLIT, laid_out, ridge
from tests.logs import all_of, make_log, random_log

KNOWN = all_of(random_log(5))
RNG = np.random.default_rng(0)
EVERYBODY = np.arange(KNOWN.history.bought.shape[0], dtype=np.int32)


def test_weights_are_those_of_ridge_regression() -> None:
    """The last column is held back by ALWAYS of the penalty: as one ten times as large, a tenth as heavy."""
    before, after = SLIT(horizon_days=20, stride_days=7)._lessons(KNOWN.history, products(KNOWN))
    x, y = before.toarray(), after.toarray()
    assert len(x) > 20
    x[:, -1] /= np.sqrt(ALWAYS)
    want = Ridge(alpha=3.0, fit_intercept=False, solver="cholesky").fit(x, y).coef_.T
    want[-1] /= np.sqrt(ALWAYS)
    np.testing.assert_allclose(ridge(before, after, 3.0), want, atol=2e-5)


def bought(lines: list[tuple[str, str, str]]) -> TransactionLog:
    """(customer, product, day): each an invoice."""
    return make_log((who, what, f"i{at}", day, 1, 1.0) for at, (who, what, day) in enumerate(lines))


def products(known: Known) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.arange(known.history.bought.shape[1], dtype=np.int32)


def test_a_moment_teaches_what_came_after_it() -> None:
    """The log ends at the end of 5 March: the moments are 25, 15 and 5 February."""
    known = all_of(
        bought(
            [
                ("ann", "tea", "2024-02-01"),
                ("ann", "cup", "2024-02-20"),
                ("ann", "cup", "2024-03-01"),
                ("bob", "cup", "2024-02-10"),
                ("bob", "tea", "2024-02-27"),
                ("bob", "pot", "2024-02-28"),
                ("cat", "pot", "2024-03-05"),
            ]
        )
    )
    history = known.history
    assert str(history.end)[:10] == "2024-03-06"
    model = SLIT(weighting="count", horizon_days=10, stride_days=10, moments=5, memory_days=10.0)
    before, after = model._lessons(history, products(known))
    names = list(history.products.names)
    cup, pot, tea = (names.index(name) for name in ("cup", "pot", "tea"))
    whole = np.column_stack([before.toarray(), after.toarray()])
    # ann had tea and a cup, then a cup; bob a cup, then two things; ten days before, ann tea, then a cup.
    half = 2**-0.25  # two products: 1 / sqrt(2) of the length to the power of a half
    weight = np.array([1.0, 2**-0.5, 0.5])
    root = np.sqrt(weight / weight.mean())
    want = np.zeros((3, 7))
    want[0, [tea, cup]], want[0, 3], want[0, 4 + cup] = half, 1, 1
    want[1, cup], want[1, 3], want[1, [4 + tea, 4 + pot]] = 1, 1, 1
    want[2, tea], want[2, 3], want[2, 4 + cup] = 1, 1, 1
    order = np.lexsort(whole.T)
    np.testing.assert_allclose(
        whole[order], (root[:, None] * want)[np.lexsort((root[:, None] * want).T)], atol=1e-6
    )


def test_rows_are_roots_over_the_root_of_their_length() -> None:
    rows = laid_out(sparse.csr_matrix([[9.0, 16.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 4.0]]))
    np.testing.assert_allclose(
        rows.toarray(), [[3 / 5**0.5, 4 / 5**0.5, 0], [0, 0, 0], [0, 0, 2 / 2**0.5]], rtol=1e-6
    )


def test_it_learns_what_comes_next_and_what_comes_again() -> None:
    """Whoever bought a machine buys pods after it, again and again; nobody goes from pods to a machine."""
    lines = []
    for at in range(30):
        lines += [
            (f"m{at}", "machine", f"2024-01-{at % 28 + 1:02d}"),
            (f"m{at}", "pods", f"2024-02-{at % 28 + 1:02d}"),
        ]
        lines += [
            (f"m{at}", "pods", f"2024-03-{at % 28 + 1:02d}"),
            (f"x{at}", "vase", f"2024-01-{at % 28 + 1:02d}"),
        ]
        lines += [(f"x{at}", "lamp", f"2024-02-{at % 28 + 1:02d}")]
    lines += [("new", "machine", "2024-03-28"), ("odd", "vase", "2024-03-28")]
    known = all_of(bought(lines))
    fitted = SLIT(l2=1.0).fit(known, RNG)
    names = known.history.products.names
    new, odd, old = known.history.customers.codes(["new", "odd", "m3"])
    asked = np.array([new, odd, old], dtype=np.int32)
    lists = fitted.recommend(asked, 2, seen=Seen.KEEP)
    assert [names[code] for code in lists.products[:, 0]] == ["pods", "lamp", "pods"]
    why = fitted.explain(lists, seen=Seen.KEEP)
    assert why.kinds[:2, 0].tolist() == [Why.WITH, Why.WITH]
    assert names[why.products[0, 0]] == "machine"


def test_without_a_moment_to_learn_from_the_best_selling_come_first() -> None:
    fitted = SLIT(horizon_days=4000).fit(KNOWN, RNG)
    assert not fitted.weights.any()
    lists = fitted.recommend(EVERYBODY[:3], 5, seen=Seen.KEEP)
    best = np.argsort(KNOWN.popularity_rank)[:5]
    np.testing.assert_array_equal(lists.products, np.tile(best, (3, 1)))


def test_only_the_best_selling_products_take_part() -> None:
    fitted = SLIT(max_products=5).fit(KNOWN, RNG)
    best = np.argsort(KNOWN.popularity_rank)[:5]
    assert fitted.weights.shape == (6, 5)
    lists = fitted.recommend(EVERYBODY, 10, seen=Seen.KEEP)
    assert set(lists.products[lists.products >= 0]) <= set(best)


def test_a_basket_is_scored_like_a_customer_who_bought_it_now() -> None:
    fitted = SLIT(weighting="binary").fit(KNOWN, RNG)
    basket = sparse.csr_matrix(KNOWN.history.bought[EVERYBODY[:6]])
    np.testing.assert_array_equal(
        fitted.complete(basket, 5).products, fitted.recommend(EVERYBODY[:6], 5).products
    )


def test_one_and_two_threads_give_the_same() -> None:
    found = []
    for count in (1, 2):
        with threads(count):
            found.append(SLIT().fit(KNOWN, np.random.default_rng(1)).weights)
    np.testing.assert_array_equal(*found)


def test_a_penalty_that_is_too_small_is_told() -> None:
    same = sparse.csr_matrix(np.ones((4, 3)))
    with pytest.raises(RecommendError, match="l2 = 1e-12: expected a larger penalty; raise l2"):
        ridge(same, sparse.csr_matrix(np.ones((4, 2))), 1e-12)

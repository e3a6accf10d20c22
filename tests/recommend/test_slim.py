"""SLIM beside scikit-learn's elastic net, and by hand where one product explains the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse
from sklearn.linear_model import ElasticNet

from recsys.core.errors import RecommendError
from recsys.core.parallel import threads
from recsys.core.protocols import Seen
from recsys.core.weighting import BINARY, Weighting
from recsys.recommend import slim
from recsys.recommend.base import Shelf
from recsys.recommend.gram import alike
from recsys.recommend.slim import SLIM
from tests.logs import all_of, bought, make_log, random_log

KNOWN = all_of(random_log(31, customers=60, products=40, lines=900))
RNG = np.random.default_rng(0)
EXACT: dict[str, Any] = {"tolerance": 1e-12, "iterations": 10_000}
LOG = Weighting("log")


def weights(**fields: Any) -> np.ndarray:
    return SLIM(**{**EXACT, **fields}).fit(KNOWN, RNG).similar.toarray()


def elastic_net(
    x: np.ndarray, product: int, features: np.ndarray, l1: float, l2: float, positive: bool
) -> np.ndarray:
    """scikit-learn's weights of these products in explaining one."""
    penalty = {"alpha": (l1 + l2) / len(x), "l1_ratio": l1 / (l1 + l2)}
    net = ElasticNet(**penalty, positive=positive, fit_intercept=False, tol=1e-10, max_iter=100_000)
    found = np.zeros(x.shape[1])
    found[features] = net.fit(x[:, features], x[:, product]).coef_
    return found


@pytest.mark.parametrize("positive", [True, False], ids=["non-negative", "any sign"])
@pytest.mark.parametrize("weighting", [BINARY, LOG], ids=str)
@pytest.mark.parametrize(("l1", "l2"), [(1.0, 5.0), (3.0, 0.5), (0.01, 40.0)])
def test_weights_are_scikit_learns(l1: float, l2: float, weighting: Weighting, positive: bool) -> None:
    x = KNOWN.history.matrix(weighting).toarray().astype(float)
    found = weights(l1=l1, l2=l2, non_negative=positive, weighting=weighting, neighbours=None)
    for product in range(x.shape[1]):
        others = np.delete(np.arange(x.shape[1]), product)
        want = elastic_net(x, product, others, l1, l2, positive)
        np.testing.assert_allclose(found[:, product], want, atol=1e-6)
    assert not (positive and (found < 0).any())


@pytest.mark.parametrize("positive", [True, False], ids=["non-negative", "any sign"])
def test_with_neighbours_only_those_explain_a_product(positive: bool) -> None:
    x = KNOWN.history.matrix(LOG).toarray().astype(float)
    near = alike(KNOWN.history.matrix(LOG), 6, Shelf.of(KNOWN))
    found = weights(l1=0.2, l2=2.0, non_negative=positive, weighting=LOG, neighbours=6)
    for product in range(x.shape[1]):
        want = elastic_net(x, product, near[[product]].indices, 0.2, 2.0, positive)
        np.testing.assert_allclose(found[:, product], want, atol=1e-6)


def test_as_many_neighbours_as_products_is_all_of_them() -> None:
    few, every = weights(l1=0.5, l2=3.0, neighbours=38), weights(l1=0.5, l2=3.0, neighbours=None)
    np.testing.assert_array_equal(weights(l1=0.5, l2=3.0, neighbours=39), every)
    assert np.abs(few - every).max() < 0.1


def test_usual_tolerance_is_close_enough() -> None:
    found = SLIM(l1=1.0, l2=5.0, neighbours=None).fit(KNOWN, RNG).similar.toarray()
    np.testing.assert_allclose(found, weights(l1=1.0, l2=5.0, neighbours=None), atol=1e-3)


def test_one_pass_is_not_enough() -> None:
    one = SLIM(l1=0.1, l2=1.0, iterations=1, neighbours=None).fit(KNOWN, RNG).similar.toarray()
    assert np.abs(one - weights(l1=0.1, l2=1.0, neighbours=None)).max() > 0.01


# -- by hand: ann and bob buy tea and pot, cat buys tea ----------------------------------------------

TWO = all_of(make_log(bought("ann:tea ann:pot bob:tea bob:pot cat:tea")))
POT, TEA = 0, 1


@pytest.mark.parametrize("neighbours", [None, 1])
def test_tea_explains_the_pot_by_what_they_share_less_the_penalties(neighbours: int | None) -> None:
    found = SLIM(l1=0.5, l2=4.0, neighbours=neighbours).fit(TWO, RNG).similar
    assert found[TEA, POT] == pytest.approx((2 - 0.5) / (3 + 4))
    assert found[POT, TEA] == pytest.approx((2 - 0.5) / (2 + 4))
    assert found.diagonal().tolist() == [0, 0]


def test_penalty_above_what_they_share_leaves_nothing() -> None:
    fitted = SLIM(l1=2.0).fit(TWO, RNG)
    assert fitted.similar.nnz == 0
    assert (fitted.recommend(np.array([2], np.int32), 2).products == -1).all()


def test_score_is_the_sum_of_the_weights_of_what_was_bought() -> None:
    fitted = SLIM(l1=0.1, l2=2.0, weighting="log").fit(KNOWN, RNG)
    everyone = np.arange(len(KNOWN.history.customers), dtype=np.int32)
    lists = fitted.recommend(everyone, 10, seen=Seen.KEEP)
    dense = KNOWN.history.matrix(LOG).toarray() @ fitted.similar.toarray()
    want = -np.sort(-dense, axis=1)[:, :10]
    np.testing.assert_allclose(np.nan_to_num(lists.scores), np.maximum(want, 0), rtol=1e-5)


def test_basket_of_a_stranger_is_completed_like_a_customers() -> None:
    fitted = SLIM(l1=0.1, l2=2.0).fit(KNOWN, RNG)
    everyone = np.arange(len(KNOWN.history.customers), dtype=np.int32)
    completed = fitted.complete(sparse.csr_matrix(KNOWN.history.bought), 6)
    np.testing.assert_array_equal(completed.products, fitted.recommend(everyone, 6).products)


@pytest.mark.parametrize("neighbours", [9, None])
def test_weights_do_not_depend_on_threads_and_blocks(
    neighbours: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = SLIM(l1=0.1, l2=2.0, neighbours=neighbours)
    want = model.fit(KNOWN, RNG).similar
    monkeypatch.setattr(slim, "BLOCK", 7)
    for limit in (1, 2):
        with threads(limit):
            found = model.fit(KNOWN, RNG).similar
        for part in ("data", "indices", "indptr"):
            np.testing.assert_array_equal(getattr(found, part), getattr(want, part))


def test_too_many_products_for_all_against_all_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slim, "MOST", 39)
    with pytest.raises(
        RecommendError, match=r"40 x 40 numbers: expected at most 39 products; set neighbours"
    ):
        SLIM(neighbours=None).fit(KNOWN, RNG)
    SLIM(neighbours=38).fit(KNOWN, RNG)


@pytest.mark.parametrize("wrong", [{"l1": -1}, {"l2": -0.1}, {"neighbours": 0}, {"iterations": 0}])
def test_impossible_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        SLIM(**wrong)

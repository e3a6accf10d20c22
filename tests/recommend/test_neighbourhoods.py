"""Walks, customer neighbours and singular vectors against dense textbook computations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from recsys.core.protocols import Seen
from recsys.core.weighting import Weighting
from recsys.recommend.graph import P3alpha, RP3beta
from recsys.recommend.pure_svd import PureSVD, _directions
from recsys.recommend.user_knn import UserKNN
from tests.logs import all_of, random_log

KNOWN = all_of(random_log(12))
RNG = np.random.default_rng(0)
COUNTS = KNOWN.history.matrix(Weighting("count")).toarray().astype(float)
EVERYONE = np.arange(len(COUNTS), dtype=np.int32)


@pytest.mark.parametrize("alpha", [1.0, 0.7])
@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_walks_are_products_of_their_steps(alpha: float, beta: float) -> None:
    to_customer = (COUNTS.T / COUNTS.sum(axis=0)[:, None]) ** alpha
    to_product = (COUNTS / COUNTS.sum(axis=1)[:, None]) ** alpha
    want = to_customer @ to_product / COUNTS.sum(axis=0) ** beta
    np.fill_diagonal(want, 0)
    fields = {"alpha": alpha, "neighbours": 500, "weighting": "count"}
    model = RP3beta(beta=beta, **fields) if beta else P3alpha(**fields)
    np.testing.assert_allclose(model.fit(KNOWN, RNG).similar.toarray(), want, rtol=1e-5)


def textbook_walks(beta: float) -> np.ndarray:
    to_customer = COUNTS.T / COUNTS.sum(axis=0)[:, None]
    want = to_customer @ (COUNTS / COUNTS.sum(axis=1)[:, None]) / COUNTS.sum(axis=0) ** beta
    np.fill_diagonal(want, 0)
    return want


def only_best(rows: np.ndarray, k: int) -> np.ndarray:
    """Each row with its k largest, the others 0."""
    kept = rows.copy()
    for row in kept:
        row[np.argsort(-row, kind="stable")[k:]] = 0
    return kept


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("keep", ["from", "to", "both"])
def test_walks_are_kept_from_a_product_to_a_product_or_both(keep: str, normalize: bool) -> None:
    want = textbook_walks(0.4)
    want = only_best(want.T, 6).T if keep == "to" else only_best(want, 6)
    if normalize:
        want /= want.sum(axis=1, keepdims=True)
    if keep == "both":
        want = only_best(want.T, 6).T
    model = RP3beta(beta=0.4, neighbours=6, keep=keep, normalize=normalize, weighting="count")
    np.testing.assert_allclose(model.fit(KNOWN, RNG).similar.toarray(), want, rtol=1e-5)


def test_customers_like_you_vote_with_their_cosine() -> None:
    unit = COUNTS / np.linalg.norm(COUNTS, axis=1, keepdims=True)
    alike = unit @ unit.T
    np.fill_diagonal(alike, 0)
    for row in alike:
        row[np.argsort(-row)[5:]] = 0
    want = alike @ COUNTS
    lists = UserKNN(neighbours=5, weighting="count").fit(KNOWN, RNG).recommend(EVERYONE, 8, seen=Seen.KEEP)
    for row in EVERYONE:
        real = lists.products[row] >= 0
        np.testing.assert_allclose(lists.scores[row][real], np.sort(want[row])[::-1][: real.sum()], rtol=1e-5)


def test_shrink_weakens_customers_with_little_in_common() -> None:
    one, two = (UserKNN(neighbours=99, shrink=s).fit(KNOWN, RNG).similar.toarray() for s in (0, 5))
    x = KNOWN.history.bought.toarray().astype(float)
    norms = np.linalg.norm(x, axis=1)
    below = np.outer(norms, norms)
    np.testing.assert_allclose(two, one * below / (below + 5), rtol=1e-5)


def test_directions_are_numpys_singular_vectors() -> None:
    fitted = PureSVD(factors=4, weighting="count").fit(KNOWN, RNG)
    right = np.linalg.svd(COUNTS)[2][:4]
    np.testing.assert_allclose(np.abs(fitted.directions.T), np.abs(right), atol=1e-4)


def test_more_factors_than_there_are_leave_out_the_last() -> None:
    fitted = PureSVD(factors=10_000, weighting="count").fit(KNOWN, RNG)
    left, size, right = np.linalg.svd(COUNTS, full_matrices=False)
    want = (left[:, :-1] * size[:-1]) @ right[:-1]
    np.testing.assert_allclose(COUNTS @ fitted.directions @ fitted.directions.T, want, atol=1e-4)


@pytest.mark.parametrize("factors", [4, 5, 6, 9])
def test_directions_that_say_nothing_but_what_was_bought_are_left_out(factors: int) -> None:
    """Of rank 3: a third direction would leave the ranking of what was not bought to rounding."""
    rows = np.array([[1, 1, 0, 0, 0, 1], [0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 1, 1]], dtype=float)
    own = sparse.csr_matrix(rows[[0, 1, 2, 0, 1, 2, 0, 0]])
    found = _directions(own, factors, np.random.default_rng(0))
    want = np.linalg.svd(own.toarray())[2][:2].T
    np.testing.assert_allclose(np.abs(found), np.abs(want), atol=1e-6)


@pytest.mark.parametrize(
    "model", [UserKNN(neighbours=99), PureSVD(factors=4), P3alpha()], ids=lambda m: m.kind
)
def test_a_basket_is_ranked_like_a_stranger_who_bought_it(model) -> None:  # type: ignore[no-untyped-def]
    fitted = model.fit(KNOWN, RNG)
    basket = sparse.csr_matrix(KNOWN.history.bought[:1])
    lists = fitted.complete(basket, 5)
    assert (lists.products[0] >= 0).all()
    assert not set(lists.products[0]) & set(basket.indices)

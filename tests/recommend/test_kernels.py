"""Every form of ranking beside a plain sort: score down, then rank up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from recsys.core.ids import NOTHING
from recsys.core.parallel import threads
from recsys.recommend import kernels
from recsys.recommend.kernels import (
    Ranked,
    Rules,
    rank_dense,
    rank_factors,
    rank_order,
    rank_product,
    rank_rows,
    rank_weights,
)

N, PRODUCTS = 70, 150  # more than two steps of a scan, and a rest
KS = (1, 4, PRODUCTS, PRODUCTS + 9)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are many blocks, as a few thousand are."""
    monkeypatch.setattr(kernels, "DENSE_CELLS", PRODUCTS * 8)
    monkeypatch.setattr(kernels, "TILE", (8, 70))
    monkeypatch.setattr(kernels, "SPARSE_ROWS", 4)


def naive(scores: np.ndarray, rules: Rules, *, above: float) -> list[list[int]]:
    """One row at a time; `above`: what a score must exceed to be shown."""
    found = []
    for row in range(len(scores)):
        hidden = set() if rules.hidden is None else set(rules.hidden[row].indices)
        usable = [
            p
            for p in range(rules.products)
            if scores[row, p] > above and p not in hidden and (rules.allowed is None or rules.allowed[p])
        ]
        found.append(sorted(usable, key=lambda p: (-scores[row, p], rules.rank[p]))[: rules.k])
    return found


def check(ranked: Ranked, scores: np.ndarray, rules: Rules, *, above: float) -> None:
    products, given = ranked
    assert products.shape == given.shape == (len(scores), rules.k)
    assert products.dtype == np.int32
    assert given.dtype == np.float32
    for row, want in enumerate(naive(scores, rules, above=above)):
        size = len(want)
        assert products[row, :size].tolist() == want
        assert (products[row, size:] == NOTHING).all()
        np.testing.assert_array_equal(given[row, :size], scores[row, want].astype(np.float32))
        assert np.isnan(given[row, size:]).all()


def rules(k: int, *, hide: bool, allow: bool, n: int = N, seed: int = 0) -> Rules:
    rng = np.random.default_rng(seed)
    hidden = sparse.random_array((n, PRODUCTS), density=0.3, rng=rng, format="csr")
    rank = rng.permutation(PRODUCTS).astype(np.int32)
    mask = rng.random(PRODUCTS) < 0.6
    return Rules(k, sparse.csr_matrix(hidden) if hide else None, mask if allow else None, rank)


RULES = pytest.mark.parametrize("hide", [False, True], ids=["", "hidden"])
ALLOW = pytest.mark.parametrize("allow", [False, True], ids=["", "allowed"])
PLACES = pytest.mark.parametrize("k", KS)


def levels(n: int = N, *, seed: int = 1) -> np.ndarray:
    """Few levels, so that most scores are tied; some rows are 0 throughout."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 4, size=(n, PRODUCTS)).astype(np.float32)
    scores[::7] = 0
    return scores


@RULES
@ALLOW
@PLACES
def test_dense_is_a_plain_sort(k: int, hide: bool, allow: bool) -> None:
    scores, by = levels() - 2, rules(k, hide=hide, allow=allow)
    check(rank_dense(lambda a, b: scores[a:b], N, by), scores, by, above=-np.inf)


@RULES
@PLACES
def test_dense_never_shows_nan_or_minus_infinity(k: int, hide: bool) -> None:
    scores = levels()
    rng = np.random.default_rng(3)
    scores[:, 140:] = -np.inf
    scores[rng.random(scores.shape) < 0.3] = np.nan
    scores[rng.random(scores.shape) < 0.3] = -np.inf
    scores[rng.random(scores.shape) < 0.05] = np.inf
    scores[5], scores[6] = np.nan, -np.inf
    by = rules(k, hide=hide, allow=False)
    check(rank_dense(lambda a, b: scores[a:b], N, by), scores, by, above=-np.inf)


@RULES
@ALLOW
@PLACES
def test_sparse_rows_are_a_plain_sort(k: int, hide: bool, allow: bool) -> None:
    scores, by = levels(), rules(k, hide=hide, allow=allow)
    check(rank_rows(sparse.csr_matrix(scores), by), scores, by, above=0)


def test_sparse_rows_with_stored_zeros_nan_and_negatives_show_what_is_above_zero() -> None:
    row = sparse.csr_matrix(
        (np.array([0.0, -1.0, np.nan, 2.0, 1.0], np.float32), np.array([0, 1, 2, 3, 4]), np.array([0, 5])),
        shape=(1, PRODUCTS),
    )
    by = Rules(6, None, None, np.arange(PRODUCTS, dtype=np.int32))
    assert rank_rows(row, by)[0].tolist() == [[3, 4, NOTHING, NOTHING, NOTHING, NOTHING]]


@RULES
@ALLOW
@PLACES
def test_product_of_sparse_matrices_is_a_plain_sort(k: int, hide: bool, allow: bool) -> None:
    rng = np.random.default_rng(4)
    left = rng.integers(0, 3, size=(N, 9)) * (rng.random((N, 9)) < 0.4)
    right = rng.integers(-1, 3, size=(9, PRODUCTS)) * (rng.random((9, PRODUCTS)) < 0.4)
    left[::6] = 0
    by = rules(k, hide=hide, allow=allow)
    ranked = rank_product(
        sparse.csr_matrix(left.astype(np.float32)), sparse.csr_matrix(right.astype(np.float32)), by
    )
    check(ranked, (left @ right).astype(np.float32), by, above=0)


@RULES
@ALLOW
@pytest.mark.parametrize("busy", [0, 10, 40], ids=lambda busy: f"{busy} in a row")
def test_product_of_few_entries_and_of_many_is_a_plain_sort(busy: int, hide: bool, allow: bool) -> None:
    """Rows with few additions are walked, others scanned; here both follow one another."""
    rng = np.random.default_rng(11)
    left = np.eye(N, dtype=np.float32)
    left[::3] += rng.integers(-1, 3, size=(len(left[::3]), N)) * (rng.random((len(left[::3]), N)) < 0.5)
    right = np.zeros((N, PRODUCTS), dtype=np.float32)
    for row in range(N):
        right[row, rng.choice(PRODUCTS, max(busy, 1), replace=False)] = rng.integers(-1, 3, max(busy, 1))
    by = rules(4, hide=hide, allow=allow)
    ranked = rank_product(sparse.csr_matrix(left), sparse.csr_matrix(right), by)
    check(ranked, left @ right, by, above=0)


@RULES
@ALLOW
@PLACES
def test_factors_are_a_plain_sort_of_their_products(k: int, hide: bool, allow: bool) -> None:
    rng = np.random.default_rng(5)
    left = rng.integers(-2, 3, size=(N, 6)).astype(np.float32)
    right = rng.integers(-2, 3, size=(PRODUCTS, 6)).astype(np.float32)
    by = rules(k, hide=hide, allow=allow)
    check(rank_factors(left, right, by), left @ right.T, by, above=-np.inf)


@RULES
@ALLOW
@PLACES
@pytest.mark.parametrize("some", [False, True], ids=["", "some products"])
def test_sparse_rows_times_weights_are_a_plain_sort(k: int, hide: bool, allow: bool, some: bool) -> None:
    rng = np.random.default_rng(12)
    left = (rng.integers(-1, 3, size=(N, 9)) * (rng.random((N, 9)) < 0.4)).astype(np.float32)
    right = rng.integers(-2, 3, size=(9, PRODUCTS)).astype(np.float32)
    by = rules(k, hide=hide, allow=allow)
    codes = np.sort(rng.permutation(PRODUCTS)[:81]).astype(np.int32) if some else np.arange(PRODUCTS)
    scores = np.full((N, PRODUCTS), -np.inf, dtype=np.float32)
    scores[:, codes] = (left @ right)[:, codes]
    given = right[:, codes], by, codes if some else None
    check(rank_weights(sparse.csr_matrix(left), *given), scores, by, above=-np.inf)


@RULES
@ALLOW
@PLACES
def test_one_order_for_everybody_is_a_plain_sort(k: int, hide: bool, allow: bool) -> None:
    values = np.random.default_rng(6).integers(0, 5, size=PRODUCTS).astype(float)
    values[3] = np.nan
    by = rules(k, hide=hide, allow=allow)
    check(rank_order(values, N, by), np.tile(values, (N, 1)), by, above=0)


FORMS: dict[str, Callable[[Rules], Ranked]] = {
    "dense": lambda by: rank_dense(lambda a, b: levels()[a:b], N, by),
    "factors": lambda by: rank_factors(
        np.random.default_rng(8).random((N, 5), dtype=np.float32),
        np.random.default_rng(9).random((PRODUCTS, 5), dtype=np.float32),
        by,
    ),
    "weights": lambda by: rank_weights(sparse.csr_matrix(levels()), levels(PRODUCTS, seed=2), by),
    "rows": lambda by: rank_rows(sparse.csr_matrix(levels()), by),
    "product": lambda by: rank_product(
        sparse.csr_matrix(levels()), sparse.csr_matrix(levels(PRODUCTS, seed=2)), by
    ),
    "order": lambda by: rank_order(levels()[1].astype(float), N, by),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_thread_and_two_give_the_same_lists(form: str) -> None:
    by = rules(6, hide=True, allow=True)
    with threads(1):
        products, scores = FORMS[form](by)
    with threads(2):
        again, scores_again = FORMS[form](by)
    np.testing.assert_array_equal(products, again)
    np.testing.assert_array_equal(scores, scores_again)


@pytest.mark.parametrize("form", FORMS)
def test_fewer_places_are_the_first_ones(form: str) -> None:
    ten, three = (FORMS[form](rules(k, hide=True, allow=True))[0] for k in (10, 3))
    np.testing.assert_array_equal(ten[:, :3], three)


@pytest.mark.parametrize("limit", [1, 2])
def test_nobody_to_rank_for_is_no_error(limit: int) -> None:
    by = Rules(3, None, None, np.arange(PRODUCTS, dtype=np.int32))
    nobody = sparse.csr_matrix((0, PRODUCTS), dtype=np.float32)
    with threads(limit):
        assert rank_dense(lambda a, b: np.empty((0, PRODUCTS), np.float32), 0, by)[0].shape == (0, 3)
        assert rank_rows(nobody, by)[0].shape == (0, 3)
        assert rank_product(nobody, sparse.csr_matrix((PRODUCTS, PRODUCTS), dtype=np.float32), by)[
            0
        ].shape == (0, 3)
        assert rank_order(np.ones(PRODUCTS), 0, by)[0].shape == (0, 3)


def test_ranking_changes_nothing_it_is_given() -> None:
    scores, by = levels(), rules(5, hide=True, allow=True)
    rows = sparse.csr_matrix(scores)
    assert by.hidden is not None
    assert by.allowed is not None
    given = [
        rows.data,
        rows.indices,
        rows.indptr,
        by.hidden.data,
        by.hidden.indices,
        by.allowed,
        by.rank,
        scores,
    ]
    before = [array.copy() for array in given]
    rank_rows(rows, by)
    rank_dense(lambda a, b: scores[a:b], N, by)
    rank_product(rows, sparse.csr_matrix(levels(PRODUCTS)), by)
    for array, was in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, was)


# -- neighbours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("share", [0.01, 0.08], ids=["walked", "scanned"])
@pytest.mark.parametrize("shrink", [0.0, 2.5])
@pytest.mark.parametrize(("multiply", "overlap"), [(True, 0.0), (False, 1.0), (False, 0.5)])
def test_neighbours_are_what_dense_matrices_give(
    multiply: bool, overlap: float, shrink: float, share: float, limit: int
) -> None:
    rng = np.random.default_rng(7)
    weighted = (rng.random((40, 150)) < share).astype(np.float32)  # 150 products are three blocks
    if multiply:
        weighted *= rng.integers(1, 4, size=weighted.shape)
    weighted[:, 17] = 0  # a product that nobody bought
    left, right = rng.uniform(4, 9, 150), rng.uniform(4, 9, 150)
    by = Rules(10, None, None, rng.permutation(150).astype(np.int32))
    how = kernels.Similarity(left, right, shrink, multiply, overlap)
    with threads(limit):
        found = kernels.neighbours(sparse.csr_matrix(weighted), how, by)
    assert found.shape == (150, 150)
    assert found.has_sorted_indices
    dot = weighted.astype(float).T @ weighted.astype(float)
    below = np.outer(left, right) if multiply else left[:, None] + right - overlap * dot
    similar = (dot / (below + shrink)).astype(np.float32)
    np.fill_diagonal(similar, 0)
    for row, want in enumerate(naive(similar, by, above=0)):
        assert found[row].indices.tolist() == sorted(want)
        np.testing.assert_allclose(found[row].toarray()[0, want], similar[row, want], rtol=1e-6)


def test_neighbours_of_one_product_are_none() -> None:
    found = kernels.neighbours(
        sparse.csr_matrix(np.ones((3, 1), np.float32)),
        kernels.Similarity(np.array([np.sqrt(3)]), np.array([np.sqrt(3)])),
        Rules(5, None, None, np.zeros(1, np.int32)),
    )
    assert found.shape == (1, 1)
    assert found.nnz == 0

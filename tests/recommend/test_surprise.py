"""Every score is what the library itself predicts for the pair, and stars are worked out by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surprise
from pydantic import ValidationError
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.protocols import Seen
from recsys.recommend import surprise_ratings
from recsys.recommend.surprise_ratings import Surprise
from recsys.recommend.surprise_stars import stars_of, with_none
from tests.logs import all_of, make_log

CUSTOMERS, PRODUCTS, SEED = 14, 11, 5


def shop(share: float, first_bought_all: bool) -> Known:
    """Repeated purchases. Where the first customer bought all, the library meets products in order."""
    rng = np.random.default_rng(2)
    bought = rng.random((CUSTOMERS, PRODUCTS)) < share
    bought[0] |= first_bought_all
    times = np.where(bought, rng.geometric(0.3, bought.shape), 0)
    rows = [
        (f"c{c:02}", f"p{p:02}", f"i{c}-{p}-{t}", f"2024-01-{t % 28 + 1:02}", 1, 1.0)
        for (c, p), n in np.ndenumerate(times)
        for t in range(n)
    ]
    return all_of(make_log(rows))


KNOWN = shop(0.5, first_bought_all=True)
EVERYONE = np.arange(CUSTOMERS, dtype=np.int32)


def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


def predicted(theirs: Any, stars: sparse.csr_matrix, known: Known = KNOWN) -> np.ndarray:
    """The library on its own path: a table in, one call for each pair."""
    cells = stars.tocoo()
    order = np.lexsort((cells.col, cells.row))
    history = known.history
    table = pd.DataFrame(
        {
            "customer": history.customers.names[cells.row[order]],
            "product": history.products.names[cells.col[order]],
            "stars": cells.data[order],
        }
    )
    reader = surprise.Reader(rating_scale=(0, 5))
    theirs.fit(surprise.Dataset.load_from_df(table, reader).build_full_trainset())
    return np.array(
        [
            [theirs.predict(c, p, clip=False).est for p in history.products.names]
            for c in history.customers.names
        ]
    )


def scores_of(fitted: Any) -> np.ndarray:
    """Of every pair, bought or not."""
    customers, products = fitted.shelf.bought.shape
    lists = fitted.recommend(np.arange(customers, dtype=np.int32), products, seen=Seen.KEEP)
    assert (lists.products >= 0).all()
    found = np.empty((customers, products))
    np.put_along_axis(found, lists.products, lists.scores.astype(float), axis=1)
    return found


def seeded(negatives: int = 0) -> tuple[sparse.csr_matrix, int]:
    """The stars and the seed that a fit with `rng()` uses."""
    draws = rng()
    stars = stars_of(KNOWN.history, "log")
    return (with_none(stars, negatives, draws) if negatives else stars), int(draws.integers(2**31))


CASES: list[tuple[dict[str, Any], Any]] = [
    ({"algorithm": "svd"}, lambda seed: surprise.SVD(random_state=seed)),
    (
        {"algorithm": "svd", "factors": 3, "iterations": 7, "learning_rate": 0.05, "regularization": 0.1},
        lambda seed: surprise.SVD(n_factors=3, n_epochs=7, lr_all=0.05, reg_all=0.1, random_state=seed),
    ),
    ({"algorithm": "svdpp"}, lambda seed: surprise.SVDpp(random_state=seed)),
    (
        {"algorithm": "svdpp", "factors": 3, "iterations": 7, "learning_rate": 0.05, "regularization": 0.1},
        lambda seed: surprise.SVDpp(n_factors=3, n_epochs=7, lr_all=0.05, reg_all=0.1, random_state=seed),
    ),
    ({"algorithm": "nmf"}, lambda seed: surprise.NMF(random_state=seed)),
    (
        {"algorithm": "nmf", "factors": 3, "iterations": 7, "regularization": 0.1},
        lambda seed: surprise.NMF(n_factors=3, n_epochs=7, reg_pu=0.1, reg_qi=0.1, random_state=seed),
    ),
    ({"algorithm": "baseline"}, lambda seed: surprise.BaselineOnly(verbose=False)),
    (
        {"algorithm": "baseline", "iterations": 3, "regularization": 2},
        lambda seed: surprise.BaselineOnly({"n_epochs": 3, "reg_u": 2, "reg_i": 2}, verbose=False),
    ),
    ({"algorithm": "slope-one"}, lambda seed: surprise.SlopeOne()),
    ({"algorithm": "co-clustering"}, lambda seed: surprise.CoClustering(random_state=seed)),
    (
        {"algorithm": "co-clustering", "clusters": 2, "iterations": 4},
        lambda seed: surprise.CoClustering(2, 2, n_epochs=4, random_state=seed),
    ),
]
KNN = {
    "knn-basic": surprise.KNNBasic,
    "knn-means": surprise.KNNWithMeans,
    "knn-zscore": surprise.KNNWithZScore,
    "knn-baseline": surprise.KNNBaseline,
}


@pytest.mark.parametrize("negatives", [0, 2])
@pytest.mark.parametrize(
    ("fields", "theirs"), CASES, ids=lambda case: str(case) if type(case) is dict else ""
)
def test_every_score_is_the_librarys_prediction(fields: dict[str, Any], theirs: Any, negatives: int) -> None:
    stars, seed = seeded(negatives)
    fitted = Surprise(**fields, negatives=negatives).fit(KNOWN, rng())
    np.testing.assert_allclose(scores_of(fitted), predicted(theirs(seed), stars), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("between", ["products", "customers"])
@pytest.mark.parametrize("similarity", ["cosine", "msd", "pearson", "pearson-baseline"])
@pytest.mark.parametrize("algorithm", KNN)
@pytest.mark.parametrize(("k", "min_k", "negatives"), [(40, 1, 0), (3, 1, 2), (2, 2, 0), (5, 4, 0)])
def test_every_neighbourhoods_score_is_the_librarys_prediction(
    algorithm: str, similarity: str, between: str, k: int, min_k: int, negatives: int
) -> None:
    stars, _ = seeded(negatives)
    fields = {"similarity": similarity, "between": between, "neighbours": k, "min_neighbours": min_k}
    fitted = Surprise(algorithm=algorithm, negatives=negatives, **fields).fit(KNOWN, rng())
    alike = {"name": similarity.replace("-", "_"), "user_based": between == "customers"}
    theirs = KNN[algorithm](k=k, min_k=min_k, sim_options=alike, verbose=False)
    np.testing.assert_allclose(scores_of(fitted), predicted(theirs, stars), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "alike"),
    [
        ({"algorithm": "knn-baseline"}, {"name": "pearson_baseline", "user_based": False}),
        ({"algorithm": "knn-basic"}, {"name": "msd", "user_based": False}),
        (
            {"algorithm": "knn-means", "similarity": "pearson-baseline", "shrink": 1},
            {"name": "pearson_baseline", "user_based": False, "shrinkage": 1},
        ),
    ],
    ids=str,
)
def test_what_is_null_is_as_documented(fields: dict[str, Any], alike: dict[str, Any]) -> None:
    stars, _ = seeded()
    theirs = KNN[fields["algorithm"]](k=40, min_k=1, sim_options=alike, verbose=False)
    found = scores_of(Surprise(**fields, negatives=0).fit(KNOWN, rng()))
    np.testing.assert_allclose(found, predicted(theirs, stars), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("fields", [{"algorithm": "slope-one"}, {"algorithm": "knn-means"}], ids=str)
def test_products_without_a_common_customer_say_nothing_of_each_other(fields: dict[str, Any]) -> None:
    few = shop(0.25, first_bought_all=False)
    stars = stars_of(few.history, "log")
    assert (stars.T @ stars).nnz < stars.shape[1] ** 2
    theirs = (
        surprise.SlopeOne()
        if fields["algorithm"] == "slope-one"
        else surprise.KNNWithMeans(sim_options={"user_based": False}, verbose=False)
    )
    fitted = Surprise(**fields, negatives=0).fit(few, rng())
    np.testing.assert_allclose(scores_of(fitted), predicted(theirs, stars, few), rtol=1e-5, atol=1e-5)


def test_lists_do_not_depend_on_who_else_asks() -> None:
    """Each customer alone, and all of them at once."""
    for algorithm in ("slope-one", "knn-zscore"):
        fitted = Surprise(algorithm=algorithm).fit(KNOWN, rng())
        whole = fitted.recommend(EVERYONE, 5)
        for customer in EVERYONE:
            alone = fitted.recommend(EVERYONE[customer : customer + 1], 5)
            np.testing.assert_array_equal(alone.products[0], whole.products[customer])


# -- customers and products without stars ----------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["svd", "nmf", "co-clustering", "slope-one", "knn-means"])
def test_product_nobody_bought_is_in_no_list(algorithm: str) -> None:
    """A history that is not re-coded may hold such a product, and such a customer."""
    history = KNOWN.history
    lines = history.lines[(history.lines["product"] != 4) & (history.lines["customer"] != 2)]
    part = replace(history, lines=lines.reset_index(drop=True), _matrices={})
    fitted = Surprise(algorithm=algorithm).fit(replace(KNOWN, history=part), rng())
    lists = fitted.recommend(EVERYONE, PRODUCTS, seen=Seen.KEEP)
    assert (lists.lengths == np.where(EVERYONE == 2, 0, PRODUCTS - 1)).all()
    assert not (lists.products == 4).any()
    alone = Surprise(algorithm=algorithm).fit(replace(KNOWN, history=part.recoded()), rng())
    recoded = alone.recommend(EVERYONE[:-1], PRODUCTS - 1, seen=Seen.KEEP)
    others = np.delete(np.arange(PRODUCTS), 4)
    np.testing.assert_array_equal(lists.products[EVERYONE != 2][:, :-1], others[recoded.products])


# -- stars ---------------------------------------------------------------------------------------------


def bought_times(*times: int) -> Known:
    """One customer, products bought so many times."""
    rows = [
        ("ann", f"p{p}", f"i{p}-{t}", f"2024-{t // 28 + 1:02}-{t % 28 + 1:02}", 1, 1.0)
        for p, n in enumerate(times)
        for t in range(n)
    ]
    return all_of(make_log(rows))


def test_log_is_the_doublings() -> None:
    found = stars_of(bought_times(1, 2, 3, 4, 7, 8, 15, 16, 31, 32).history, "log")
    assert found.toarray()[0].tolist() == [1, 2, 2, 3, 3, 4, 4, 5, 5, 5]


def test_count_is_at_most_five() -> None:
    assert stars_of(bought_times(1, 3, 5, 6).history, "count").toarray()[0].tolist() == [1, 3, 5, 5]


def test_quantile_is_the_fifth_that_bought_less_often() -> None:
    found = stars_of(bought_times(1, 1, 1, 1, 1, 1, 2, 2, 3, 9).history, "quantile")
    assert found.toarray()[0].tolist() == [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]


def test_views_of_what_was_not_bought_get_no_stars() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "pot", "2", "2024-01-01", 1, 1.0)]
    log = make_log(rows, views=[("ann", "pot", "2024-01-01", 5.0), ("ann", "tea", "2024-01-01", 1.5)])
    assert stars_of(log, "log").toarray().tolist() == [[0, 2], [1, 0]]


@pytest.mark.parametrize("stars", ["log", "count", "quantile"])
def test_stars_change_the_lists(stars: Any) -> None:
    found = stars_of(KNOWN.history, stars)
    assert sorted(set(found.data)) == [1, 2, 3, 4, 5][: len(set(found.data))]
    fitted = Surprise(algorithm="baseline", stars=stars, negatives=0).fit(KNOWN, rng())
    theirs = surprise.BaselineOnly(verbose=False)
    np.testing.assert_allclose(scores_of(fitted), predicted(theirs, found), rtol=1e-5)


def test_none_is_drawn_from_what_was_not_bought() -> None:
    stars = stars_of(KNOWN.history, "log")
    found = with_none(stars, 1, rng())
    np.testing.assert_array_equal(found.toarray(), stars.toarray())  # what was bought keeps its stars
    drawn = found.nnz - stars.nnz
    assert 0.3 * stars.nnz < drawn <= stars.nnz
    cells = Counter(zip(*found.tocoo().coords, strict=True))
    assert set(cells.values()) == {1}
    every = with_none(stars, 400, rng())
    assert every.nnz == CUSTOMERS * PRODUCTS


# -- what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"neighbours": 5}, r"neighbours says nothing to svd: expected factors, .*; remove neighbours"),
        ({"algorithm": "slope-one", "factors": 5}, r"says nothing to slope-one: it has no parameters"),
        ({"algorithm": "nmf", "learning_rate": 0.1}, "learning_rate says nothing to nmf"),
        ({"algorithm": "knn-basic", "clusters": 2}, "clusters says nothing to knn-basic"),
        (
            {"algorithm": "knn-basic", "shrink": 2},
            "shrink says nothing to similarity msd: expected pearson-b",
        ),
        ({"algorithm": "co-clustering", "clusters": 0}, "greater than or equal to 1"),
        ({"algorithm": "svd++"}, "Input should be 'svd'"),
    ],
    ids=str,
)
def test_parameters_that_do_not_go_together_are_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Surprise(**fields)


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"algorithm": "slope-one"}, "11 products"),
        ({"algorithm": "knn-basic"}, "11 products"),
        ({"algorithm": "knn-basic", "between": "customers"}, "14 customers"),
    ],
    ids=str,
)
def test_too_many_to_compare_are_refused(
    fields: dict[str, Any], size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surprise_ratings, "MOST", 10)
    with pytest.raises(RecommendError, match=rf"would compare {size} with each other: expected at most 10"):
        Surprise(**fields).fit(KNOWN, rng())
    Surprise().fit(KNOWN, rng())

"""Similarities by hand, and beside implicit's own item-item recommenders."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from implicit.utils import ParameterWarning
from scipy import sparse

from recsys.core.protocols import Seen
from recsys.core.weighting import BINARY, COUNT, Weighting
from recsys.recommend.item_knn import FittedItemKNN, ItemKNN, bm25
from tests.logs import all_of, bought, make_log, random_log

RNG = np.random.default_rng(0)
LOG = random_log(21, customers=60, products=40, lines=900)
KNOWN = all_of(LOG)


def similar(**fields: Any) -> sparse.csr_matrix:
    return ItemKNN(**{"neighbours": 500, **fields}).fit(KNOWN, RNG).similar


def theirs(model: Any, weighting: Weighting) -> sparse.csr_matrix:
    """All similarities of an implicit model, diagonal off."""
    counts = sparse.csr_matrix(KNOWN.history.matrix(weighting), dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ParameterWarning)  # implicit hands itself a coo matrix
        model.fit(counts, show_progress=False)
    found = model.similarity.tolil()
    found.setdiag(0)
    return found.tocsr()


@pytest.mark.parametrize("weighting", [BINARY, COUNT, Weighting("log")], ids=str)
@pytest.mark.parametrize(
    ("similarity", "model"),
    [
        ("cosine", CosineRecommender(K=500)),
        ("tfidf", TFIDFRecommender(K=500)),
        ("bm25", BM25Recommender(K=500, K1=1.2, B=0.75)),
    ],
    ids=["cosine", "tfidf", "bm25"],
)
def test_similarities_are_implicits(similarity: str, model: Any, weighting: Weighting) -> None:
    ours = similar(similarity=similarity, weighting=weighting).toarray()
    np.testing.assert_allclose(ours, theirs(model, weighting).toarray(), rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(("k1", "b"), [(100.0, 0.8), (0.5, 0.0)])
def test_bm25_parameters_are_implicits(k1: float, b: float) -> None:
    ours = similar(similarity="bm25", weighting=COUNT, k1=k1, b=b).toarray()
    want = theirs(BM25Recommender(K=500, K1=k1, B=b), COUNT).toarray()
    np.testing.assert_allclose(ours, want, rtol=2e-6, atol=1e-7)


def test_kept_neighbours_are_the_best_of_all() -> None:
    every, few = (
        similar(similarity="tfidf").toarray(),
        ItemKNN(similarity="tfidf", neighbours=5).fit(KNOWN, RNG),
    )
    for product, row in enumerate(few.similar.toarray()):
        assert (row > 0).sum() <= 5
        assert sorted(row[row > 0]) == pytest.approx(sorted(np.sort(every[product])[::-1][: (row > 0).sum()]))


def test_scores_are_the_sum_over_what_was_bought() -> None:
    fitted = ItemKNN(weighting=COUNT, neighbours=7).fit(KNOWN, RNG)
    everyone = np.arange(len(KNOWN.history.customers), dtype=np.int32)
    lists = fitted.recommend(everyone, 10, seen=Seen.KEEP)
    dense = KNOWN.history.matrix(COUNT).toarray().astype(float) @ fitted.similar.toarray().astype(float)
    for row in range(len(everyone)):
        real = lists.products[row] >= 0
        want = np.sort(dense[row])[::-1][: real.sum()]
        np.testing.assert_allclose(lists.scores[row][real], want, rtol=1e-6)
        np.testing.assert_allclose(lists.scores[row][real], dense[row, lists.products[row][real]], rtol=1e-6)


# -- by hand: ann and bob buy tea and pot, cat buys tea and cup --------------------------------------

THREE = all_of(make_log(bought("ann:tea ann:pot bob:tea bob:pot cat:tea cat:cup")))
CUP, POT, TEA = 0, 1, 2


def fit(**fields: Any) -> FittedItemKNN:
    return ItemKNN(**fields).fit(THREE, RNG)


def test_cosine_of_tea_and_pot_is_two_over_root_six() -> None:
    matrix = fit(similarity="cosine").similar
    assert matrix[TEA, POT] == pytest.approx(2 / np.sqrt(3 * 2))
    assert matrix[TEA, CUP] == pytest.approx(1 / np.sqrt(3 * 1))
    assert matrix[POT, CUP] == 0


def test_jaccard_of_tea_and_pot_is_two_thirds() -> None:
    matrix = fit(similarity="jaccard").similar
    assert matrix[TEA, POT] == pytest.approx(2 / 3)
    assert matrix[TEA, CUP] == pytest.approx(1 / 3)


def test_shrink_is_added_to_the_denominator() -> None:
    assert fit(shrink=10).similar[TEA, POT] == pytest.approx(2 / (np.sqrt(6) + 10))
    assert fit(similarity="jaccard", shrink=10).similar[TEA, POT] == pytest.approx(2 / 13)
    assert fit(normalize=False, shrink=10).similar[TEA, POT] == pytest.approx(2 / 11)


def test_shrink_of_dice_is_added_to_the_sum_of_counts() -> None:
    assert fit(similarity="dice", shrink=10).similar[TEA, POT] == pytest.approx(2 * 2 / (3 + 2 + 10))


def test_asymmetric_cosine_weighs_the_recommended_product_by_alpha() -> None:
    matrix = fit(similarity="asymmetric", alpha=0.2).similar
    assert matrix[TEA, POT] == pytest.approx(2 / (3**0.8 * 2**0.2))
    assert matrix[POT, TEA] == pytest.approx(2 / (2**0.8 * 3**0.2))
    assert fit(similarity="asymmetric", alpha=0.5).similar[TEA, POT] == pytest.approx(2 / np.sqrt(6))


def test_tversky_weighs_those_who_bought_one_alone() -> None:
    matrix = fit(similarity="tversky", tversky=(3, 0.5)).similar
    assert matrix[TEA, POT] == pytest.approx(2 / (2 + 3 * 0 + 0.5 * 1))  # one buys tea, but no pot
    assert matrix[POT, TEA] == pytest.approx(2 / (2 + 3 * 1 + 0.5 * 0))
    assert matrix[TEA, CUP] == pytest.approx(1 / (1 + 0.5 * 2))


def test_tversky_of_ones_is_jaccard() -> None:
    np.testing.assert_allclose(
        similar(similarity="tversky").toarray(), similar(similarity="jaccard").toarray()
    )


def test_scores_may_sum_over_what_made_the_similarity() -> None:
    fitted = ItemKNN(similarity="bm25", score_with="features").fit(KNOWN, RNG)
    assert (fitted.own != bm25(KNOWN.history.matrix(BINARY), 1.2, 0.75)).nnz == 0


@pytest.mark.parametrize("similarity", ["cosine", "asymmetric", "tversky", "lift", "conditional", "bm25"])
def test_neighbours_of_the_target_are_the_best_of_each_column(similarity: str) -> None:
    """Read from the whole matrix: each column keeps its five largest, and nothing else changes."""
    fields = {"similarity": similarity, "alpha": 0.3, "tversky": (0.7, 0.2), "shrink": 3.0}
    every = similar(**fields, neighbours_of="target").toarray()
    np.testing.assert_allclose(every, similar(**fields).toarray())
    few = ItemKNN(neighbours=5, neighbours_of="target", **fields).fit(KNOWN, RNG).similar.toarray()
    for column, whole in zip(few.T, every.T, strict=True):
        assert (column > 0).sum() <= 5
        np.testing.assert_allclose(
            np.sort(column[column > 0]), np.sort(whole)[::-1][: (column > 0).sum()][::-1]
        )


def test_dice_of_tea_and_pot_is_four_fifths() -> None:
    assert fit(similarity="dice").similar[TEA, POT] == pytest.approx(2 * 2 / (3 + 2))


def test_lift_of_tea_and_cup_is_one_and_of_tea_and_pot_too() -> None:
    matrix = fit(similarity="lift").similar  # everyone bought tea, so knowing it says nothing
    assert matrix[TEA, POT] == pytest.approx((2 / 3) / (3 / 3 * 2 / 3))
    assert matrix[TEA, CUP] == pytest.approx((1 / 3) / (3 / 3 * 1 / 3))


def test_conditional_probability_depends_on_the_direction() -> None:
    matrix = fit(similarity="conditional", alpha=0).similar
    assert matrix[TEA, POT] == pytest.approx(2 / 3)
    assert matrix[POT, TEA] == pytest.approx(1)
    assert fit(similarity="conditional", alpha=1).similar[POT, TEA] == pytest.approx(1 / 3)


def test_normalize_false_is_the_number_of_common_buyers() -> None:
    assert fit(normalize=False).similar[TEA, POT] == 2.0


def test_product_is_no_neighbour_of_itself() -> None:
    for similarity in ("cosine", "jaccard", "tfidf", "bm25"):
        assert not fit(similarity=similarity).similar.diagonal().any()


def test_product_may_be_kept_as_its_own_neighbour() -> None:
    kept = fit(keep_self=True)
    assert kept.similar.diagonal() == pytest.approx([1.0, 1.0, 1.0])
    assert kept.similar[TEA, POT] == pytest.approx(2 / np.sqrt(6))
    lists = kept.recommend(np.array([2], np.int32), 3, seen=Seen.KEEP)
    assert lists.products.tolist() == [[TEA, CUP, POT]]  # tea and cup: 1 + 1 / root 3; tea has more buyers


def test_jaccard_is_of_buyers_whoever_only_looked() -> None:
    pairs = bought("ann:tea ann:pot bob:tea bob:pot cat:tea cat:cup")
    known = all_of(make_log(pairs, views=[("cat", "pot", "2024-01-01", 0.5)]))
    assert ItemKNN(similarity="jaccard").fit(known, RNG).similar[TEA, POT] == pytest.approx(2 / 3)


def test_ties_are_not_broken_by_rounding() -> None:
    """Only ann bought p00 to p39, each on another day: cosine with tea does not depend on the weight."""
    days = [f"2024-0{1 + at // 20}-{1 + at % 20:02}" for at in range(40)]
    rows = [("ann", f"p{at:02}", f"i{at}", day, 1, 1.0) for at, day in enumerate(days)]
    rows += [("ann", "tea", "t1", "2024-01-07", 1, 1.0), ("bob", "tea", "t2", "2024-02-09", 1, 1.0)]
    known = all_of(make_log(rows))
    for weighting in (BINARY, Weighting("decay", 13.0)):
        lists = ItemKNN(weighting=weighting).fit(known, RNG).recommend(np.array([1], np.int32), 40)
        assert known.history.products.take(lists.products[0]).tolist() == [f"p{at:02}" for at in range(40)]
        assert len(set(lists.scores[0].tolist())) == 1


def test_cat_who_lacks_a_pot_is_offered_it() -> None:
    lists = fit().recommend(np.array([2], np.int32), 3)
    assert lists.products.tolist() == [[POT, -1, -1]]
    assert lists.scores[0, 0] == pytest.approx(2 / np.sqrt(6))


def test_plain_scores_ignore_how_often_and_similarities_do_not() -> None:
    often = [*bought("ann:tea ann:pot bob:tea bob:pot cat:tea cat:cup"), *bought("cat:cup", day="2024-01-02")]
    known = all_of(make_log(often))
    scores = {}
    for score_with in ("weighted", "plain"):
        model = ItemKNN(weighting=COUNT, similarity="jaccard", score_with=score_with)
        lists = model.fit(known, RNG).recommend(np.array([2], np.int32), 3, seen=Seen.KEEP)
        scores[score_with] = dict(zip(lists.products[0], lists.scores[0], strict=True))
    assert scores["plain"][TEA] == pytest.approx(1 / 3)  # from the cup, once
    assert scores["weighted"][TEA] == pytest.approx(2 / 3)  # from the cup, twice


def test_basket_of_a_stranger_is_completed_like_a_customers() -> None:
    fitted = ItemKNN().fit(KNOWN, RNG)
    everyone = np.arange(len(KNOWN.history.customers), dtype=np.int32)
    lists = fitted.recommend(everyone, 10)
    completed = fitted.complete(KNOWN.history.bought, 10)
    np.testing.assert_array_equal(completed.products, lists.products)
    np.testing.assert_array_equal(completed.scores, lists.scores)
    assert (completed.customers == -1).all()

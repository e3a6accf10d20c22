"""Products described like what the customer bought, by hand and beside scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from recsys.core.errors import RecommendError
from recsys.core.fold import know
from recsys.core.protocols import Seen
from recsys.core.weighting import COUNT
from recsys.recommend.content import Content
from recsys.recommend.texts import TOKEN
from tests.logs import all_of, make_log, random_rows

RNG = np.random.default_rng(0)


def shop(*sold: tuple[str, str, str | None]) -> list[tuple[Any, ...]]:
    """(customer, product, description), one invoice each."""
    return [(who, what, f"i{at}", "2024-01-01", 1, 1.0, text) for at, (who, what, text) in enumerate(sold)]


ROWS = shop(
    ("ann", "1", "red paper lantern"),
    ("bob", "2", "blue paper lantern"),
    ("bob", "3", "tin mug"),
    ("cat", "4", "red mug"),
    ("cat", "5", None),
)


def test_paper_lantern_calls_for_the_other_paper_lantern() -> None:
    known = all_of(make_log(ROWS))
    lists = Content().fit(known, RNG).recommend(np.array([0], np.int32), 5)
    assert known.history.products.take(lists.products[0]).tolist() == ["2", "4", None, None, None]


def test_score_is_the_cosine_of_profile_and_product() -> None:
    rows = [(*row[:6], f"{row[6]} {'red red mug' if row[1] < 'p06' else ''}") for row in random_rows(40)]
    known = all_of(make_log(rows))
    everyone = np.arange(len(known.history.customers), dtype=np.int32)
    lists = Content(weighting=COUNT, max_share=1.0).fit(known, RNG).recommend(everyone, 30, seen=Seen.KEEP)
    texts = known.catalogue["description"].tolist()
    vectors = TfidfVectorizer(token_pattern=TOKEN, sublinear_tf=True).fit_transform(texts)
    profiles = known.history.matrix(COUNT).toarray() @ vectors.toarray()
    want = cosine_similarity(profiles, vectors.toarray())
    for row in everyone:
        held = lists.products[row] >= 0
        assert held.sum() == (want[row] > 1e-12).sum()
        np.testing.assert_allclose(lists.scores[row][held], want[row, lists.products[row][held]], rtol=1e-5)


def test_words_in_most_products_are_ignored() -> None:
    rows = shop(*[("ann", f"{i:02}", f"set of {'red' if i % 2 else 'blue'} mugs") for i in range(30)])
    fitted = Content(max_share=0.5).fit(all_of(make_log(rows)), RNG)
    assert sorted(fitted.words) == ["blue", "red"]


def test_numbers_are_no_words() -> None:
    rows = shop(("ann", "1", "lantern 85123 x2 30cm"), ("ann", "2", "mug 85123"))
    assert sorted(Content().fit(all_of(make_log(rows)), RNG).words) == ["lantern", "mug"]


def test_category_counts_as_a_word_unless_told_otherwise() -> None:
    rows = shop(("ann", "1", "lantern"), ("bob", "2", "mug"), ("bob", "3", "bowl"))
    log = make_log(rows, product_columns={"shelf": ["Home & Garden", "Home & Garden", "Kitchen"]})
    known = all_of(log)
    fitted = Content().fit(known, RNG)
    assert fitted.recommend(np.array([0], np.int32), 2).products.tolist() == [[1, -1]]
    plain = Content(attributes=False).fit(known, RNG)
    assert plain.recommend(np.array([0], np.int32), 2).products.tolist() == [[-1, -1]]


def test_new_products_are_ranked_by_their_words() -> None:
    known = all_of(make_log(ROWS))
    lists = (
        Content()
        .fit(known, RNG)
        .rank_new(np.array([0, 1], np.int32), ["green paper", None, "steel mug", "red paper lantern"], 3)
    )
    assert lists.products[0].tolist() == [3, 0, -1]
    assert set(lists.products[1].tolist()) == {0, 2, 3}
    assert lists.customers.tolist() == [0, 1]


def test_new_products_that_read_alike_stay_in_their_order() -> None:
    fitted = Content().fit(all_of(make_log(ROWS)), RNG)
    assert fitted.rank_new(np.array([0], np.int32), ["red", "red", "red"], 2).products.tolist() == [[0, 1]]


def test_new_products_say_nothing_to_a_stranger() -> None:
    """Code -1 is nobody, not the last customer."""
    fitted = Content().fit(all_of(make_log(ROWS)), RNG)
    lists = fitted.rank_new(np.array([-1, 0], np.int32), ["red mug", "red paper"], 2)
    assert lists.products[0].tolist() == [-1, -1]
    assert lists.products[1].tolist() == [1, 0]


def test_words_first_used_after_the_cutoff_are_not_known() -> None:
    rows = [*ROWS, ("ann", "9", "late", "2024-03-01", 1, 1.0, "zebra lantern")]
    fitted = Content().fit(know(make_log(rows), np.datetime64("2024-02-01")), RNG)
    assert "zebra" not in fitted.words


def test_no_descriptions_is_refused_with_a_remedy() -> None:
    known = all_of(make_log([(*row[:6], None) for row in ROWS]))
    with pytest.raises(RecommendError, match=r"content has no descriptions .*: expected .*; map"):
        Content().fit(known, RNG)


def test_descriptions_without_words_are_refused() -> None:
    known = all_of(make_log([(*row[:6], "85123 7") for row in ROWS]))
    with pytest.raises(RecommendError, match="content found no words in the descriptions"):
        Content().fit(known, RNG)


def test_basket_of_a_stranger_is_completed_like_a_customers() -> None:
    known = all_of(make_log(ROWS))
    fitted = Content().fit(known, RNG)
    everyone = np.arange(3, dtype=np.int32)
    lists = fitted.recommend(everyone, 4)
    np.testing.assert_array_equal(fitted.complete(known.history.bought, 4).products, lists.products)
    assert fitted.complete(sparse.csr_matrix((1, 5), dtype=np.float32), 2).products.tolist() == [[-1, -1]]

"""Texts as dense vectors: latent semantic analysis, and encoders that a package or a notebook brings."""

from __future__ import annotations

import importlib
import string
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from recsys.core.errors import RecommendError
from recsys.core.protocols import Seen
from recsys.core.weighting import COUNT
from recsys.engine.catalog import load_model
from recsys.recommend import encoders
from recsys.recommend.content import Content
from recsys.recommend.texts import TOKEN
from tests.logs import all_of, make_log, random_rows
from tests.recommend.test_content import ROWS, shop

RNG = np.random.default_rng(0)
KNOWN = all_of(make_log(random_rows(40)))
EVERYONE = np.arange(len(KNOWN.history.customers), dtype=np.int32)


class Letters:
    """How often each letter occurs: near where spelling is near."""

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[text.lower().count(letter) for letter in string.ascii_lowercase] for text in texts])


PACKAGE = """
import string

calls = []

class Letters:
    def encode(self, texts):
        calls.append(list(texts))
        return [[text.lower().count(letter) for letter in string.ascii_lowercase] for text in texts]

def make():
    return Letters()

ready = Letters()
broken = 3
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installed package with encoders: a module and its entry points on the path."""
    site = tmp_path / "site"
    info = site / "shop_letters-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "shop_letters.py").write_text(PACKAGE, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-letters\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[recsys.encoders]\nletters = shop_letters:Letters\nmade = shop_letters:make\n"
        "ready = shop_letters:ready\nbroken = shop_letters:broken\n"
    )
    monkeypatch.syspath_prepend(str(site))
    module = importlib.import_module("shop_letters")
    yield module
    importlib.sys.modules.pop("shop_letters")  # type: ignore[attr-defined]


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Of everyone's profile with every product, where products have vectors of length 1."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return cosine_similarity(KNOWN.history.matrix(COUNT).toarray() @ unit, unit)


def scores_are(fitted: Any, want: np.ndarray) -> None:
    products = want.shape[1]
    lists = fitted.recommend(EVERYONE, products, seen=Seen.KEEP)
    assert (lists.products >= 0).all()
    np.testing.assert_allclose(
        lists.scores, np.take_along_axis(want, lists.products, axis=1), rtol=1e-4, atol=1e-6
    )


# -- latent semantic analysis ------------------------------------------------------------------------


@pytest.mark.parametrize("factors", [2, 5])
def test_lsa_scores_are_cosines_in_numpys_main_directions(factors: int) -> None:
    texts = KNOWN.catalogue["description"].tolist()
    words = TfidfVectorizer(token_pattern=TOKEN, sublinear_tf=True).fit_transform(texts).toarray()
    right = np.linalg.svd(words, full_matrices=False)[2][:factors]
    fitted = Content(encoder="lsa", factors=factors, weighting=COUNT, max_share=1.0).fit(KNOWN, RNG)
    scores_are(fitted, cosines(words @ right.T))


def test_as_many_directions_as_words_is_tfidf() -> None:
    want = Content(max_share=1.0).fit(KNOWN, RNG).recommend(EVERYONE, 5)
    found = Content(encoder="lsa", factors=1000, max_share=1.0).fit(KNOWN, RNG).recommend(EVERYONE, 5)
    np.testing.assert_allclose(found.scores, want.scores, rtol=1e-4)


def test_words_used_alike_count_as_alike() -> None:
    """Nothing is both a sofa and a couch, but both come in corners with cushions."""
    rows = shop(
        ("ann", "1", "sofa"),
        ("bob", "2", "couch"),
        ("bob", "3", "sofa corner cushions"),
        ("bob", "4", "couch corner cushions"),
        *[("cat", mug, "tin mug") for mug in "567"],
    )
    known = all_of(make_log(rows))
    ann = np.array([0], np.int32)
    words = Content().fit(known, RNG).recommend(ann, 6)
    assert "2" not in known.history.products.take(words.products[0]).tolist()
    found = Content(encoder="lsa", factors=2).fit(known, RNG).recommend(ann, 6)  # furniture, and mugs
    assert set(known.history.products.take(found.products[0][:3]).tolist()) == {"2", "3", "4"}
    assert found.scores[0][:3] == pytest.approx([1, 1, 1], abs=1e-5)


def test_directions_have_one_sign_whatever_the_seed() -> None:
    found = [
        Content(encoder="lsa", factors=3, max_share=1.0).fit(KNOWN, np.random.default_rng(seed)).directions
        for seed in (1, 2)
    ]
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    largest = np.abs(found[0]).argmax(axis=1)
    assert (found[0][np.arange(3), largest] > 0).all()


@pytest.mark.parametrize("encoder", ["lsa", "letters"])
def test_products_without_a_text_are_in_no_list(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoders.ENCODERS, "letters", Letters)
    known = all_of(make_log([*ROWS, *shop(("dan", "5", None))]))
    fitted = Content(encoder=encoder).fit(known, RNG)
    lists = fitted.recommend(np.arange(4, dtype=np.int32), 9, seen=Seen.KEEP)
    assert (lists.lengths == [4, 4, 4, 0]).all()  # dan has bought but the one without a text
    assert not (known.history.products.take(lists.products.ravel()) == "5").any()
    five = np.array([True, True, True, True, True])
    five[0] = False
    allowed = fitted.recommend(np.array([0], np.int32), 9, seen=Seen.KEEP, allowed=five)
    assert sorted(allowed.products[0][:3]) == [1, 2, 3]


@pytest.mark.parametrize("encoder", ["lsa", "letters"])
def test_new_products_are_ranked_by_the_same_vectors(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoders.ENCODERS, "letters", Letters)
    fitted = Content(encoder=encoder, factors=4).fit(all_of(make_log(ROWS)), RNG)
    texts = ["tin mug", None, "red paper lantern", "blue paper lantern"]
    lists = fitted.rank_new(np.array([0, -1, 1], np.int32), texts, 4)
    assert lists.products[0].tolist()[:2] == [2, 3]
    assert lists.products[0].tolist()[-1] == -1
    assert (lists.products[1] == -1).all()
    assert lists.scores[0][0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("encoder", ["tfidf", "lsa", "letters"])
def test_old_products_offered_as_new_score_as_before(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(encoders.ENCODERS, "letters", Letters)
    fitted = Content(encoder=encoder, factors=2, max_share=1.0).fit(KNOWN, RNG)
    products = len(KNOWN.history.products)
    before = fitted.recommend(EVERYONE, products, seen=Seen.KEEP)
    again = fitted.rank_new(EVERYONE, KNOWN.catalogue["description"].tolist(), products)
    np.testing.assert_allclose(again.scores, before.scores, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("encoder", ["lsa", "letters"])
def test_basket_of_a_stranger_is_completed_like_a_customers(
    encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(encoders.ENCODERS, "letters", Letters)
    known = all_of(make_log(ROWS))
    fitted = Content(encoder=encoder).fit(known, RNG)
    lists = fitted.recommend(np.arange(3, dtype=np.int32), 4)
    np.testing.assert_array_equal(fitted.complete(known.history.bought, 4).products, lists.products)
    empty = sparse.csr_matrix((1, 5), dtype=np.float32)
    assert fitted.complete(empty, 2).products.tolist() == [[-1, -1]]


# -- encoders that the user brings -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["letters", "made", "ready"])
def test_encoder_of_an_installed_package_is_found_by_its_entry_point(package: Any, name: str) -> None:
    assert name in encoders.names()
    fitted = Content(encoder=name, weighting=COUNT).fit(KNOWN, RNG)
    texts = KNOWN.catalogue["description"].tolist()
    scores_are(fitted, cosines(Letters().encode(texts).astype(float)))
    assert package.calls == [sorted(set(texts))]  # each text once


def test_saved_model_finds_its_encoder_again(package: Any, tmp_path: Path) -> None:
    fitted = Content(encoder="letters").fit(KNOWN, RNG)
    fitted.save(tmp_path / "model")
    again: Any = load_model(tmp_path / "model")
    asked = (EVERYONE, ["a green lamp", "tin of paper", None], 3)
    np.testing.assert_array_equal(again.rank_new(*asked).products, fitted.rank_new(*asked).products)


def test_saved_model_without_its_encoder_says_so_but_still_recommends(tmp_path: Path) -> None:
    encoders.ENCODERS["mine"] = Letters()
    try:
        Content(encoder="mine").fit(KNOWN, RNG).save(tmp_path / "model")
    finally:
        del encoders.ENCODERS["mine"]
    again: Any = load_model(tmp_path / "model")
    assert (again.recommend(EVERYONE, 3).products >= 0).any()
    with pytest.raises(RecommendError, match=r"'mine' is no encoder: expected .*; install the package"):
        again.rank_new(EVERYONE, ["red mug"], 1)


def test_encoder_reads_descriptions_and_attributes_as_they_are(package: Any) -> None:
    rows = shop(("ann", "1", "lantern"), ("bob", "2", None), ("bob", "3", "bowl"))
    log = make_log(rows, product_columns={"shelf": ["Home & Garden", "Home & Garden", None]})
    Content(encoder="letters").fit(all_of(log), RNG)
    Content(encoder="letters", attributes=False).fit(all_of(log), RNG)
    assert package.calls == [["Home & Garden", "bowl", "lantern, Home & Garden"], ["bowl", "lantern"]]


def test_attributes_alone_are_something_to_work_with() -> None:
    rows = shop(("ann", "1", None), ("bob", "2", None), ("bob", "3", None))
    known = all_of(make_log(rows, product_columns={"shelf": ["garden", "garden", "kitchen"]}))
    assert Content().fit(known, RNG).recommend(np.array([0], np.int32), 2).products.tolist() == [[1, -1]]
    with pytest.raises(RecommendError, match="no descriptions to work with"):
        Content(attributes=False).fit(known, RNG)


def test_unknown_encoder_is_refused_with_the_nearest_name(package: Any) -> None:
    said = r"'leters' is no encoder: expected one of tfidf, lsa, .*; did you mean 'letters'\?"
    with pytest.raises(ValidationError, match=said):
        Content(encoder="leters")


def test_what_cannot_encode_is_refused(package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecommendError, match=r"'broken' is int: expected an object with encode"):
        Content(encoder="broken").fit(KNOWN, RNG)
    monkeypatch.setitem(encoders.ENCODERS, "none", dict)
    with pytest.raises(RecommendError, match=r"'none' is dict: expected an object with encode"):
        Content(encoder="none").fit(KNOWN, RNG)


@pytest.mark.parametrize(
    "vectors", [np.ones(3), np.ones((1, 4)), np.full((20, 2), np.nan)], ids=["flat", "too few", "not finite"]
)
def test_vectors_that_are_none_are_refused(vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd:
        def encode(self, texts: list[str]) -> np.ndarray:
            return vectors

    monkeypatch.setitem(encoders.ENCODERS, "odd", Odd)
    with pytest.raises(RecommendError, match=r"encoder 'odd' gave .*: expected one row of finite numbers"):
        Content(encoder="odd").fit(KNOWN, RNG)

"""Reasons that can be worked out by hand, or the long way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.recommend.als import ALS
from recsys.recommend.association import Association
from recsys.recommend.base import RecommenderModel, Shelf
from recsys.recommend.blend import Blend
from recsys.recommend.content import Content
from recsys.recommend.ease import EASE
from recsys.recommend.fallback import Fallback
from recsys.recommend.implicit_factors import BPR, LMF, FittedFactors
from recsys.recommend.item_knn import FittedItemKNN, ItemKNN
from recsys.recommend.per_segment import PerSegment
from recsys.recommend.popularity import Popularity
from recsys.recommend.pure_svd import PureSVD
from recsys.recommend.random import Random
from recsys.recommend.reasons import worth_in
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.segment_bestsellers import SegmentBestsellers
from recsys.recommend.slim import SLIM
from recsys.recommend.surprise_ratings import Surprise
from recsys.recommend.tifu_knn import TifuKNN
from recsys.recommend.user_knn import UserKNN
from tests.contract.examples import segmented, workshop
from tests.logs import all_of, bought, make_log, random_rows

RNG = np.random.default_rng(0)
SHOP = all_of(make_log(random_rows(8, customers=40, products=20, lines=500)))
BOUGHT = "ann:tea ann:hat bob:tea bob:pot cat:tea cat:pot dan:hat dan:scarf eve:hat eve:scarf eve:tea"
PAIRS = all_of(make_log(bought(BOUGHT)))
NEAR = EASE(l2=3.0, approximate=True, neighbours=6)


def fit(model: Any, known: Known) -> Fitted:
    return model.fit(known, np.random.default_rng(1))  # type: ignore[no-any-return]


def told(known: Known, fitted: Fitted, who: str, seen: Seen = Seen.DROP) -> dict[str, tuple[Why, str | None]]:
    """What is said to this customer of each product in the list."""
    code = known.history.customers.codes([who])
    lists = fitted.recommend(code, 4, seen=seen)
    reasons = fitted.explain(lists, seen=seen)  # type: ignore[attr-defined]
    names = known.history.products.names
    return {
        str(names[product]): (Why(kind), names[own] if own != NOTHING else None)
        for product, kind, own in zip(
            lists.products[0], reasons.kinds[0], reasons.products[0], strict=True
        )
        if product != NOTHING
    }  # fmt: skip


@pytest.mark.parametrize(
    "model", [ItemKNN(), EASE(l2=0.5), SLIM(l1=0.001, l2=0.1, neighbours=None), Association(min_support=1)]
)
def test_tea_brings_the_pot_and_the_hat_the_scarf(model: RecommenderModel) -> None:
    said = told(PAIRS, fit(model, PAIRS), "ann")
    assert said["pot"] == (Why.WITH, "tea")
    assert said["scarf"] == (Why.WITH, "hat")


def test_als_brings_them_too() -> None:
    fitted = fit(ALS(factors=4, iterations=30, alpha=5.0), PAIRS)
    said = told(PAIRS, fitted, "ann")
    assert said == {"pot": (Why.WITH, "tea"), "scarf": (Why.WITH, "hat")}


def test_als_contributions_are_those_of_implicit() -> None:
    """implicit's own `explain` of each listed product names the same customer's product first."""
    from implicit.cpu.als import AlternatingLeastSquares

    model = ALS(factors=5, iterations=15, alpha=3.0, regularization=0.1)
    fitted = fit(model, SHOP)
    own = SHOP.history.matrix(model.weighting)
    theirs = AlternatingLeastSquares(factors=5, regularization=0.1, alpha=3.0)
    theirs.user_factors, theirs.item_factors = fitted.customer_factors, fitted.product_factors  # type: ignore[attr-defined]
    everyone = np.arange(own.shape[0], dtype=np.int32)
    lists = fitted.recommend(everyone, 3)
    reasons = fitted.explain(lists)  # type: ignore[attr-defined]
    compared = 0
    for row in everyone:
        for place in range(3):
            _, said, _ = theirs.explain(row, own.astype(np.float64), lists.products[row, place], N=1)
            if said and said[0][1] > 1e-6:
                assert reasons.products[row, place] == said[0][0]
                compared += 1
    assert compared > 80


@pytest.mark.parametrize("model", [ItemKNN(neighbours=5, weighting="log"), EASE(l2=3.0), NEAR])
def test_the_reason_is_the_greatest_addend_the_long_way(model: RecommenderModel) -> None:
    fitted: Any = fit(model, SHOP)
    weights = fitted.similar if isinstance(fitted, FittedItemKNN) else fitted.weights
    weights = weights.toarray() if sparse.issparse(weights) else weights
    own = fitted.own.toarray()
    everyone = np.arange(len(own), dtype=np.int32)
    lists = fitted.recommend(everyone, 6, seen=Seen.KEEP)
    reasons = fitted.explain(lists, seen=Seen.KEEP)
    for row in everyone:
        for product, kind, found in zip(
            lists.products[row], reasons.kinds[row], reasons.products[row], strict=True
        ):
            if product != NOTHING:
                added = own[row].astype(np.float64) * weights[:, product]
                assert (kind == Why.WITH) == (added.max() > 0)
                assert found == (added.argmax() if added.max() > 0 else NOTHING)


def test_pure_svd_tells_the_greatest_addend_of_x_v_v() -> None:
    """With two directions the pot comes by the tea; then all addends of a larger shop, the long way."""
    fitted = fit(PureSVD(factors=2), PAIRS)
    assert told(PAIRS, fitted, "ann") == {"pot": (Why.WITH, "tea"), "scarf": (Why.WITH, "hat")}
    of_shop: Any = fit(PureSVD(factors=4, weighting="count"), SHOP)
    mix = of_shop.directions.astype(np.float64) @ of_shop.directions.T
    everyone = np.arange(of_shop.own.shape[0], dtype=np.int32)
    lists = of_shop.recommend(everyone, 6)
    reasons = of_shop.explain(lists)
    added = of_shop.own.toarray()[everyone][:, :, None] * mix[None]
    for row, place in zip(*np.nonzero(lists.products != NOTHING), strict=True):
        own = added[row, :, lists.products[row, place]]
        assert reasons.products[row, place] == (own.argmax() if own.max() > 0 else NOTHING)


def test_a_gradient_model_tells_what_points_the_same_way() -> None:
    """One customer, who leans to the first of two tastes (2, 1), and six products; a third column is a bias.

    tea (1, 0) and hat (0, 3) were bought. pot (2, 0): 4 of its score of 4 lie along tea. jar (2, 1): 4 of 5
    along tea. fan (1, 2): 2 of 4 along hat, as much as along tea, which comes first. gun (-1, 1): -1, no
    taste for it.
    """
    products = np.array(
        [[1, 0, 9], [0, 3, 9], [2, 0, 0], [2, 1, 0], [1, 2, 0], [-1, 1, 50]], dtype=np.float32
    )
    own = sparse.csr_matrix(np.array([[1, 1, 0, 0, 0, 0]], dtype=np.float32))
    shelf = Shelf(own, np.arange(6, dtype=np.int32))
    fitted = FittedFactors(shelf, own, 2, np.array([[2, 1, 1]], dtype=np.float32), products)
    lists = TopK(np.array([0], np.int32), np.arange(6, dtype=np.int32)[None], np.ones((1, 6), np.float32))
    reasons = fitted.explain(lists)
    assert reasons.kinds.tolist() == [[Why.OWN, Why.OWN, Why.NEAR, Why.NEAR, Why.NEAR, Why.NONE]]
    assert reasons.products.tolist() == [[NOTHING, NOTHING, 0, 0, 0, NOTHING]]


def test_no_one_product_is_told_of_a_score_that_many_share() -> None:
    """The customer (1, 1, 1) bought a product along each axis; each has a third of (1, 1, 1)."""
    products = np.vstack([np.eye(3), [[1, 1, 1]]]).astype(np.float32)
    own = sparse.csr_matrix(np.array([[1, 1, 1, 0]], dtype=np.float32))
    shelf = Shelf(own, np.arange(4, dtype=np.int32))
    fitted = FittedFactors(shelf, own, 3, np.ones((1, 3), dtype=np.float32), products)
    lists = TopK(np.array([0], np.int32), np.array([[3]], np.int32), np.ones((1, 1), np.float32))
    assert fitted.explain(lists).kinds.tolist() == [[Why.NONE]]


@pytest.mark.parametrize("model", [BPR(factors=8, iterations=300), LMF(factors=8)])
def test_gradient_models_name_a_product_of_the_same_taste(model: RecommenderModel) -> None:
    """Customers take six of ten red products, or of ten blue ones; every third takes four of each."""
    rng = np.random.default_rng(4)
    counts = [{"red": 6}, {"blue": 6}, {"red": 4, "blue": 4}]
    pairs = [
        f"{who:02}:{colour}{what}"
        for who in range(90)
        for colour, count in counts[who % 3].items()
        for what in rng.choice(10, count, replace=False)
    ]
    known = all_of(make_log(bought(" ".join(pairs))))
    fitted = fit(model, known)
    lists = fitted.recommend(np.arange(2, 90, 3, dtype=np.int32), 3)
    reasons = fitted.explain(lists)  # type: ignore[attr-defined]
    red = np.char.startswith(known.history.products.names.astype(str), "red")
    at = reasons.kinds == Why.NEAR
    assert at.mean() > 0.3
    assert (red[lists.products[at]] == red[reasons.products[at]]).mean() > 0.9  # 0.5 by chance


@pytest.mark.parametrize("algorithm", ["knn-basic", "knn-means", "knn-zscore", "knn-baseline"])
@pytest.mark.parametrize("between", ["products", "customers"])
def test_neighbours_of_surprise_the_long_way(algorithm: Any, between: Any) -> None:
    """The terms of FittedNeighbours' sum, one by one; a product not bought is no reason."""
    model = Surprise(algorithm=algorithm, between=between, negatives=1, neighbours=3, similarity="cosine")
    fitted: Any = fit(model, SHOP)
    bought_ = SHOP.history.bought.toarray() > 0
    everyone = np.arange(len(bought_), dtype=np.int32)
    lists = fitted.recommend(everyone, 6, seen=Seen.KEEP)
    reasons = fitted.explain(lists, seen=Seen.KEEP)
    stars = fitted.stars.tocsr()
    for row, place in zip(*np.nonzero(lists.products != NOTHING), strict=True):
        product = int(np.flatnonzero(fitted.products == lists.products[row, place])[0])
        x, y = (product, fitted.place[row]) if between == "products" else (fitted.place[row], product)
        held = slice(stars.indptr[y], stars.indptr[y + 1])
        near = [
            (fitted.similar[x, v], v, s) for v, s in zip(stars.indices[held], stars.data[held], strict=True)
        ]
        near = sorted((one for one in near if one[0] > 0), key=lambda one: -one[0])[:3]
        added = {v: w * (s - fitted.centre[v] - fitted.shift[y]) / fitted.scale[v] for w, v, s in near}
        if between == "customers":
            total, own = sum(added.values()), added.get(x, 0.0)
            want = Why.OWN if own > 0 and 2 * own >= total else Why.ALIKE if total > 0 else Why.NONE
            assert (reasons.kinds[row, place], reasons.products[row, place]) == (want, NOTHING)
            continue
        had = {v: worth for v, worth in added.items() if bought_[row, fitted.products[v]] and worth > 0}
        best = max(had, key=lambda v: had[v], default=None)
        if best is None:
            assert reasons.kinds[row, place] == Why.NONE
        elif best == x:
            assert reasons.kinds[row, place] == Why.OWN
        else:
            assert (reasons.kinds[row, place], reasons.products[row, place]) == (
                Why.WITH,
                fitted.products[best],
            )


def test_a_product_that_speaks_for_itself_is_the_customers_own() -> None:
    fitted = fit(ItemKNN(keep_self=True), PAIRS)
    assert told(PAIRS, fitted, "dan", Seen.KEEP)["scarf"] == (Why.OWN, None)


@pytest.mark.parametrize("encoder", ["tfidf", "lsa"])
def test_words_in_common(encoder: str) -> None:
    rows = [
        ("ann", "p1", "1", "2024-01-01", 1, 1.0, "red lantern"),
        ("ann", "p2", "1", "2024-01-01", 1, 1.0, "glass teapot"),
        ("bob", "p3", "2", "2024-01-02", 1, 1.0, "blue lantern"),
        ("bob", "p4", "2", "2024-01-02", 1, 1.0, "small teapot"),
    ]
    known = all_of(make_log(rows))
    said = told(known, fit(Content(encoder=encoder, factors=6), known), "ann")
    assert said == {"p3": (Why.LIKE, "p1"), "p4": (Why.LIKE, "p2")}


def test_bestsellers_and_ones_own() -> None:
    known = segmented(PAIRS, lambda name: 0)
    for model, kind in ((Popularity(), Why.BESTSELLER), (SegmentBestsellers(), Why.SEGMENT)):
        said = told(known, fit(model, known), "ann")
        assert said == {"pot": (kind, None), "scarf": (kind, None)}
    own = told(known, fit(Repurchase(), known), "ann", Seen.KEEP)
    assert own == {"tea": (Why.OWN, None), "hat": (Why.OWN, None)}


def test_a_bestseller_tells_its_days() -> None:
    lists = TopK.empty(np.array([0], dtype=np.int32), 2)
    lists.products[0, 0] = 3  # tea, which ann bought
    for model in (Popularity(window_days=28), SegmentBestsellers(window_days=28)):
        reasons: Reasons = fit(model, segmented(PAIRS)).explain(lists)  # type: ignore[attr-defined]
        np.testing.assert_array_equal(reasons.days, [[28, np.nan]])


def test_neighbours_speak_unless_the_customers_own_buying_is_most_of_it() -> None:
    known = PAIRS
    alike = told(known, fit(UserKNN(), known), "ann", Seen.KEEP)
    assert {kind for kind, _ in alike.values()} == {Why.ALIKE}
    own = told(known, fit(TifuKNN(alpha=0.9), known), "ann", Seen.KEEP)
    assert own["tea"][0] == own["hat"][0] == Why.OWN
    assert own["pot"][0] == Why.ALIKE


MODELS: dict[str, RecommenderModel] = {
    "own": Repurchase(),
    "knn": ItemKNN(),
    "all": Popularity(),
    "dice": Random(),
}


def test_fallback_tells_of_the_first_that_speaks() -> None:
    fitted = Fallback(parts=("own", "knn", "all")).combine(PAIRS, RNG, workshop(MODELS, PAIRS))
    assert told(PAIRS, fitted, "bob", Seen.KEEP) == {
        "tea": (Why.OWN, None),
        "pot": (Why.OWN, None),
        "hat": (Why.WITH, "tea"),
        "scarf": (Why.WITH, "tea"),
    }
    fitted = Fallback(parts=("own", "all")).combine(PAIRS, RNG, workshop(MODELS, PAIRS))
    assert told(PAIRS, fitted, "bob", Seen.KEEP)["scarf"] == (Why.BESTSELLER, None)


def test_blend_tells_of_the_part_that_adds_most_and_passes_over_the_silent() -> None:
    for by in ("score", "rank"):
        blend = Blend(parts=("knn", "all"), weights=(200, 1), by=by)
        said = told(PAIRS, blend.combine(PAIRS, RNG, workshop(MODELS, PAIRS)), "ann")
        assert said == {"pot": (Why.WITH, "tea"), "scarf": (Why.WITH, "hat")}
        blend = Blend(parts=("knn", "all"), weights=(1, 200), by=by)
        said = told(PAIRS, blend.combine(PAIRS, RNG, workshop(MODELS, PAIRS)), "ann")
        assert {kind for kind, _ in said.values()} == {Why.BESTSELLER}
        blend = Blend(parts=("dice", "all"), weights=(200, 1), by=by)
        said = told(PAIRS, blend.combine(PAIRS, RNG, workshop(MODELS, PAIRS)), "ann")
        assert {kind for kind, _ in said.values()} == {Why.BESTSELLER}


def test_per_segment_tells_of_the_segments_part() -> None:
    known = segmented(PAIRS, lambda name: 0 if name == "ann" else 1)
    model = PerSegment(parts=("all", "knn"), serve={"a": "knn"})
    fitted = model.combine(known, RNG, workshop(MODELS, known))
    assert told(known, fitted, "ann")["pot"] == (Why.WITH, "tea")
    assert told(known, fitted, "bob")["hat"] == (Why.BESTSELLER, None)


def test_worth_in_another_list() -> None:
    def of(*rows: list[int]) -> TopK:
        table = np.array(rows, dtype=np.int32)
        return TopK(np.arange(len(rows), dtype=np.int32), table, np.ones(table.shape, np.float32))

    found = worth_in(of([5, 2], [1, -1]), of([2, 9, 5], [-1, -1, -1]), np.array([[3.0, 2.0, 1.0]] * 2))
    assert found.tolist() == [[1.0, 3.0], [0.0, 0.0]]
    assert Shelf.of(PAIRS).rank.shape == (4,)


@pytest.mark.parametrize("model", [ItemKNN(), EASE(l2=1.0), Content()])
def test_of_equal_addends_the_lower_code_is_told(model: Any) -> None:
    rows = [("bob", name, "1", "2024-01-01", 1, 1.0, text) for name, text in TWINS.items()]
    rows += [("ann", name, "2", "2024-01-02", 1, 1.0, TWINS[name]) for name in ("tea2", "tea1")]
    known = all_of(make_log(rows))
    kind = Why.LIKE if isinstance(model, Content) else Why.WITH
    assert told(known, fit(model, known), "ann") == {"pot": (kind, "tea1")}


TWINS = {"tea1": "green tea", "tea2": "green tea", "pot": "tea pot"}

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
from recsys.recommend.item_knn import FittedItemKNN, ItemKNN
from recsys.recommend.per_segment import PerSegment
from recsys.recommend.popularity import Popularity
from recsys.recommend.random import Random
from recsys.recommend.reasons import worth_in
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.segment_bestsellers import SegmentBestsellers
from recsys.recommend.slim import SLIM
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

"""What every recommender owes, whatever its kind; parametrised over the catalog."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING, IdMap
from recsys.core.parallel import threads
from recsys.core.protocols import Fitted, Seen
from recsys.core.topk import TopK
from recsys.core.weighting import COUNT, Weighting
from recsys.engine import catalog
from recsys.testing import check_lists
from tests.contract.examples import EXAMPLES, Example, segmented
from tests.logs import all_of, bought, make_log, random_rows

EVERY = pytest.mark.parametrize("example", EXAMPLES, ids=str)
COLLABORATIVE = [example for example in EXAMPLES if example.collaborative]
SEEN = pytest.mark.parametrize("seen", list(Seen))
ROWS = random_rows(50, customers=24, products=18, lines=260)
VIEWS = [("c01", "p00", "2024-01-05", 0.3), ("c02", "p17", "2024-02-05", 0.3)]


@cache
def shop() -> Known:
    """24 customers, 18 products, prices, descriptions, an attribute, views and segments."""
    shelf = [f"shelf {row[1][-1]}" for row in ROWS]
    return segmented(all_of(make_log(ROWS, views=VIEWS, product_columns={"shelf": shelf})))


@cache
def fitted_on_shop(example: Example) -> Fitted:
    return example.fit(shop())


def everyone(known: Known) -> np.ndarray:
    return np.arange(len(known.history.customers), dtype=np.int32)


def same(one: TopK, other: TopK) -> None:
    np.testing.assert_array_equal(one.products, other.products)
    np.testing.assert_array_equal(one.scores, other.scores)


def close(one: TopK, other: TopK) -> None:
    np.testing.assert_array_equal(one.products, other.products)
    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5, atol=1e-7)


# -- the catalog -------------------------------------------------------------------------------------


def test_every_kind_has_an_example() -> None:
    missing = set(catalog.recommenders()) - {example.config["kind"] for example in EXAMPLES}
    assert not missing, f"add {sorted(missing)} to tests/contract/examples.py"


@EVERY
def test_config_round_trip(example: Example) -> None:
    model = example.model
    again = type(model).model_validate(model.model_dump(mode="json"))
    assert again == model
    assert again.model_dump(mode="json") == model.model_dump(mode="json")


@EVERY
def test_config_refuses_unknown_keys_and_does_not_change(example: Example) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        type(example.model).model_validate({**example.config, "neighbors": 3})
    model = example.model
    with pytest.raises(ValidationError, match="frozen"):
        model.kind = "other"  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", catalog.recommenders())
def test_every_parameter_has_a_sentence_and_the_kind_says_what_it_is(kind: str) -> None:
    model = catalog.recommenders()[kind]
    assert model.about().endswith(".")
    for name, parameter in model.model_fields.items():
        if name != "kind":
            assert parameter.description, f"{kind}.{name} has no description"


# -- lists -------------------------------------------------------------------------------------------


@EVERY
@SEEN
def test_lists_are_well_formed(example: Example, seen: Seen) -> None:
    known = shop()
    lists = fitted_on_shop(example).recommend(everyone(known), 7, seen=seen)
    check_lists(lists, everyone(known), 7, len(known.history.products))
    if example.config["kind"] != "repurchase":  # which has nothing but what was bought
        assert (lists.lengths > 0).all()


@EVERY
@SEEN
def test_k_larger_than_the_catalogue_gives_shorter_lists(example: Example, seen: Seen) -> None:
    known, k = shop(), len(shop().history.products) + 5
    lists = fitted_on_shop(example).recommend(everyone(known), k, seen=seen)
    check_lists(lists, everyone(known), k, len(known.history.products))
    held = np.asarray(known.history.bought.sum(axis=1)).ravel() if seen is Seen.DROP else 0
    assert (lists.lengths <= len(known.history.products) - held).all()


@EVERY
def test_what_was_bought_is_dropped(example: Example) -> None:
    known = shop()
    lists = fitted_on_shop(example).recommend(everyone(known), 18, seen=Seen.DROP)
    held = known.history.bought.toarray() > 0
    for row, products in enumerate(lists.products):
        assert not held[row, products[products != NOTHING]].any()


def same_list(found: list[int], want: list[int], example: Example) -> bool:
    """The same order; of a model whose scores depend on who else is in the list, the same products."""
    return sorted(found) == sorted(want) if example.relative else found == want


@EVERY
def test_what_was_bought_can_be_kept(example: Example) -> None:
    known = shop()
    lists = fitted_on_shop(example).recommend(everyone(known), 18, seen=Seen.KEEP)
    held = known.history.bought.toarray() > 0
    assert any(held[row, products[products != NOTHING]].any() for row, products in enumerate(lists.products))


@EVERY
def test_dropping_is_keeping_without_what_was_bought(example: Example) -> None:
    known, k = shop(), 18
    keep = fitted_on_shop(example).recommend(everyone(known), k, seen=Seen.KEEP)
    drop = fitted_on_shop(example).recommend(everyone(known), k, seen=Seen.DROP)
    held = known.history.bought.toarray() > 0
    for row in range(len(keep)):
        want = [p for p in keep.products[row] if p != NOTHING and not held[row, p]]
        assert same_list([p for p in drop.products[row] if p != NOTHING], want, example)


@EVERY
@SEEN
def test_only_allowed_products_are_recommended(example: Example, seen: Seen) -> None:
    known, k = shop(), 18
    allowed = np.random.default_rng(1).random(k) < 0.5
    asked = np.append(everyone(known), np.int32(NOTHING))
    whole = fitted_on_shop(example).recommend(asked, k, seen=seen)
    part = fitted_on_shop(example).recommend(asked, k, seen=seen, allowed=allowed)
    for row in range(len(whole)):
        want = [p for p in whole.products[row] if p != NOTHING and allowed[p]]
        assert same_list([p for p in part.products[row] if p != NOTHING], want, example)
    nothing = fitted_on_shop(example).recommend(asked, k, seen=seen, allowed=np.zeros(k, dtype=bool))
    assert (nothing.products == NOTHING).all()


@EVERY
@SEEN
def test_scores_fall_and_ties_go_by_buyers_then_by_id(example: Example, seen: Seen) -> None:
    known = shop()
    asked = np.append(everyone(known), np.int32(NOTHING))
    lists = fitted_on_shop(example).recommend(asked, 18, seen=seen)
    names, buyers = known.history.products.names, known.history.buyers
    for products, scores in zip(lists.products, lists.scores, strict=True):
        scored = [(s, -buyers[p], names[p]) for p, s in zip(products, scores, strict=True) if not np.isnan(s)]
        if example.relative:  # parts fitted on some customers break ties by what those bought
            scored = [entry[:1] for entry in scored]
        assert scored == sorted(scored, key=lambda entry: (-entry[0], *entry[1:]))


@EVERY
@SEEN
def test_top_five_is_the_head_of_top_ten(example: Example, seen: Seen) -> None:
    asked = np.append(everyone(shop()), np.int32(NOTHING))
    ten = fitted_on_shop(example).recommend(asked, 10, seen=seen)
    five = fitted_on_shop(example).recommend(asked, 5, seen=seen)
    same(ten.head(5), five)


@EVERY
def test_list_does_not_depend_on_who_else_asks(example: Example) -> None:
    fitted = fitted_on_shop(example)
    lists = fitted.recommend(everyone(shop()), 6)
    order = np.array([5, 2, NOTHING, 11, 2], dtype=np.int32)
    part = fitted.recommend(order, 6)
    known = order != NOTHING
    np.testing.assert_array_equal(part.products[known], lists.products[order[known]])
    np.testing.assert_allclose(part.scores[known], lists.scores[order[known]], rtol=1e-5)


@EVERY
def test_nobody_asks_and_nobody_is_answered(example: Example) -> None:
    lists = fitted_on_shop(example).recommend(np.empty(0, dtype=np.int32), 4)
    check_lists(lists, np.empty(0, dtype=np.int32), 4, 18)


# -- people of whom nothing is known -----------------------------------------------------------------


@EVERY
@SEEN
def test_unknown_customer_gets_nothing_unless_newcomers_are_served(example: Example, seen: Seen) -> None:
    fitted = fitted_on_shop(example)
    lists = fitted.recommend(np.array([NOTHING, 3, NOTHING], np.int32), 4, seen=seen)
    check_lists(lists, np.array([NOTHING, 3, NOTHING]), 4, 18)
    if getattr(fitted, "serves_newcomers", False):
        assert (lists.lengths[[0, 2]] == 4).all()
    else:
        assert (lists.products[[0, 2]] == NOTHING).all()
    assert lists.products[0].tolist() == lists.products[2].tolist()
    assert (
        lists.products[1].tolist()
        == fitted.recommend(np.array([3], np.int32), 4, seen=seen).products[0].tolist()
    )


@EVERY
@SEEN
def test_customer_without_purchases_is_like_an_unknown_one(example: Example, seen: Seen) -> None:
    """A history that is not re-coded may hold such a customer."""
    known = shop()
    history = known.history
    more = IdMap(np.append(history.customers.names, "zoe"))
    wider = replace(known, history=replace(history, customers=more, _matrices={}))
    fitted = example.fit(segmented(wider))
    zoe = np.array([len(history.customers)], np.int32)
    lists = fitted.recommend(np.append(zoe, np.int32(NOTHING)), 4, seen=seen)
    check_lists(lists, np.append(zoe, NOTHING), 4, 18)
    assert lists.products[0].tolist() == lists.products[1].tolist()
    if not getattr(fitted, "serves_newcomers", False):
        assert (lists.products == NOTHING).all()


# -- small shops -------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize(
    "pairs",
    ["ann:tea", "ann:tea bob:tea cat:tea", "ann:tea ann:pot ann:cup"],
    ids=["one pair", "one product", "one customer"],
)
def test_smallest_shops_are_no_error(example: Example, pairs: str) -> None:
    known = segmented(all_of(make_log(bought(pairs, description="green tea"))))
    if example.needs == "lessons":
        with pytest.raises(RecommendError, match="finds nothing to learn"):
            example.fit(known)
        return
    fitted, products = example.fit(known), len(known.history.products)
    asked = np.append(everyone(known), np.int32(NOTHING))
    check_lists(fitted.recommend(asked, 5, seen=Seen.KEEP), asked, 5, products)
    drop = fitted.recommend(asked, 5, seen=Seen.DROP)
    assert (drop.products[:-1] == NOTHING).all()  # everybody has everything


@EVERY
def test_shop_without_prices(example: Example) -> None:
    known = segmented(all_of(make_log([(*row[:5], float("nan"), row[6]) for row in ROWS])))
    if example.config.get("by") == "revenue":
        with pytest.raises(RecommendError, match="no prices to work with"):
            example.fit(known)
        return
    lists = example.fit(known).recommend(everyone(known), 5, seen=Seen.KEEP)
    check_lists(lists, everyone(known), 5, 18)
    if example.config["kind"] == "two-stage":  # reads prices where there are any
        return
    priced = segmented(all_of(make_log(ROWS)))
    same(lists, example.fit(priced).recommend(everyone(known), 5, seen=Seen.KEEP))


@EVERY
def test_shop_without_descriptions(example: Example) -> None:
    known = segmented(all_of(make_log([row[:6] for row in ROWS])))
    if example.needs == "descriptions":
        with pytest.raises(RecommendError, match=r"expected .*; map source\.columns\.description"):
            example.fit(known)
    else:
        check_lists(example.fit(known).recommend(everyone(known), 5), everyone(known), 5, 18)


@EVERY
def test_shop_without_segments(example: Example) -> None:
    known = all_of(make_log(ROWS))
    if example.needs == "segments":
        with pytest.raises(RecommendError, match=r"expected .*; add segments"):
            example.fit(known)
    else:
        check_lists(example.fit(known).recommend(everyone(known), 5), everyone(known), 5, 18)


# -- the same again ----------------------------------------------------------------------------------


@EVERY
@SEEN
def test_same_seed_same_lists_with_one_thread_or_two(example: Example, seen: Seen) -> None:
    known = shop()
    found = []
    for limit in (1, 2, 2):
        with threads(limit):
            found.append(example.fit(known, seed=9).recommend(everyone(known), 8, seen=seen))
    same(found[0], found[1])
    same(found[1], found[2])


def digest(thing: Any) -> str:
    """Everything in a value, down to the bytes of its arrays."""
    state = hashlib.blake2b()

    def feed(value: Any) -> None:
        if isinstance(value, np.ndarray):
            state.update(repr((value.shape, value.dtype)).encode())
            state.update(value.tobytes() if value.dtype != object else repr(value.tolist()).encode())
        elif sparse.issparse(value):
            for part in (value.data, value.indices, value.indptr):
                feed(part)
        elif isinstance(value, pd.DataFrame):
            for name in value.columns:
                state.update(f"{name} {value[name].dtype}".encode())
                feed(value[name].to_numpy())
        elif is_dataclass(value):
            for one in fields(value):
                if one.name != "_matrices":
                    feed(getattr(value, one.name))
        elif isinstance(value, tuple | list):
            for one in value:
                feed(one)
        else:
            state.update(repr(value).encode())

    feed(thing)
    return state.hexdigest()


@EVERY
def test_nothing_that_is_given_is_changed(example: Example) -> None:
    known = segmented(all_of(make_log(ROWS, views=VIEWS)))
    weightings = [Weighting(), COUNT, Weighting("log"), Weighting("decay", 30), Weighting("decay", 20)]

    def given() -> str:
        history = known.history
        matrices = [history.matrix(w) for w in weightings]
        return digest(
            (known, matrices, history.bought, history.buyers, known.popularity_rank, asked, allowed)
        )

    asked, allowed = np.append(everyone(known), np.int32(NOTHING)), np.ones(18, dtype=bool)
    allowed[4] = False
    before = given()
    fitted = example.fit(known)
    assert given() == before
    learned = digest(fitted)
    first = fitted.recommend(asked, 6)
    fitted.recommend(asked, 6, seen=Seen.KEEP, allowed=allowed)
    assert digest(fitted) == learned
    assert given() == before
    same(fitted.recommend(asked, 6), first)


@EVERY
def test_lists_handed_out_are_the_callers_own(example: Example) -> None:
    fitted = example.fit(shop())
    first = fitted.recommend(everyone(shop()), 6)
    again = TopK(first.customers, first.products.copy(), first.scores.copy())
    first.products[:] = 0
    first.scores[:] = 0
    same(fitted.recommend(everyone(shop()), 6), again)


@EVERY
def test_saved_and_loaded_gives_the_same_lists_without_pickle(example: Example, tmp_path: Path) -> None:
    fitted = fitted_on_shop(example)
    fitted.save(tmp_path / "model")
    for file in (tmp_path / "model").rglob("*"):
        assert file.is_dir() or file.suffix in (".npz", ".json", ".parquet"), file
        if file.suffix == ".npz":
            with np.load(file, allow_pickle=False) as stored:
                assert all(stored[name].dtype != object for name in stored.files)
    again = catalog.load_model(tmp_path / "model")
    asked = np.append(everyone(shop()), np.int32(NOTHING))
    for seen in Seen:
        same(again.recommend(asked, 9, seen=seen), fitted.recommend(asked, 9, seen=seen))
    assert getattr(again, "serves_newcomers", False) == getattr(fitted, "serves_newcomers", False)
    assert digest(again) == digest(fitted)


# -- names are only names ----------------------------------------------------------------------------


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.draws], ids=str)
@SEEN
def test_customers_under_other_names_get_the_same_lists(example: Example, seen: Seen) -> None:
    order = np.random.default_rng(3).permutation(24)
    other = {f"c{i:02}": f"c{order[i]:02}" for i in range(24)}
    back = {new: old for old, new in other.items()}
    segment = {name: at % 3 for at, name in enumerate(sorted(other))}
    one = segmented(all_of(make_log(ROWS)), of=lambda name: segment[name])
    two = segmented(
        all_of(make_log([(other[row[0]], *row[1:]) for row in ROWS])), of=lambda name: segment[back[name]]
    )
    lists = example.fit(one).recommend(everyone(one), 8, seen=seen)
    codes = two.history.customers.codes([other[name] for name in one.history.customers.names])
    renamed = example.fit(two).recommend(codes, 8, seen=seen)
    close(lists, renamed)


# -- the checkerboard --------------------------------------------------------------------------------


@cache
def checkerboard(size: int = 20) -> Known:
    """Even customers buy even products, odd ones odd; customer i lacks product i."""
    pairs = [f"c{i:02}:p{j:02}" for i in range(size) for j in range(size) if i % 2 == j % 2 and i != j]
    return all_of(make_log(bought(" ".join(pairs))))


@pytest.mark.parametrize("example", COLLABORATIVE, ids=str)
def test_withheld_product_comes_first_on_the_checkerboard(example: Example) -> None:
    known = checkerboard()
    lists = example.fit(known).recommend(everyone(known), 10)
    assert lists.products[:, 0].tolist() == list(range(20))
    second = lists.scores[:, 1]
    assert (np.isnan(second) | (lists.scores[:, 0] > second + 0.1)).all()


@pytest.mark.parametrize("example", COLLABORATIVE, ids=str)
def test_own_colour_comes_first_on_the_checkerboard(example: Example) -> None:
    known = checkerboard()
    lists = example.fit(known).recommend(everyone(known), 10, seen=Seen.KEEP)
    assert (lists.products % 2 == np.arange(20)[:, None] % 2).all()


@pytest.mark.parametrize("example", COLLABORATIVE, ids=str)
def test_basket_of_a_stranger_is_completed_on_the_checkerboard(example: Example) -> None:
    known = checkerboard()
    fitted: Any = example.fit(known)
    if not hasattr(fitted, "complete"):
        pytest.skip("this kind does not complete baskets")
    baskets = sparse.vstack(
        [known.history.bought, sparse.csr_matrix((1, 20), dtype=np.float32)], format="csr"
    )
    lists = fitted.complete(baskets, 5)
    check_lists(lists, np.full(21, NOTHING), 5, 20)
    assert lists.products[:20, 0].tolist() == list(range(20))
    assert (lists.products[20] == NOTHING).all()  # an empty basket says nothing

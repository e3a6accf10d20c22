"""What every recommender that gives reasons owes, whatever its kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.core.ids import NOTHING
from recsys.core.parallel import threads
from recsys.core.protocols import Fitted, Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.engine.catalog import recommenders
from recsys.recommend.reasons import explained, masked
from tests.contract.examples import EXAMPLES, Example
from tests.contract.test_recommenders import SEEN, everyone, fitted_on_shop, shop

SILENT = {"random"}
"""Kinds without words for what they do."""
KNN = ("knn-basic", "knn-means", "knn-zscore", "knn-baseline")


def speaks(example: Example) -> bool:
    """Of the algorithms of Surprise only neighbours have reasons."""
    if example.config["kind"] == "surprise":
        return example.config.get("algorithm") in KNN
    return example.config["kind"] not in SILENT


SPEAKING = [example for example in EXAMPLES if speaks(example)]
EVERY = pytest.mark.parametrize("example", SPEAKING, ids=str)


def lists_and_reasons(fitted: Fitted, seen: Seen) -> tuple[TopK, Reasons]:
    asked = np.append(everyone(shop()), np.int32(NOTHING)).astype(np.int32)
    lists = fitted.recommend(asked, 6, seen=seen)
    return lists, explained(fitted, lists, seen=seen)


def same(one: Reasons, other: Reasons) -> None:
    np.testing.assert_array_equal(one.kinds, other.kinds)
    np.testing.assert_array_equal(one.products, other.products)
    np.testing.assert_array_equal(one.days, other.days)


def test_every_kind_speaks_or_is_known_to_be_silent() -> None:
    assert [hasattr(fitted_on_shop(e), "explain") for e in EXAMPLES] == [speaks(e) for e in EXAMPLES]
    assert {e.config["kind"] for e in SPEAKING} == set(recommenders()) - SILENT


@EVERY
@SEEN
def test_reasons_name_what_the_customer_bought(example: Example, seen: Seen) -> None:
    known = shop()
    lists, reasons = lists_and_reasons(fitted_on_shop(example), seen)
    shape = lists.products.shape
    assert reasons.kinds.shape == reasons.products.shape == reasons.days.shape == shape
    assert (reasons.kinds.dtype, reasons.products.dtype) == (np.int8, np.int32)
    assert (reasons.kinds[lists.products == NOTHING] == Why.NONE).all()
    named = np.isin(reasons.kinds, [Why.WITH, Why.LIKE, Why.NEAR])
    assert ((reasons.products != NOTHING) == named).all()
    row, place = np.nonzero(named)
    held = known.history.matrix().toarray() > 0  # views too
    assert held[lists.customers[row], reasons.products[row, place]].all()
    assert (reasons.products[row, place] != lists.products[row, place]).all()
    own_row, own_place = np.nonzero(reasons.kinds == Why.OWN)
    assert held[lists.customers[own_row], lists.products[own_row, own_place]].all()


@EVERY
def test_nearly_everything_has_a_reason(example: Example) -> None:
    """What a sum of positive parts ranks has one that is greatest; weights below 0 leave some without.

    Of gradients and centred stars less is told: a score that no taste made, or no one product, has no reason.
    """
    lists, reasons = lists_and_reasons(fitted_on_shop(example), Seen.KEEP)
    said = reasons.kinds[lists.products != NOTHING] != Why.NONE
    assert said.mean() > (0.4 if example.config["kind"] in ("bpr", "lmf", "surprise") else 0.9)


@EVERY
def test_a_gap_in_the_lists_changes_no_other_reason(example: Example) -> None:
    fitted = fitted_on_shop(example)
    lists, reasons = lists_and_reasons(fitted, Seen.KEEP)
    stays = np.ones(lists.products.shape, dtype=bool)
    stays[:, 1] = False
    found = explained(fitted, masked(lists, stays), seen=Seen.KEEP)
    assert (found.kinds[:, 1] == Why.NONE).all()
    np.testing.assert_array_equal(found.kinds[stays], reasons.kinds[stays])
    np.testing.assert_array_equal(found.products[stays], reasons.products[stays])


@EVERY
def test_neither_threads_nor_saving_change_a_reason(example: Example, tmp_path: Path) -> None:
    fitted = fitted_on_shop(example)
    _, reasons = lists_and_reasons(fitted, Seen.KEEP)
    with threads(1):
        same(lists_and_reasons(fitted, Seen.KEEP)[1], reasons)
    if not hasattr(fitted, "parts"):
        fitted.save(tmp_path)
        same(lists_and_reasons(type(fitted).load(tmp_path), Seen.KEEP)[1], reasons)  # type: ignore[attr-defined]

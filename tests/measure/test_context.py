"""What is known at a cutoff, from a log of a few lines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from recsys.core.fold import know
from recsys.measure.context import Aspect, Context
from tests.logs import make_log

CUTOFF = np.datetime64("2024-03-01")
ROWS = [
    ("ann", "cup", "1", "2024-01-10", 1, 6.0),
    ("ann", "tea", "1", "2024-01-10", 3, 2.0),
    ("ann", "tea", "2", "2024-01-11", 2, 3.0),
    ("bob", "tea", "3", "2024-01-20", 1, 5.0),
    ("eve", "pot", "4", "2024-01-21", 1, 9.0),
    ("eve", "tea", "5", "2024-03-02", 1, 99.0),  # after the cutoff
]


def test_prices_and_shares_are_those_of_the_history() -> None:
    known = know(make_log(ROWS), CUTOFF)
    context = Context.of(known)
    assert known.history.products.names.tolist() == ["cup", "pot", "tea"]
    assert context.share[:-1].tolist() == [1 / 3, 1 / 3, 2 / 3]
    assert context.price[:-1].tolist() == [6.0, 9.0, 5.0]
    assert math.isnan(context.share[-1])
    assert math.isnan(context.price[-1])


def test_own_means_are_by_unit_and_by_product() -> None:
    """ann paid 6 + 3 x 2 + 2 x 3 for six units; of her two products a third and two thirds bought."""
    context = Context.of(know(make_log(ROWS), CUTOFF))
    assert context.own_price[:-1].tolist() == [3.0, 5.0, 9.0]
    assert context.own_share[:-1].tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 3])
    assert math.isnan(context.own_price[-1])
    assert math.isnan(context.own_share[-1])


def test_what_the_log_lacks_is_told_by_no_aspect() -> None:
    rows = [(who, what, invoice, day, units, math.nan) for who, what, invoice, day, units, _ in ROWS]
    bare = Context.of(know(make_log(rows), CUTOFF))
    assert bare.aspects == {Aspect.HISTORY, Aspect.REPEATS}
    assert Context.of(know(make_log(ROWS), CUTOFF)).aspects == bare.aspects | {Aspect.PRICES}


def test_words_are_those_of_the_descriptions() -> None:
    texts = {"cup": "RED CUP 2", "tea": "TEA, RED", "pot": None}
    log = make_log([(*row, texts[row[1]]) for row in ROWS])
    context = Context.of(know(log, CUTOFF))
    assert context.words is not None
    assert Aspect.DESCRIPTIONS in context.aspects
    gram = (context.words @ context.words.T).toarray()
    cup, pot, tea = range(3)
    assert gram.diagonal().tolist() == pytest.approx([1.0, 0.0, 1.0])
    # idf = ln(4 / (1 + documents)) + 1 over three products, one of them without words.
    rare, red = math.log(4 / 2) + 1, math.log(4 / 3) + 1
    assert gram[cup, tea] == pytest.approx(red**2 / (rare**2 + red**2))
    assert gram[cup, pot] == 0.0


def test_descriptions_without_words_are_none() -> None:
    log = make_log([(*row, "12 34") for row in ROWS])
    assert Context.of(know(log, CUTOFF)).words is None


def test_costs_are_the_last_ones_and_numbers() -> None:
    log = make_log(ROWS, product_columns={"cost": [1.0, 1.5, 1.25, None, 4.0, 7.0]})
    context = Context.of(know(log, CUTOFF))
    assert Aspect.COSTS in context.aspects
    assert context.cost[:-1].tolist() == [1.0, 4.0, 1.25]  # the unknown one of bob's tea, and what came later
    words = make_log(ROWS, product_columns={"cost": ["dear"] * 6})
    assert Aspect.COSTS not in Context.of(know(words, CUTOFF)).aspects


def test_categories_are_those_of_the_products() -> None:
    kinds = {"cup": "dishes", "pot": "dishes", "tea": None}
    log = make_log(ROWS, product_columns={"category": [kinds[row[1]] for row in ROWS]})
    context = Context.of(know(log, CUTOFF))
    assert context.category is not None
    assert context.category.tolist() == [0, 0, -1, -1]
    assert Aspect.CATEGORIES in context.aspects

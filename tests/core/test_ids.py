"""Names outside, codes inside."""

from __future__ import annotations

import numpy as np

from recsys.core.ids import NOTHING, IdMap


def test_names_are_sorted_and_distinct() -> None:
    assert list(IdMap.of(["pot", "cup", "pot", "ale"]).names) == ["ale", "cup", "pot"]


def test_code_is_the_place_in_the_sorted_names() -> None:
    assert list(IdMap.of(["pot", "cup"]).codes(["pot", "cup", "pot"])) == [1, 0, 1]


def test_unknown_name_is_nothing() -> None:
    assert list(IdMap.of(["pot"]).codes(["pan", None, np.nan, "pot"])) == [NOTHING, NOTHING, NOTHING, 0]


def test_ids_are_text_and_leading_zeros_count() -> None:
    ids = IdMap.of(["00123", "123", "85123A", "9"])
    assert list(ids.names) == ["00123", "123", "85123A", "9"]
    assert list(ids.codes(["123", "00123", 123])) == [1, 0, NOTHING]


def test_empty_map_knows_nothing() -> None:
    empty = IdMap.of([])
    assert list(empty.codes(["pot"])) == [NOTHING]
    assert list(empty.take([NOTHING, NOTHING])) == [None, None]


def test_codes_are_int32() -> None:
    assert IdMap.of(["pot"]).codes([]).dtype == np.int32
    assert IdMap.of([]).codes(["pot"]).dtype == np.int32


def test_take_is_the_inverse_of_codes() -> None:
    ids = IdMap.of(["pot", "cup", "ale"])
    assert list(ids.take(ids.codes(["pot", "pan", "ale"]))) == ["pot", None, "ale"]
    assert ids.take(np.array([[0, NOTHING], [2, 1]])).tolist() == [["ale", None], ["pot", "cup"]]


def test_take_leaves_the_map_as_it_was() -> None:
    ids = IdMap.of(["pot", "cup"])
    ids.take([NOTHING, 0])
    assert list(ids.names) == ["cup", "pot"]


def test_keep_renumbers_what_stays() -> None:
    kept, recode = IdMap.of(["ale", "cup", "pot"]).keep(np.array([True, False, True]))
    assert list(kept.names) == ["ale", "pot"]
    assert list(recode) == [0, NOTHING, 1]


def test_repr_shows_three_names() -> None:
    assert repr(IdMap.of("abcd")) == "IdMap(4: a, b, c, …)"
    assert repr(IdMap.of("ab")) == "IdMap(2: a, b)"

"""Rules on whole lists, by hand and as properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.export import capacity, rules
from recsys.export.capacity import lots, share_out
from recsys.export.rules import dearer_first, few_of_a_family, first_kept, kept, price_places


def lists(*rows: list[int], scores: list[list[float]] | None = None) -> TopK:
    """Lists of these products; NOTHING fills up. Without scores: 9, 8, 7 ..."""
    width = max(map(len, rows))
    products = np.full((len(rows), width), NOTHING, dtype=np.int32)
    said = np.full((len(rows), width), np.nan, dtype=np.float32)
    for at, row in enumerate(rows):
        products[at, : len(row)] = row
        given_scores = scores[at] if scores else range(9, 9 - len(row), -1)
        said[at, : len(row)] = list(given_scores)
    return TopK(np.arange(len(rows), dtype=np.int32), products, said)


def test_prices_by_place_with_ties_in_the_middle() -> None:
    places = price_places(np.array([5.0, 1.0, np.nan, 1000.0, 5.0]))
    np.testing.assert_allclose(places, [0.5, 0.0, 0.0, 1.0, 0.5])


def test_without_weight_nothing_moves() -> None:
    found = lists([0, 1, 2])
    assert dearer_first(found, np.array([0.0, 0.5, 1.0]), 0.0, 3) is found


def test_a_small_weight_swaps_near_ties_only() -> None:
    """Relevance 1, 0.9, 0 and worth 0, 1, 1: at 0.1 it is 0.9, 0.91, 0.1."""
    told = lists([0, 1, 2], scores=[[10.0, 9.0, 0.0]])
    worth = np.array([0.0, 1.0, 1.0])
    assert dearer_first(told, worth, 0.1, 3).products.tolist() == [[1, 0, 2]]
    assert dearer_first(told, worth, 0.05, 3).products.tolist() == [[0, 1, 2]]
    moved = dearer_first(told, worth, 0.1, 3)
    assert moved.scores.tolist() == [[9.0, 10.0, 0.0]]
    assert dearer_first(told, worth, 1.0, 3).products.tolist() == [[1, 2, 0]]


def test_only_the_pool_moves_and_places_without_a_score_stay_behind() -> None:
    told = lists([0, 1, 2, 3], scores=[[4.0, 3.0, np.nan, np.nan]])
    worth = np.array([0.0, 0.5, 1.0, 0.9])
    assert dearer_first(told, worth, 1.0, 4).products.tolist() == [[1, 0, 2, 3]]
    told = lists([0, 1, 2])
    assert dearer_first(told, np.array([0.0, 0.5, 1.0]), 1.0, 2).products.tolist() == [[1, 0, 2]]


def test_few_of_a_family_keeps_the_best_and_moves_up() -> None:
    family = np.array([7, 7, 7, 3, NOTHING, NOTHING, NOTHING])
    found = few_of_a_family(lists([0, 1, 3, 2, 4, 5, 6]), family, 1)
    assert found.products.tolist() == [[0, 3, 4, 5, 6, NOTHING, NOTHING]]
    assert found.scores[0, :5].tolist() == [9, 7, 5, 4, 3]
    assert np.isnan(found.scores[0, 5:]).all()
    two = few_of_a_family(lists([0, 1, 3, 2]), family, 2)
    assert two.products.tolist() == [[0, 1, 3, NOTHING]]


ROWS = st.lists(st.permutations(range(8)).map(lambda p: list(p)[:5]), min_size=1, max_size=9)


@given(ROWS, st.lists(st.integers(-1, 2), min_size=8, max_size=8), st.integers(1, 3))
def test_a_family_rule_is_the_plain_loop(rows: list[list[int]], family: list[int], most: int) -> None:
    found = few_of_a_family(lists(*rows), np.array(family, dtype=np.int32), most)
    for row, said in zip(rows, found.products, strict=True):
        wanted: list[int] = []
        for product in row:
            held = sum(family[other] == family[product] for other in wanted)
            if family[product] == NOTHING or held < most:
                wanted.append(product)
        assert [p for p in said if p != NOTHING] == wanted


def shared(rows: list[list[int]], k: int, room: list[int], seed: int = 0) -> list[list[int]]:
    """The products that each list keeps."""
    told = lists(*rows)
    names = np.array([f"c{at}" for at in range(len(rows))], dtype=object)
    held = share_out(told.products, np.full(len(rows), k), np.array(room), lots(names, seed))
    return [row[mask].tolist() for row, mask in zip(told.products, held, strict=True)]


def test_who_has_it_higher_gets_it() -> None:
    """One list of product 0; it stands first with the second customer."""
    assert shared([[1, 0], [0, 1]], 1, [1, 2]) == [[1], [0]]
    assert shared([[1, 0, 2], [0, 1, 2]], 2, [1, 2, 2]) == [[1, 2], [0, 1]]


def test_among_equals_the_lot_decides_and_the_other_takes_the_next() -> None:
    found = {tuple(map(tuple, shared([[0, 1], [0, 1]], 1, [1, 9], seed))) for seed in range(20)}
    assert found == {((0,), (1,)), ((1,), (0,))}


def test_where_there_is_no_room_left_the_list_stays_short() -> None:
    assert sorted(shared([[0], [0], [0]], 1, [2])) == [[], [0], [0]]


@given(ROWS, st.integers(1, 4), st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_it_is_stable_and_within_the_room(rows: list[list[int]], k: int, room: list[int]) -> None:
    found = shared(rows, k, room)
    count = [sum(product in row for row in found) for product in range(8)]
    assert all(count[product] <= room[product] for product in range(8))
    for row, own in zip(rows, found, strict=True):
        assert own == [product for product in row if product in own]
        assert len(own) <= k
        last = row.index(own[-1]) if len(own) == k else len(row)
        for place, product in enumerate(row[:last]):
            if product in own:
                continue
            assert count[product] == room[product]  # somebody else has it, and nobody has it lower
            holders = [other for other, held in zip(rows, found, strict=True) if product in held]
            assert all(other.index(product) <= place for other in holders)


def test_the_order_of_customers_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    told = np.array([rng.permutation(30)[:12] for _ in range(200)], dtype=np.int32)
    lot = lots(np.array([f"c{at}" for at in range(200)], dtype=object), 3)
    room, quota = np.full(30, 20), np.full(200, 4)
    order = rng.permutation(200)
    one = share_out(told, quota, room, lot)
    other = share_out(told[order], quota, room, lot[order])
    np.testing.assert_array_equal(one[order], other)
    assert one.sum() > 500


def test_sharing_out_a_part_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    told = np.array([rng.permutation(30)[:12] for _ in range(200)], dtype=np.int32)
    told[::3, 9:] = NOTHING
    lot = lots(np.array([f"c{at}" for at in range(200)], dtype=object), 3)
    given = (told, np.full(200, 4), np.full(30, 20), lot)
    whole = share_out(*given)
    both = TopK(np.arange(200, dtype=np.int32), told, rng.random(told.shape).astype(np.float32))
    monkeypatch.setattr(capacity, "CELLS", 50)
    monkeypatch.setattr(capacity, "ROWS", 7)
    monkeypatch.setattr(rules, "ROWS", 7)
    np.testing.assert_array_equal(share_out(*given), whole)
    found, want = first_kept(both, whole, 4), kept(both, whole).head(4)
    np.testing.assert_array_equal(found.products, want.products)
    np.testing.assert_array_equal(found.scores, want.scores)


@pytest.mark.parametrize("seed", [1, 2])
def test_lots_depend_on_id_and_seed_alone(seed: int) -> None:
    names = np.array(["b", "a"], dtype=object)
    assert lots(names, seed)[1] == lots(names[1:], seed)[0]
    assert lots(names, seed)[0] != lots(names, seed + 5)[0]

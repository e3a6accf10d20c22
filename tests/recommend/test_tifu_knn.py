"""TIFU-KNN worked out by hand, and against loops over customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import IdMap
from recsys.core.protocols import Seen
from recsys.recommend.tifu_knn import FittedTifuKNN, TifuKNN
from tests.logs import all_of, make_log, random_log

RNG = np.random.default_rng(0)


def visits(**baskets: Iterable[str]) -> Known:
    """ann=["tea pot", "tea"]: ann bought tea and pot, then tea; one invoice a day."""
    rows = [
        (who, what, f"{who} {day}", f"2024-01-{day + 1:02}", 1, 1.0)
        for who, held in baskets.items()
        for day, basket in enumerate(held)
        for what in basket.split()
    ]
    return all_of(make_log(rows))


def vector(model: TifuKNN, known: Known, who: str = "ann") -> dict[str, float]:
    """The customer's vector by product."""
    own = model.fit(known, RNG).own.toarray()[known.history.customers.codes([who])[0]]
    return {name: weight for name, weight in zip(known.history.products.names, own, strict=True) if weight}


def scores(fitted: FittedTifuKNN, known: Known, who: str = "ann") -> dict[str, float]:
    lists = fitted.recommend(known.history.customers.codes([who]), 20, seen=Seen.KEEP)
    real = lists.products[0] >= 0
    return dict(
        zip(known.history.products.take(lists.products[0][real]), lists.scores[0][real].tolist(), strict=True)
    )


# -- vectors -----------------------------------------------------------------------------------------


def test_five_invoices_in_groups_of_two_leave_the_oldest_alone() -> None:
    """Groups from the latest: (e, d), (c, b), (a); a is the average of its group by itself."""
    model = TifuKNN(group_size=2, within_decay=0.5, group_decay=0.1)
    weights = vector(model, visits(ann=["a", "b", "c", "d", "e"]))
    want = {"e": 1 / 2, "d": 0.5 / 2, "c": 0.1 / 2, "b": 0.05 / 2, "a": 0.01 / 1}
    assert weights == pytest.approx({name: weight / 3 for name, weight in want.items()})


def test_four_invoices_in_groups_of_two_are_two_whole_groups() -> None:
    model = TifuKNN(group_size=2, within_decay=0.5, group_decay=0.1)
    weights = vector(model, visits(ann=["b", "c", "d", "e"]))
    assert weights == pytest.approx({"e": 1 / 4, "d": 0.5 / 4, "c": 0.1 / 4, "b": 0.05 / 4})


def test_fewer_invoices_than_a_group_are_one_short_group() -> None:
    weights = vector(TifuKNN(group_size=7, within_decay=0.5), visits(ann=["a", "b", "c"]))
    assert weights == pytest.approx({"c": 1 / 3, "b": 0.5 / 3, "a": 0.25 / 3})


def test_groups_of_one_fade_by_the_group() -> None:
    weights = vector(TifuKNN(group_size=1, within_decay=0.5, group_decay=0.1), visits(ann=["a", "b", "c"]))
    assert weights == pytest.approx({"c": 1 / 3, "b": 0.1 / 3, "a": 0.01 / 3})


def test_repeats_add_up_and_without_decay_are_the_share_of_invoices() -> None:
    model = TifuKNN(group_size=1, within_decay=1, group_decay=1)
    weights = vector(model, visits(ann=["tea pot", "tea", "cup", "tea"]))
    assert weights == pytest.approx({"tea": 3 / 4, "pot": 1 / 4, "cup": 1 / 4})


def test_two_lines_of_an_invoice_are_one_purchase() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", n, 1.0) for n in (1, 2)]
    assert vector(TifuKNN(), all_of(make_log(rows))) == {"tea": 1.0}


# -- neighbours --------------------------------------------------------------------------------------


def test_short_stranger_is_nearer_than_long_friend() -> None:
    """From ann it is 9 ** 0.5 = 3 to bob, who bought all she did and nine more, and 4 ** 0.5 = 2 to cat."""
    known = visits(ann=["a b c"], bob=["a b c d e f g h i j k l"], cat=["z"])
    fitted = TifuKNN(neighbours=1, alpha=0.75).fit(known, RNG)
    assert scores(fitted, known) == pytest.approx({"a": 0.75, "b": 0.75, "c": 0.75, "z": 0.25})


def test_friend_is_nearer_than_stranger_of_the_same_length() -> None:
    known = visits(ann=["a b"], bob=["a c"], cat=["y z"])
    fitted = TifuKNN(neighbours=1, alpha=0.75).fit(known, RNG)
    assert scores(fitted, known) == pytest.approx({"a": 1.0, "b": 0.75, "c": 0.25})


def test_mean_is_over_the_customers_there_are() -> None:
    known = visits(ann=["a"], bob=["a b"], cat=["a b"])
    fitted = TifuKNN(neighbours=300, alpha=0.5).fit(known, RNG)
    assert scores(fitted, known) == pytest.approx({"a": 1.0, "b": 0.5})


def test_alpha_one_is_the_customer_alone_and_completes_by_the_others_all_the_same() -> None:
    known = visits(ann=["a"], bob=["a b"])
    fitted = TifuKNN(alpha=1).fit(known, RNG)
    assert scores(fitted, known) == {"a": 1.0}
    basket = sparse.csr_matrix(np.array([[1, 0]], dtype=np.float32))
    assert fitted.complete(basket, 3).products.tolist() == [[1, -1, -1]]


def test_customers_without_invoices_are_nobodys_neighbours() -> None:
    """The length of zoe's vector is 0, which would be the nearest of all."""
    known = visits(ann=["a"], bob=["b"])
    names = IdMap(np.append(known.history.customers.names, "zoe"))
    wider = replace(known, history=replace(known.history, customers=names, _matrices={}))
    fitted = TifuKNN(neighbours=1, alpha=0.5).fit(wider, RNG)
    assert scores(fitted, wider) == pytest.approx({"a": 0.5, "b": 0.5})


# -- a second opinion --------------------------------------------------------------------------------


def naive_vectors(known: Known, m: int, within: float, across: float) -> np.ndarray:
    """Group by group, as the paper tells it: from the oldest group to the latest."""
    lines = known.history.lines
    found = np.zeros(known.history.shape)
    for who in range(len(found)):
        own = lines[lines["customer"] == who]
        baskets = [sorted(set(part["product"])) for _, part in own.groupby("basket", sort=True)]
        groups = []
        while baskets:
            groups.insert(0, baskets[-m:])
            baskets = baskets[:-m]
        for at, group in enumerate(groups, start=1):
            for step, basket in enumerate(group, start=1):
                weight = within ** (len(group) - step) / len(group)
                found[who, basket] += weight * across ** (len(groups) - at) / len(groups)
    return found


def naive_nearest(point: np.ndarray, vectors: np.ndarray, count: int, but: int = -1) -> np.ndarray:
    away = np.round(((vectors - point) ** 2).sum(axis=1), 6)
    if but >= 0:
        away[but] = np.inf
    return vectors[np.argsort(away, kind="stable")[:count]].mean(axis=0)


@pytest.mark.parametrize(("m", "neighbours"), [(1, 4), (3, 7), (50, 29)])
def test_loops_over_customers_agree(m: int, neighbours: int) -> None:
    known = all_of(random_log(41))
    fields = {"group_size": m, "within_decay": 0.8, "group_decay": 0.6}
    fitted = TifuKNN(neighbours=neighbours, alpha=0.3, **fields).fit(known, RNG)
    vectors = naive_vectors(known, m, 0.8, 0.6)
    np.testing.assert_allclose(fitted.own.toarray(), vectors, rtol=1e-6)
    everyone = np.arange(len(vectors), dtype=np.int32)
    lists = fitted.recommend(everyone, 20, seen=Seen.KEEP)
    for who in everyone:
        want = 0.3 * vectors[who] + 0.7 * naive_nearest(vectors[who], vectors, neighbours, who)
        real = lists.products[who] >= 0
        np.testing.assert_allclose(lists.scores[who][real], want[lists.products[who][real]], rtol=1e-5)
        assert real.sum() == (want > 0).sum()


def test_basket_is_a_history_of_one_invoice() -> None:
    known = all_of(random_log(42))
    fitted = TifuKNN(neighbours=6).fit(known, RNG)
    vectors = fitted.own.toarray().astype(float)
    basket = np.zeros((1, 20), dtype=np.float32)
    basket[0, [2, 5]] = 1
    lists = fitted.complete(sparse.csr_matrix(basket * 3), 4)  # however many of each
    want = naive_nearest(basket[0], vectors, 6)
    want[[2, 5]] = 0
    np.testing.assert_allclose(lists.scores[0], np.sort(want)[::-1][:4], rtol=1e-5)


@pytest.mark.parametrize(
    ("field", "value"),
    [("group_size", 0), ("within_decay", 0), ("group_decay", 1.1), ("alpha", -0.1), ("neighbours", 0)],
)
def test_impossible_parameters_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        TifuKNN.model_validate({field: value})

"""Customers x products under each weighting, beside a loop that anybody can check."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest

from recsys.core.log import TransactionLog
from recsys.core.weighting import BINARY, COUNT, Weighting
from tests.logs import make_log, random_log

WEIGHTINGS = [BINARY, COUNT, Weighting("log"), Weighting("decay", 10.0), Weighting("decay", 90.0)]
VIEWS = [
    ("c01", "p00", "2024-01-05", 0.25),
    ("c01", "p19", "2024-02-05", 0.5),
    ("c02", "p00", "2024-01-09", 0.25),
]


def naive(log: TransactionLog, weighting: Weighting) -> np.ndarray:
    """One (customer, product) pair at a time; an invoice counts once, a view with its weight."""
    invoices = defaultdict(set)
    for line in log.lines.itertuples():
        invoices[line.customer, line.product].add((line.basket, line.time))
    total: dict[tuple[int, int], float] = defaultdict(float)

    def fades(time: object) -> float:
        age = (log.end - np.datetime64(time)) / np.timedelta64(86400, "s")
        return 0.5 ** (age / weighting.half_life_days) if weighting.kind == "decay" else 1.0

    for pair, found in invoices.items():
        total[pair] += sum(fades(time) for _, time in found)
    for view in log.evidence.itertuples():
        total[view.customer, view.product] += view.weight * fades(view.time)
    finish: dict[str, Callable[[float], float]] = {
        "binary": lambda x: min(x, 1.0),
        "count": lambda x: x,
        "log": math.log1p,
        "decay": lambda x: x,
    }
    dense = np.zeros(log.shape)
    for (customer, product), weight in total.items():
        dense[customer, product] = finish[weighting.kind](weight)
    return dense


@pytest.mark.parametrize("weighting", WEIGHTINGS, ids=str)
@pytest.mark.parametrize("views", [[], VIEWS], ids=["purchases", "with views"])
def test_matrix_is_what_a_loop_gives(weighting: Weighting, views: list[tuple[str, str, str, float]]) -> None:
    log = random_log(3, views=views)
    matrix = log.matrix(weighting)
    assert matrix.dtype == np.float32
    assert matrix.shape == log.shape
    np.testing.assert_allclose(matrix.toarray(), naive(log, weighting), rtol=1e-6)


def test_matrix_is_canonical() -> None:
    """Claimed flags are true: sorted columns, each once."""
    matrix = random_log(3, views=VIEWS).matrix(COUNT)
    assert matrix.has_canonical_format
    for row in range(matrix.shape[0]):
        columns = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        assert (np.diff(columns) > 0).all()


ANN = [
    ("ann", "tea", "1", "2024-01-01", 5, 2.0),
    ("ann", "tea", "1", "2024-01-01", 1, 2.0),
    ("ann", "tea", "2", "2024-01-08", 1, 2.0),
    ("ann", "pot", "2", "2024-01-08", 1, 9.0),
]


def test_two_lines_of_one_invoice_count_once() -> None:
    log = make_log(ANN)
    assert log.matrix(COUNT).toarray().tolist() == [[1.0, 2.0]]  # pot, tea
    assert log.matrix(BINARY).toarray().tolist() == [[1.0, 1.0]]
    assert log.matrix(Weighting("log")).toarray() == pytest.approx(np.log([[2.0, 3.0]]))


def test_a_week_old_purchase_counts_half_with_a_half_life_of_a_week() -> None:
    """The log ends on 9 January 00:00: ages 1 and 8 days."""
    half, older = 0.5 ** (1 / 7), 0.5 ** (8 / 7)
    matrix = make_log(ANN).matrix(Weighting("decay", 7.0)).toarray()
    assert matrix == pytest.approx(np.array([[half, half + older]]))
    assert older == pytest.approx(half / 2)


def test_ages_count_from_the_end_of_the_slice() -> None:
    log = make_log(ANN).between(None, np.datetime64("2024-01-15"))
    assert log.age_days.tolist() == [14.0, 14.0, 7.0, 7.0]
    assert log.matrix(Weighting("decay", 7.0)).toarray().tolist() == [[0.5, 0.75]]


def test_views_add_weight_but_are_never_bought() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "pot", "2", "2024-01-02", 1, 1.0)]
    log = make_log(rows, views=[("ann", "pot", "2024-01-02", 0.3), ("ann", "tea", "2024-01-02", 0.3)])
    assert log.matrix(COUNT).toarray() == pytest.approx(np.array([[0.3, 1.3], [1.0, 0.0]]))
    assert log.matrix(BINARY).toarray() == pytest.approx(np.array([[0.3, 1.0], [1.0, 0.0]]))
    assert log.bought.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert log.buyers.tolist() == [1, 1]


def test_views_after_the_cutoff_are_not_seen() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("bob", "pot", "2", "2024-01-02", 1, 1.0)]
    log = make_log(rows, views=[("ann", "pot", "2024-01-03", 0.3)])
    assert log.between(None, np.datetime64("2024-01-03")).matrix(COUNT)[0, 0] == 0
    assert log.between(None, np.datetime64("2024-01-04")).matrix(COUNT)[0, 0] == pytest.approx(0.3)


def test_matrix_is_built_once_and_not_shared_with_a_slice() -> None:
    log = make_log(ANN)
    assert log.matrix(COUNT) is log.matrix(Weighting("count"))
    later = log.between(np.datetime64("2024-01-08"), log.end)
    assert later.matrix(COUNT).toarray().tolist() == [[1.0, 1.0]]
    assert log.matrix(COUNT).toarray().tolist() == [[1.0, 2.0]]


def test_matrix_of_no_lines_is_empty() -> None:
    log = make_log(ANN).between(None, np.datetime64("2023-01-01"))
    assert log.matrix(COUNT).nnz == 0
    assert log.matrix(COUNT).shape == (1, 2)


def test_invoices_and_buyers_count_each_once() -> None:
    log = make_log([*ANN, ("bob", "tea", "3", "2024-01-09", 1, 2.0)])
    assert log.invoices.tolist() == [2, 1]
    assert log.buyers.tolist() == [1, 2]


@pytest.mark.parametrize("half_life", [0.0, -1.0, float("nan")])
def test_half_life_must_be_positive(half_life: float) -> None:
    with pytest.raises(ValueError, match=r"half_life_days is .*: expected more than 0"):
        Weighting("decay", half_life)


def test_weighting_prints_as_in_the_report() -> None:
    assert [str(w) for w in WEIGHTINGS] == ["binary", "count", "log", "decay(10 days)", "decay(90 days)"]

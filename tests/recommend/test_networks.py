"""Networks beside trees: what they are shown, what they learn, and that it repeats."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from recsys.core.parallel import threads
from recsys.recommend import networks
from recsys.recommend.networks import (
    MISSING,
    NO_NETWORKS,
    Networks,
    chances,
    coded,
    layers,
    learn,
    quantiles,
    spread_out,
)

NAN = np.float32(np.nan)


def rows(seed: int, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Bought where exactly one of two figures is high; a third says nothing, and is missing now and then."""
    table = np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)
    table[::5, 2] = np.nan
    return table, (table[:, 0] > 0) != (table[:, 1] > 0)


def taught(count: int = 2, seed: int = 1) -> Networks:
    table, bought = rows(0)
    rng = np.random.default_rng(seed)
    groups = np.full(len(table) // 20, 20)
    return learn([table[:1500], table[1500:]], bought, groups, rng, networks=count, passes=8)


# -- what a network is shown -------------------------------------------------------------------------


def test_quantiles_hold_alike_many() -> None:
    table = np.arange(6400, dtype=np.float32)[:, None]
    codes = coded(table, quantiles([table[:1000], table[1000:]], np.random.default_rng(0)))
    assert np.bincount(codes.ravel()).tolist() == pytest.approx([100] * 64, abs=1)


def test_a_figure_of_few_values_has_few_quantiles_evenly_spread() -> None:
    table = np.repeat(np.array([0, 1, 7], dtype=np.float32), [90, 5, 5])[:, None]
    edges = quantiles([table], np.random.default_rng(0))
    assert edges[0, :3].tolist() == [1, 7, np.inf]
    shown = spread_out(coded(np.array([[0], [1], [7], [100]], np.float32), edges), edges)
    np.testing.assert_allclose(shown[:, 0], [-1.7, 0, 1.7, 1.7], atol=1e-6)


def test_missing_is_the_middle_and_told_apart() -> None:
    table = np.array([[1, NAN, 3], [4, NAN, NAN]], np.float32)
    edges = quantiles([table], np.random.default_rng(0))
    codes = coded(table, edges)
    assert (codes == MISSING).tolist() == [[False, True, False], [False, True, True]]
    shown = spread_out(codes, edges)
    assert shown.dtype == np.float32
    assert shown[:, 3:].tolist() == [[0, 1, 0], [0, 1, 1]]
    assert shown[:, 1].tolist() == [0, 0]


def test_infinity_is_beyond_every_quantile() -> None:
    table = np.array([[1], [2], [np.inf], [-np.inf]], np.float32)
    edges = quantiles([table], np.random.default_rng(0))
    assert coded(table, edges).ravel().tolist() == [0, 1, 1, 0]


def test_who_bought_four_times_as_much_is_drawn_half_as_often() -> None:
    bought = np.array([1, 0, 1, 1, 1, 1, 0, 0], dtype=bool)
    share = chances(bought, np.array([2, 4, 2]))
    np.testing.assert_allclose(share / share[0], [1, 1, 0.5, 0.5, 0.5, 0.5, 1, 1])
    assert share.sum() == pytest.approx(1)


# -- what it learns ----------------------------------------------------------------------------------


def test_what_no_sum_of_figures_tells_is_learned() -> None:
    table, bought = rows(9)
    assert roc_auc_score(bought, taught().scores(table)) > 0.97


def test_scores_are_the_log_odds_that_scikit_learn_gives() -> None:
    table, bought = rows(2, 600)
    edges = quantiles([table], np.random.default_rng(0))
    shown = spread_out(coded(table, edges), edges)
    network = networks._network(50, 3)
    network.partial_fit(shown, bought.astype(np.int8), classes=(0, 1))
    found = Networks(edges, networks._flat(network)[None]).scores(table)
    share = network.predict_proba(shown)[:, 1].astype(np.float64)
    np.testing.assert_allclose(found, np.log(share / (1 - share)), rtol=1e-4, atol=1e-4)


def test_several_are_averaged() -> None:
    table, _ = rows(4, 300)
    both = taught()
    each = [Networks(both.edges, both.weights[[at]]).scores(table) for at in (0, 1)]
    assert np.abs(each[0] - each[1]).max() > 0.01
    np.testing.assert_allclose(both.scores(table), (each[0] + each[1]) / 2, rtol=1e-6)


def test_none_say_nothing() -> None:
    assert NO_NETWORKS.scores(np.ones((3, 5), np.float32)).tolist() == [0, 0, 0]


def test_one_thread_or_two_learn_the_same() -> None:
    found = []
    for limit in (1, 2):
        with threads(limit):
            found.append(taught(3).weights)
    np.testing.assert_array_equal(*found)


def test_the_first_network_stays_as_it_is_when_more_are_added() -> None:
    np.testing.assert_array_equal(taught(1).weights[0], taught(2).weights[0])


def test_blocks_of_rows_give_what_all_rows_give(monkeypatch: pytest.MonkeyPatch) -> None:
    table, _ = rows(6, 700)
    model = taught()
    whole = model.scores(table)
    monkeypatch.setattr(networks, "CHUNK", 64)
    np.testing.assert_allclose(model.scores(table), whole, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n", [1, 7, 40])
def test_few_rows_are_enough_to_run(n: int) -> None:
    table, bought = rows(3, n)
    model = learn([table], bought, np.array([n]), np.random.default_rng(0), networks=1, passes=2)
    assert model.weights.shape == (1, sum((inputs + 1) * outputs for inputs, outputs in layers(3)))
    assert np.isfinite(model.scores(table)).all()

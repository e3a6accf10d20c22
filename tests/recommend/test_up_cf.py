"""UP-CF worked out by hand, and against its formula written as loops."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from recsys.core.protocols import Seen
from recsys.recommend.up_cf import UPCF
from tests.logs import all_of, make_log, random_log

RNG = np.random.default_rng(0)
ROWS = [
    ("ann", "tea", "1", "2024-01-01", 1, 1.0),
    ("ann", "tea", "2", "2024-01-02", 1, 1.0),
    ("ann", "pot", "2", "2024-01-02", 1, 1.0),
    ("bob", "tea", "3", "2024-01-01", 1, 1.0),
    ("bob", "pot", "3", "2024-01-01", 1, 1.0),
    ("bob", "jam", "3", "2024-01-01", 1, 1.0),
    ("bob", "cup", "4", "2024-01-03", 1, 1.0),
    ("cat", "ham", "5", "2024-01-03", 1, 1.0),
]
KNOWN = all_of(make_log(ROWS))
ANN = np.array([0], dtype=np.int32)


def scores(model: UPCF) -> dict[str, float]:
    """ann's."""
    lists = model.fit(KNOWN, RNG).recommend(ANN, 5, seen=Seen.KEEP)
    real = lists.products[0] >= 0
    names = KNOWN.history.products.take(lists.products[0][real])
    return dict(zip(names, lists.scores[0][real].tolist(), strict=True))


# ann bought 2 products, bob 4, and they share 2: 2 / (2 ** alpha * 4 ** (1 - alpha)); cat shares nothing.


@pytest.mark.parametrize(("alpha", "alike"), [(0.0, 2 / 4), (0.5, 2 / 8**0.5), (1.0, 2 / 2)])
def test_others_products_count_by_similarity(alpha: float, alike: float) -> None:
    found = scores(UPCF(recency=None, alpha=alpha, locality=1))
    assert found == pytest.approx(
        {"tea": 1 + alike / 2, "pot": 1 / 2 + alike / 2, "jam": alike / 2, "cup": alike / 2}
    )


def test_locality_is_a_power_of_the_similarity() -> None:
    assert scores(UPCF(recency=None, alpha=0, locality=3))["cup"] == pytest.approx(0.5**3 / 2)


def test_only_the_last_invoices_count() -> None:
    """The last of ann's holds tea and pot, the last of bob's the cup."""
    assert scores(UPCF(recency=1, alpha=0, locality=1)) == pytest.approx({"tea": 1, "pot": 1, "cup": 1 / 2})


def test_more_invoices_asked_for_than_there_are_is_all_of_them() -> None:
    assert scores(UPCF(recency=2)) == scores(UPCF(recency=99)) == scores(UPCF(recency=None))


def test_similarity_is_of_all_that_was_bought_however_long_ago() -> None:
    """bob's last invoice has nothing that ann bought, yet he is the one whose cup she may want."""
    assert "cup" in scores(UPCF(recency=1))


def test_the_customer_counts_beside_the_neighbours() -> None:
    """Twins without number cannot push a customer out of the own sum."""
    twins = [(f"t{i}", "tea", f"t{i}", "2024-01-01", 1, 1.0) for i in range(5)]
    known = all_of(make_log(twins))
    fitted = UPCF(neighbours=1).fit(known, RNG)
    assert fitted.recommend(np.arange(5, dtype=np.int32), 1, seen=Seen.KEEP).scores.tolist() == [[2.0]] * 5


@pytest.mark.parametrize(("recency", "alpha", "locality"), [(1, 0.25, 5.0), (3, 0.5, 1.5), (None, 0.8, 3.0)])
def test_formula_written_as_loops_agrees(recency: int | None, alpha: float, locality: float) -> None:
    known = all_of(random_log(43))
    lines, size = known.history.lines, len(known.history.customers)
    bought = [set(lines["product"][lines["customer"] == u]) for u in range(size)]
    popular = np.zeros(known.history.shape)
    for u in range(size):
        own = lines[lines["customer"] == u]
        baskets = [set(part["product"]) for _, part in own.groupby("basket", sort=True)]
        recent = baskets if recency is None else baskets[-recency:]
        for basket in recent:
            popular[u, sorted(basket)] += 1 / len(recent)
    model = UPCF(recency=recency, alpha=alpha, locality=locality, neighbours=1000)
    lists = model.fit(known, RNG).recommend(np.arange(size, dtype=np.int32), 20, seen=Seen.KEEP)
    for u in range(size):
        want = np.zeros(20)
        for v in range(size):
            both = len(bought[u] & bought[v])
            want += (both / (len(bought[u]) ** alpha * len(bought[v]) ** (1 - alpha))) ** locality * popular[
                v
            ]
        real = lists.products[u] >= 0
        np.testing.assert_allclose(lists.scores[u][real], want[lists.products[u][real]], rtol=1e-5)
        assert real.sum() == (want > 0).sum()


@pytest.mark.parametrize("neighbours", [3, 1000])
def test_basket_of_all_that_a_customer_bought_is_ranked_as_for_that_customer(neighbours: int) -> None:
    """The customer, one more neighbour of the basket, adds nothing but what is in it."""
    known = all_of(random_log(44))
    someone = np.arange(5, dtype=np.int32)
    baskets = sparse.csr_matrix(known.history.bought[someone] * 2)  # however many of each
    found = UPCF(neighbours=neighbours + 1, alpha=0.3, recency=2).fit(known, RNG).complete(baskets, 6)
    want = UPCF(neighbours=neighbours, alpha=0.3, recency=2).fit(known, RNG).recommend(someone, 6)
    np.testing.assert_array_equal(found.products, want.products)
    np.testing.assert_allclose(found.scores, want.scores, rtol=1e-5)


@pytest.mark.parametrize(
    ("field", "value"), [("recency", 0), ("neighbours", 0), ("locality", 0), ("alpha", 1.5)]
)
def test_impossible_parameters_are_refused(field: str, value: float) -> None:
    with pytest.raises(ValidationError, match=field):
        UPCF.model_validate({field: value})

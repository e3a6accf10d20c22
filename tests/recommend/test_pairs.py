"""Lists of products for products, worked out by hand or the long way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.recommend.association import Association
from recsys.recommend.pairs import ALIKE, Pairs, leverages
from tests.logs import all_of, make_log, random_rows

TEXTS = {
    "tea": ("green tea", 4.0),
    "tea2": ("black tea", 6.0),
    "tea3": ("white tea", 9.0),
    "pot": ("glass pot", 20.0),
    "cup": ("glass cup", 5.0),
    "hat": ("woolly hat", 7.0),
}
FAMILIES = {"tea": 0, "tea2": 0, "tea3": 0}


def shop(*invoices: tuple[str, str]) -> Known:
    """Invoices (customer, products apart by spaces), a day each."""
    rows = [
        (who, product, f"i{at}", f"2024-01-{at + 1:02}", 1, TEXTS[product][1], TEXTS[product][0])
        for at, (who, products) in enumerate(invoices)
        for product in products.split()
    ]
    return all_of(make_log(rows))


KNOWN = shop(
    *(("ann", "tea pot"), ("bob", "tea pot tea2"), ("ann", "hat"), ("cat", "tea tea2"), ("dan", "cup")),
    *(("bob", "cup"), ("cat", "cup hat"), ("eve", "tea3 hat"), ("dan", "tea2"), ("ann", "cup")),
)


def pairs(known: Known = KNOWN, *, k: int = 5, least: int = 1, allowed: str | None = None) -> Pairs:
    names = known.history.products.names
    family = np.array([FAMILIES.get(str(name), NOTHING) for name in names], dtype=np.int32)
    mask = None if allowed is None else np.isin(names.astype(str), allowed.split())
    return Pairs(known, k, least, mask, family)


def told(lists: TopK, known: Known = KNOWN) -> dict[str, list[str]]:
    names = known.history.products.names
    return {
        str(names[own]): [str(names[p]) for p in row if p != NOTHING]
        for own, row in zip(lists.customers, lists.products, strict=True)
    }


def test_on_the_same_invoices_more_often_than_by_chance() -> None:
    """tea is on 3 of 10 invoices, pot on 2 with it, tea2 on 3 and twice with it: 0.2 - 0.06, 0.2 - 0.09."""
    lists = pairs().together()
    assert told(lists)["tea"] == ["pot", "tea2"]
    row = lists.customers.tolist().index(KNOWN.history.products.codes(["tea"])[0])
    np.testing.assert_allclose(lists.scores[row, :2], [0.14, 0.11], rtol=1e-6)
    assert pairs().joint(lists)[row].tolist() == [2, 2, 0, 0, 0]
    assert told(pairs(least=3).together())["tea"] == []


def test_it_is_what_association_finds() -> None:
    known = all_of(make_log(random_rows(4, customers=30, products=15, lines=400)))
    found = pairs(known, k=14, least=2).together()
    fitted = Association(min_support=2).fit(known, np.random.default_rng(0))
    worth = fitted.worth.toarray()
    for own, row, scores in zip(found.customers, found.products, found.scores, strict=True):
        real = row != NOTHING
        np.testing.assert_allclose(scores[real], worth[own, row[real]], rtol=1e-5)
        assert real.sum() == (worth[own] > 1e-12).sum()


def test_leverage_of_what_follows_is_that_of_the_pairs_of_invoices() -> None:
    before = sparse.csr_matrix(np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 1, 0]], dtype=np.float32))
    after = sparse.csr_matrix(np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype=np.float32))
    found = leverages(before, after, 1).toarray()
    wanted = np.zeros((3, 3))
    wanted[0, 1] = 2 / 4 - 2 * 2 / 16
    wanted[1, 0] = 1 / 4 - 2 * 1 / 16
    wanted[1, 2] = 1 / 4 - 2 * 1 / 16
    wanted[2, 1] = 1 / 4 - 1 * 2 / 16
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_what_completes_is_neither_of_the_family_nor_alike() -> None:
    """After tea: hat once, cup once (glass cup and glass pot are alike), and pot beside it; not tea2."""
    found = told(pairs().complementary())
    assert "pot" in found["tea"]
    assert "tea2" not in found["tea"]
    assert {"cup", "hat"} <= set(found["tea"])
    assert "cup" not in found["pot"]
    assert "tea" not in found["cup"]  # it comes before, not after


def test_similar_by_cosine_the_long_way() -> None:
    shelf = KNOWN.catalogue["description"]
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(shelf).toarray()
    cosine = vectors @ vectors.T
    found = pairs().similar()
    for own, row, scores in zip(found.customers, found.products, found.scores, strict=True):
        real = row[row != NOTHING]
        assert own not in real
        assert set(real) == {p for p in np.flatnonzero(cosine[own] > 0) if p != own}
        np.testing.assert_allclose(scores[: len(real)], cosine[own, real], rtol=1e-5)


def test_dearer_is_the_same_kind_of_thing_within_the_band() -> None:
    """tea at 4.00: tea2 at 6.00 is 1.5 times, tea3 at 9.00 is 2.25 times. cup, of no family, is like pot."""
    assert told(pairs().dearer((1.1, 2.0)))["tea"] == ["tea2"]
    assert sorted(told(pairs().dearer((1.1, 3.0)))["tea"]) == ["tea2", "tea3"]
    assert told(pairs().dearer((1.1, 2.0)))["tea2"] == ["tea3"]
    words = TfidfVectorizer(sublinear_tf=True).fit_transform(["glass pot", "glass cup", *["x tea"] * 4])
    assert (words[0] @ words[1].T)[0, 0] >= ALIKE
    assert told(pairs().dearer((1.1, 4.0)))["cup"] == ["pot"]
    assert told(pairs().dearer((1.1, 4.0)))["pot"] == []


@pytest.mark.parametrize("kind", ["together", "similar", "complementary"])
def test_rules_hold_for_both_sides_and_lists_are_short(kind: str) -> None:
    found = told(getattr(pairs(allowed="tea tea2 hat", k=1), kind)())
    assert set(found) == {"tea", "tea2", "hat"}
    assert all(set(row) <= set(found) and len(row) <= 1 for row in found.values())
    assert any(found.values())

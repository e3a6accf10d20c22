"""Blend, per-segment and two-stage on shops where the answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from recsys.core.errors import RecommendError
from recsys.core.fold import Known, Target, make_fold
from recsys.core.protocols import Seen
from recsys.core.segmentation import Segmentation
from recsys.measure.accuracy import NDCG
from recsys.measure.judge import judge
from recsys.recommend.base import RecommenderModel
from recsys.recommend.blend import Blend
from recsys.recommend.per_segment import PerSegment
from recsys.recommend.popularity import Popularity
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.two_stage import TwoStage
from tests.contract.examples import workshop
from tests.logs import all_of, bought, make_log

RNG = np.random.default_rng(0)
KNOWN = all_of(make_log(bought("ann:tea ann:tea ann:pot bob:cup bob:pot cat:cup cat:tea dan:cup")))
MODELS: dict[str, RecommenderModel] = {"own": Repurchase(), "all": Popularity()}
ANN = np.array([0], dtype=np.int32)


def names(known: Known, products: np.ndarray) -> list[str]:
    return [str(known.history.products.names[p]) for p in products if p >= 0]


# -- blend -------------------------------------------------------------------------------------------


def test_all_weight_on_one_part_is_that_part() -> None:
    parts = workshop(MODELS, KNOWN)
    fitted = Blend(parts=("own", "all"), weights=(0, 1)).combine(KNOWN, RNG, parts)
    want = parts.fitted("all").recommend(ANN, 3, seen=Seen.KEEP)
    assert names(KNOWN, fitted.recommend(ANN, 3, seen=Seen.KEEP).products[0]) == names(
        KNOWN, want.products[0]
    )


def test_reciprocal_ranks_add_up() -> None:
    """all: cup, tea, pot (3, 2, 2 buyers); own: tea, pot or pot, tea by invoices."""
    fitted = Blend(parts=("own", "all"), by="rank").combine(KNOWN, RNG, workshop(MODELS, KNOWN))
    lists = fitted.recommend(ANN, 3, seen=Seen.KEEP)
    found = dict(zip(names(KNOWN, lists.products[0]), lists.scores[0], strict=True))
    own = workshop(MODELS, KNOWN).fitted("own").recommend(ANN, 3, seen=Seen.KEEP)
    all_ = workshop(MODELS, KNOWN).fitted("all").recommend(ANN, 3, seen=Seen.KEEP)
    for name, score in found.items():
        places = [
            names(KNOWN, lists.products[0]).index(name) + 1
            for lists in (own, all_)
            if name in names(KNOWN, lists.products[0])
        ]
        assert score == pytest.approx(sum(1 / (60 + place) for place in places))


@pytest.mark.parametrize("weights", [(1.0,), (0.0, 0.0), (-1.0, 2.0)])
def test_bad_weights_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="weights"):
        Blend(parts=("own", "all"), weights=weights)


# -- per-segment -------------------------------------------------------------------------------------


def segmented(known: Known) -> Known:
    codes = np.arange(len(known.history.customers), dtype=np.int16) % 2
    return known.with_segments(Segmentation(("even", "odd"), codes, pd.DataFrame(index=range(len(codes)))))


def test_each_segment_gets_its_own_recommender() -> None:
    known = segmented(KNOWN)
    parts = workshop(MODELS, known)
    fitted = PerSegment(parts=("all", "own"), serve={"odd": "own"}).combine(known, RNG, parts)
    everyone = np.arange(4, dtype=np.int32)
    lists = fitted.recommend(everyone, 3, seen=Seen.KEEP)
    for row in everyone:
        part = parts.fitted("own" if row % 2 else "all")
        np.testing.assert_array_equal(
            lists.products[row], part.recommend(everyone[[row]], 3, seen=Seen.KEEP).products[0]
        )


def test_fitted_on_a_segment_knows_only_its_customers() -> None:
    known = segmented(KNOWN)
    fitted = PerSegment(parts=("all",), fit_each=True).combine(known, RNG, workshop(MODELS, known))
    lists = fitted.recommend(np.array([0, 1], dtype=np.int32), 3, seen=Seen.KEEP)
    assert names(known, lists.products[0])[0] == "tea"  # ann and cat: two of tea, one of pot and of cup
    assert names(known, lists.products[1])[0] == "cup"  # bob and dan: two of cup


def test_an_unknown_segment_names_the_nearest() -> None:
    known = segmented(KNOWN)
    model = PerSegment(parts=("all", "own"), serve={"od": "own"})
    with pytest.raises(RecommendError, match="did you mean 'odd'"):
        model.combine(known, RNG, workshop(MODELS, known))


def test_serve_must_name_parts() -> None:
    with pytest.raises(ValidationError, match="expected one of parts"):
        PerSegment(parts=("all",), serve={"odd": "own"})


# -- two-stage ---------------------------------------------------------------------------------------


def rhythm(customers: int = 60, days: int = 240) -> list[tuple[str, str, str, str, float, float]]:
    """Everyone buys each of 8 own products of 30 every 16 days, one of them every second day, in turn."""
    rng = np.random.default_rng(3)
    rows = []
    for c in range(customers):
        own = rng.choice(30, 8, replace=False)
        for day in range(int(rng.integers(0, 2)), days, 2):
            product = own[(day // 2) % 8]
            when = f"{pd.Timestamp('2024-01-01') + pd.Timedelta(days=day):%Y-%m-%d %H:%M}"
            rows.append((f"c{c:02}", f"p{product:02}", f"{c}-{day}", when, 1.0, 2.0))
    return rows


def test_what_is_due_is_learned() -> None:
    """In the next 4 days two of eight own products are due: counts alone cannot tell which."""
    log = make_log(rhythm())
    fold = make_fold(log, log.end - np.timedelta64(4, "D"), log.end)
    parts = workshop(MODELS, fold.known)
    model = TwoStage(parts=("own", "all"), window_days=4, windows=10, trees=60, min_leaf=20)
    truth = fold.truth(Target.ANY)
    scores = []
    for fitted in (model.combine(fold.known, RNG, parts), parts.fitted("own")):
        lists = fitted.recommend(truth.customers, 5, seen=Seen.KEEP)
        scores.append(float(NDCG(5).per_customer(judge(lists, truth)).mean()))
    assert scores[0] > 0.9 > 0.6 > scores[1]


def test_lessons_end_at_the_cutoff() -> None:
    log = make_log(rhythm(days=120))
    known = make_fold(log, log.end - np.timedelta64(30, "D"), log.end).known
    windows = TwoStage(parts=("own",), window_days=10)._windows(known)
    assert [str(cutoff)[:10] for cutoff, _ in windows[:2]] == ["2024-03-21", "2024-03-11"]
    assert max(end for _, end in windows) == known.cutoff

"""Candidates, lessons and forests of the two-stage ranker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.core.fold import Fold, Known, Target, know, make_fold
from recsys.core.parallel import threads
from recsys.core.protocols import Seen
from recsys.recommend import two_stage
from recsys.recommend.base import RecommenderModel
from recsys.recommend.item_knn import ItemKNN
from recsys.recommend.networks import Networks
from recsys.recommend.popularity import Popularity
from recsys.recommend.repurchase import Repurchase
from recsys.recommend.two_stage import FittedTwoStage, Lesson, TwoStage, thinned
from tests.contract.examples import workshop
from tests.logs import random_log

MODELS: dict[str, RecommenderModel] = {"own": Repurchase(), "all": Popularity(), "knn": ItemKNN()}
LOG = random_log(8, customers=40, products=25, lines=900)
KNOWN = know(LOG, LOG.end)
QUICK = TwoStage(parts=("knn", "all"), window_days=15, windows=3, trees=8, min_leaf=5)


def fit(model: TwoStage, known: Known = KNOWN) -> FittedTwoStage:
    return model.combine(known, np.random.default_rng(1), workshop(MODELS, known))


def days(windows: list[tuple[np.datetime64, np.datetime64]]) -> list[tuple[str, str]]:
    return [(str(cutoff)[:10], str(end)[:10]) for cutoff, end in windows]


def lesson_of(model: TwoStage, most: int = 10**6) -> tuple[Fold, Lesson]:
    """The latest window of the log and what it teaches, all customers in one block."""
    cutoff, end = model._windows(KNOWN)[0]
    fold = make_fold(LOG, cutoff, end)
    (lesson,) = model._lessons(fold, most, np.random.default_rng(0), workshop(MODELS, KNOWN))
    return fold, lesson


def everyone() -> np.ndarray:
    return np.arange(len(KNOWN.history.customers), dtype=np.int32)


def replace_of(**changes: object) -> TwoStage:
    return QUICK.model_validate(QUICK.model_dump() | changes)


# -- lessons -----------------------------------------------------------------------------------------


def test_windows_may_overlap() -> None:
    windows = replace_of(stride_days=5)._windows(KNOWN)
    assert days(windows) == [
        ("2024-03-14", "2024-03-29"),
        ("2024-03-09", "2024-03-24"),
        ("2024-03-04", "2024-03-19"),
    ]


def test_a_short_window_at_the_end_is_one_more_lesson() -> None:
    windows = replace_of(windows=1, fresh_days=6)._windows(KNOWN)
    assert days(windows) == [("2024-03-23", "2024-03-29"), ("2024-03-14", "2024-03-29")]


def test_all_that_was_bought_is_kept_and_the_rest_drawn_evenly() -> None:
    row = np.repeat(np.arange(300), 20)
    label = np.tile(np.arange(20) < 4, 300)
    kept = thinned(row, label, 5, np.random.default_rng(0))
    assert (np.diff(kept) > 0).all()
    assert np.bincount(row[kept]).tolist() == [9] * 300
    assert label[kept].sum() == label.sum()
    drawn = np.bincount(kept[~label[kept]] % 20, minlength=20)[4:]
    assert drawn.sum() == 1500
    assert 60 < drawn.min() < drawn.max() < 130


def test_few_negatives_are_all_kept() -> None:
    kept = thinned(np.array([0, 0, 1]), np.array([True, False, False]), 5, np.random.default_rng(0))
    assert kept.tolist() == [0, 1, 2]


@pytest.mark.parametrize("most", [100, 300])
def test_rows_to_learn_from_are_bounded(most: int) -> None:
    model = replace_of(negatives=5)
    _, lesson = lesson_of(model, most)
    assert 0 < len(lesson.table) == len(lesson.labels) == lesson.groups.sum() <= most


def test_labels_are_what_was_bought_next() -> None:
    fold, lesson = lesson_of(QUICK)
    assert lesson.labels.sum() == fold.truth(Target.ANY).bought.sum()  # every product is a candidate here


def test_lesson_and_serving_see_the_same_figures() -> None:
    """The table of a lesson is that of a ranker fitted at the lesson's cutoff."""
    model = replace_of(negatives=10**6)
    fold, lesson = lesson_of(model, 10**9)
    truth = fold.truth(Target.ANY)
    served = model._stage(fold.known, workshop(MODELS, fold.known), [])
    *_, table = served.candidates(truth.customers, Seen.KEEP, None)
    np.testing.assert_array_equal(lesson.table, table)


# -- candidates --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", list(Seen))
def test_candidates_are_the_heads_of_the_parts_and_what_was_bought(seen: Seen) -> None:
    fitted, customers = fit(replace_of(depth=3)), everyone()
    row, product, _ = fitted.candidates(customers, seen, None)
    want = set()
    for part in fitted.parts:
        for policy in {seen, Seen.DROP}:
            lists = part.recommend(customers, 3, seen=policy)
            want |= {(at, p) for at in customers for p in lists.products[at] if p >= 0}
    if seen is Seen.KEEP:
        want |= set(zip(*KNOWN.history.bought.nonzero(), strict=True))
    assert set(zip(row, product, strict=True)) == want
    assert len(row) == len(want)


def test_a_rule_brings_candidates_from_further_down() -> None:
    fitted, customers = fit(replace_of(depth=2)), everyone()
    allowed = KNOWN.popularity_rank > 10
    row, product, table = fitted.candidates(customers, Seen.DROP, allowed)
    assert allowed[product].all()
    assert np.bincount(row, minlength=len(customers)).min() >= 2
    whole = fit(replace_of(depth=25)).candidates(customers, Seen.DROP, None)
    key, among = row * 25 + product, whole[0] * 25 + whole[1]
    np.testing.assert_array_equal(table, whole[2][np.searchsorted(among, key)])


def test_candidates_do_not_depend_on_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit(QUICK)
    lists = fitted.recommend(everyone(), 8, seen=Seen.KEEP)
    monkeypatch.setattr(two_stage, "CUSTOMERS", 3)
    again = fitted.recommend(everyone(), 8, seen=Seen.KEEP)
    np.testing.assert_array_equal(lists.products, again.products)
    np.testing.assert_array_equal(lists.scores, again.scores)


# -- forests -----------------------------------------------------------------------------------------


def test_scores_of_several_forests_are_averaged() -> None:
    both = fit(replace_of(boosters=2))
    assert len(set(both.boosters)) == 2
    row, product, _ = both.candidates(everyone(), Seen.KEEP, None)
    raw = []
    for forest in both.boosters:
        lists = replace(both, boosters=[forest]).recommend(everyone(), 25, seen=Seen.KEEP)
        score = np.zeros((len(everyone()), 25))
        at, place = np.nonzero(lists.products >= 0)
        score[at, lists.products[at, place]] = lists.scores[at, place]
        raw.append(np.log(score[row, product] / (1 - score[row, product])))
    lists = both.recommend(everyone(), 25, seen=Seen.KEEP)
    for customer in (0, 7):
        of = row == customer
        mean = dict(zip(product[of], (raw[0][of] + raw[1][of]) / 2, strict=True))
        found = [mean[p] for p in lists.products[customer] if p >= 0]
        np.testing.assert_allclose(found, sorted(found, reverse=True), atol=1e-5)


def test_the_first_forest_stays_as_it_is_when_more_are_added() -> None:
    assert fit(replace_of(boosters=2)).boosters[0] == fit(QUICK).boosters[0]


def test_scores_of_networks_are_added_to_those_of_the_forests() -> None:
    alone, model = fit(QUICK), fit(replace_of(networks=2))
    assert model.boosters == alone.boosters
    _, product, table = model.candidates(everyone()[:1], Seen.KEEP, None)
    share = np.full(25, np.nan)
    lists = alone.recommend(everyone()[:1], 25, seen=Seen.KEEP)
    share[lists.products[0]] = lists.scores[0]
    added = Networks(model.network_edges, model.network_weights).scores(table)
    lists = model.recommend(everyone()[:1], 25, seen=Seen.KEEP)
    want = np.full(25, np.nan)
    want[product] = np.log(share / (1 - share))[product] + added
    place = lists.products[0]
    found = lists.scores[0].astype(np.float64)
    np.testing.assert_allclose(np.log(found / (1 - found)), want[place], atol=1e-4)
    assert np.abs(added).max() > 0.1


def test_overlapping_lessons_repeat_with_any_number_of_threads() -> None:
    model = replace_of(stride_days=5, boosters=2, negatives=6)
    texts = []
    for limit in (1, 2):
        with threads(limit):
            texts.append([text.split("parameters:")[0] for text in fit(model).boosters])
    assert texts[0] == texts[1]


def test_what_is_learned_for_new_products_only() -> None:
    model = replace_of(learn="new")
    fold, lesson = lesson_of(model)
    assert lesson.labels.sum() == fold.truth(Target.NEW).bought.sum()

"""What was known at the cutoff, and what counts as having happened next."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recsys.core.errors import SplitError
from recsys.core.fold import Fold, Target, Truth, catalogue, know, make_fold
from recsys.core.ids import NOTHING
from tests.logs import make_log, random_log

CUTOFF, END = np.datetime64("2024-02-01"), np.datetime64("2024-03-01")

ROWS = [
    ("ann", "tea", "h1", "2024-01-10", 1, 2.0),
    ("ann", "pot", "h1", "2024-01-10", 1, 9.0),
    ("bob", "tea", "h2", "2024-01-20", 1, 2.0),
    # the future
    ("ann", "tea", "f1", "2024-02-02", 1, 2.0),
    ("ann", "tea", "f1", "2024-02-02", 2, 2.0),
    ("ann", "tea", "f2", "2024-02-03", 1, 3.0),
    ("ann", "cup", "f2", "2024-02-03", 1, 4.0),
    ("bob", "pot", "f3", "2024-02-04", 1, 9.0),
    ("dan", "pot", "f4", "2024-02-05", 2, 9.0),
    ("dan", "cup", "f4", "2024-02-05", 1, 4.0),
    ("eve", "cup", "f5", "2024-02-06", 1, 4.0),
]


def fold(rows: list[tuple[Any, ...]] = ROWS, **more: Any) -> Fold:
    return make_fold(make_log(rows), CUTOFF, END, **more)


def named(truth: Truth, fold: Fold) -> dict[str, dict[str, float]]:
    """customer -> product -> spend."""
    products = fold.known.history.products.names
    if truth.target is Target.NEW_PRODUCTS:
        products = fold.arrivals["product"].to_numpy()
    held = truth.bought.toarray() > 0
    spend = truth.spend.toarray()
    return {
        truth.names[i]: {products[j]: spend[i, j] for j in np.flatnonzero(held[i])} for i in range(len(truth))
    }


def test_truth_of_any_is_each_product_once_with_all_that_was_paid() -> None:
    f = fold()
    assert named(f.truth(Target.ANY), f) == {"ann": {"tea": 9.0}, "bob": {"pot": 9.0}}
    assert f.truth(Target.ANY).bought.data.tolist() == [1.0, 1.0]
    assert f.truth(Target.ANY).sizes.tolist() == [1, 1]


def test_truth_of_new_leaves_out_what_was_bought_before() -> None:
    f = fold()
    assert named(f.truth(Target.NEW), f) == {"bob": {"pot": 9.0}}


def test_codes_of_truth_are_codes_of_the_history() -> None:
    f = fold()
    for target in (Target.ANY, Target.NEW):
        truth = f.truth(target)
        assert list(f.known.history.customers.take(truth.customers)) == list(truth.names)


def test_products_first_sold_later_are_a_truth_of_their_own() -> None:
    f = fold()
    assert f.arrivals["product"].tolist() == ["cup"]
    assert named(f.truth(Target.NEW_PRODUCTS), f) == {"ann": {"cup": 4.0}}


def test_newcomers_are_judged_on_what_the_catalogue_holds() -> None:
    f = fold()
    assert named(f.newcomers, f) == {"dan": {"pot": 18.0}}  # eve bought only what nobody could name
    assert f.newcomers.customers.tolist() == [NOTHING]


def test_pairs_count_each_customer_and_product_once() -> None:
    assert fold().pairs == {
        "all": 6,
        "in catalogue": 3,
        "with history": 3,
        "with history, in catalogue": 2,
    }


def test_views_before_the_cutoff_do_not_make_a_purchase_old() -> None:
    log = make_log(ROWS, views=[("bob", "pot", "2024-01-15", 0.5)])
    f = make_fold(log, CUTOFF, END)
    assert named(f.truth(Target.NEW), f) == {"bob": {"pot": 9.0}}


def test_views_after_the_cutoff_are_no_truth() -> None:
    log = make_log(ROWS, views=[("bob", "tea", "2024-02-15", 0.5)])
    f = make_fold(log, CUTOFF, END)
    assert named(f.truth(Target.ANY), f) == {"ann": {"tea": 9.0}, "bob": {"pot": 9.0}}


def test_spend_is_net_of_returns_inside_the_future() -> None:
    rows = [*ROWS, ("ann", "tea", "r1", "2024-02-10", -1, 3.0), ("bob", "pot", "r2", "2024-02-10", -5, 9.0)]
    f = fold(rows)
    assert named(f.truth(Target.ANY), f) == {"ann": {"tea": 6.0}, "bob": {"pot": 0.0}}  # never below 0


def test_return_after_the_future_or_before_it_takes_nothing_off() -> None:
    rows = [*ROWS, ("ann", "tea", "r1", "2024-03-01", -1, 3.0), ("ann", "tea", "r2", "2024-01-31", -1, 3.0)]
    f = fold(rows)
    assert named(f.truth(Target.ANY), f)["ann"] == {"tea": 9.0}


def test_netted_returns_are_taken_off_once_and_a_full_return_is_no_truth() -> None:
    rows = [*ROWS, ("ann", "tea", "r1", "2024-02-10", -1, 3.0), ("bob", "pot", "r2", "2024-02-10", -1, 9.0)]
    f = make_fold(make_log(rows, nets=True), CUTOFF, END)
    assert named(f.truth(Target.ANY), f) == {"ann": {"tea": 6.0}}


def test_price_less_future_spends_nothing_but_counts() -> None:
    rows = [(*row[:5], float("nan")) for row in ROWS]
    f = fold(rows)
    assert named(f.truth(Target.ANY), f) == {"ann": {"tea": 0.0}, "bob": {"pot": 0.0}}


def test_future_nobody_can_be_judged_on_is_empty_and_no_error() -> None:
    f = fold(ROWS[:3])
    assert len(f.truth(Target.ANY)) == len(f.truth(Target.NEW)) == len(f.newcomers) == 0
    assert len(f.truth(Target.NEW_PRODUCTS)) == len(f.arrivals) == 0
    assert f.pairs == {"all": 0, "in catalogue": 0, "with history": 0, "with history, in catalogue": 0}


def test_truth_is_what_a_loop_over_lines_gives() -> None:
    log = random_log(7, lines=500)
    f = make_fold(log, CUTOFF, log.end)
    want: dict[str, dict[str, float]] = {}
    history = {"customer": set(), "product": set(), "pair": set()}
    for line in log.lines.itertuples():
        who, what = log.customers.names[line.customer], log.products.names[line.product]
        if line.time < CUTOFF:
            history["customer"].add(who)
            history["product"].add(what)
            history["pair"].add((who, what))
        elif who in history["customer"] and what in history["product"]:
            of = want.setdefault(who, {})
            of[what] = of.get(what, 0.0) + line.quantity * line.price
    assert named(f.truth(Target.ANY), f) == want
    new = {w: {p: s for p, s in of.items() if (w, p) not in history["pair"]} for w, of in want.items()}
    assert named(f.truth(Target.NEW), f) == {who: of for who, of in new.items() if of}


# -- what is known ---------------------------------------------------------------------------------


def test_known_holds_nothing_of_the_future() -> None:
    known = fold().known
    assert list(known.history.customers.names) == ["ann", "bob"]
    assert list(known.history.products.names) == ["pot", "tea"]
    assert known.catalogue["product"].tolist() == ["pot", "tea"]
    assert known.history.end == known.cutoff == CUTOFF


def test_gap_is_skipped_by_the_future_and_not_given_to_the_history() -> None:
    f = fold(gap_days=3)
    assert sorted(f.future.lines["time"].dt.day.unique()) == [4, 5, 6]
    assert len(f.known.history.lines) == 3


def test_history_days_forget_what_is_older() -> None:
    f = fold(history_days=12)
    assert list(f.known.history.customers.names) == ["bob"]
    assert named(f.truth(Target.ANY), f) == {}  # bob's pot is not in a catalogue of twelve days
    assert list(f.future.customers.take(np.flatnonzero(f.future_customers == NOTHING))) == [
        "ann",
        "dan",
        "eve",
    ]


def test_history_days_count_back_from_the_cutoff() -> None:
    assert len(fold(history_days=22).known.history.lines) == 3  # 10 January 00:00 is 22 days before
    assert len(fold(history_days=21).known.history.lines) == 1


def test_cutoff_before_the_log_names_value_expectation_and_remedy() -> None:
    with pytest.raises(SplitError) as error:
        know(make_log(ROWS), np.datetime64("2024-01-10"))
    said = str(error.value)
    assert "cutoff 2024-01-10" in said
    assert "the log starts 2024-01-10" in said
    assert "expected purchases before it; shorten split.holdout_days" in said


def test_popularity_rank_goes_by_buyers_then_by_name() -> None:
    rows = [
        ("ann", "b", "1", "2024-01-01", 9, 1.0),
        ("ann", "c", "1", "2024-01-01", 1, 1.0),
        ("bob", "c", "2", "2024-01-01", 1, 1.0),
        ("ann", "a", "3", "2024-01-01", 1, 1.0),
        ("ann", "a", "4", "2024-01-02", 1, 1.0),
    ]
    known = know(make_log(rows), np.datetime64("2024-02-01"))
    assert known.popularity_rank.tolist() == [1, 2, 0]


def test_catalogue_takes_the_usual_description_and_the_last_price() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0, "green tea"),
        ("ann", "tea", "2", "2024-01-02", 1, 2.0, "tea"),
        ("ann", "tea", "3", "2024-01-03", 1, 3.0, "green tea"),
        ("ann", "tea", "4", "2024-01-04", 1, float("nan"), "damaged?"),
        ("ann", "pot", "5", "2024-01-05", 1, float("nan")),
    ]
    shelf = catalogue(make_log(rows))
    assert shelf["product"].tolist() == ["pot", "tea"]
    assert shelf["description"].tolist() == [None, "green tea"]
    assert shelf["price"].tolist()[1] == 3.0
    assert np.isnan(shelf["price"][0])
    assert shelf["first_seen"].dt.day.tolist() == [5, 1]
    assert shelf["last_seen"].dt.day.tolist() == [5, 4]


@pytest.mark.parametrize(("texts", "usual"), [("zzaa", "a"), ("aazz", "z"), ("azza", "a"), ("azaz", "z")])
def test_description_tie_goes_to_the_latest(texts: str, usual: str) -> None:
    rows = [("ann", "tea", f"{i}", f"2024-01-0{i + 1}", 1, 1.0, text) for i, text in enumerate(texts)]
    assert catalogue(make_log(rows))["description"].tolist() == [usual]


def test_description_and_price_after_the_cutoff_are_not_seen() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0, "tea"),
        ("ann", "tea", "2", "2024-02-01", 1, 5.0, "better tea"),
        ("ann", "tea", "3", "2024-02-02", 1, 5.0, "better tea"),
    ]
    known = know(make_log(rows), CUTOFF)
    assert known.catalogue["description"].tolist() == ["tea"]
    assert known.catalogue["price"].tolist() == [1.0]
    assert list(known.history.descriptions.names) == ["tea"]


def test_catalogue_carries_the_mapped_product_attributes() -> None:
    log = make_log(ROWS, product_columns={"shelf": [f"s{i}" for i in range(len(ROWS))]})
    assert know(log, CUTOFF).catalogue["shelf"].tolist() == ["s1", "s2"]


def test_catalogue_is_what_a_loop_gives() -> None:
    log = random_log(9, lines=400)
    shelf = catalogue(log)
    for product, row in shelf.iterrows():
        own = log.lines[log.lines["product"] == product]
        assert row["price"] == own["price"].iloc[-1]
        assert row["first_seen"] == own["time"].min()
        assert row["last_seen"] == own["time"].max()


def test_units_are_those_that_were_kept() -> None:
    """ann buys 1 + 2 + 1 teas and sends 3 back; bob sends back more pots than he bought since."""
    more = [
        ("ann", "tea", "C1", "2024-02-20", -3, 2.0),
        ("bob", "pot", "C2", "2024-02-20", -5, 9.0),
    ]
    f = fold([*ROWS, *more])
    truth = f.truth(Target.ANY)
    products = f.known.history.products.names.tolist()
    assert truth.names.tolist() == ["ann", "bob"]
    assert truth.kept.toarray()[0, products.index("tea")] == 1.0
    assert truth.kept.toarray()[1].sum() == 0.0
    assert truth.sizes.tolist() == [1, 1]  # bought is bought
    fresh = f.truth(Target.NEW)
    assert fresh.names.tolist() == ["bob"]
    assert fresh.kept.sum() == 0.0
    again = [("bob", "tea", "f7", "2024-02-07", 4, 2.0)]
    assert fold([*ROWS, *again]).truth(Target.NEW).kept.sum() == 1.0  # the pot, not the teas


def test_units_of_netted_lines_are_netted_once() -> None:
    more = [("ann", "tea", "C1", "2024-02-20", -3, 2.0)]
    gross, netted = (
        make_fold(make_log([*ROWS, *more], nets=nets), CUTOFF, END).truth(Target.ANY)
        for nets in (False, True)
    )
    assert netted.kept.sum() == gross.kept.sum() == 2.0


def test_everything_bought_later_is_known_by_its_own_codes() -> None:
    f = fold()
    every = f.bought_later
    products = f.future.products.names
    held = every.bought.toarray() > 0
    assert {every.names[i]: products[held[i]].tolist() for i in range(len(every))} == {
        "ann": ["cup", "tea"],
        "bob": ["pot"],
        "dan": ["cup", "pot"],
        "eve": ["cup"],
    }
    assert every.customers.tolist() == [0, 1, NOTHING, NOTHING]
    assert [int(code == NOTHING) for code in f.future_products] == [1, 0, 0]  # the cup

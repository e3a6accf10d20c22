"""Whatever the log: folds partition time, and the past does not know the future."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recsys.core.errors import SplitError
from recsys.core.fold import Fold, Target
from recsys.core.log import TransactionLog
from recsys.split import Holdout, Rolling
from tests.logs import make_log
from tests.property.profile import few

HOUR = np.timedelta64(1, "h")
START = np.datetime64("2024-01-01", "s")


@st.composite
def logs(draw: st.DrawFn) -> TransactionLog:
    """A few invoices at any hour of sixty days."""
    row = st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.integers(0, 60 * 24))
    rows = draw(st.lists(row, min_size=2, max_size=25))
    return make_log(
        [
            (who, what, f"{who}{hour // 30}", str(START + hour * HOUR), i + 1, 1.0)
            for i, (who, what, hour) in enumerate(rows)
        ]
    )


def ids(lines_of: TransactionLog) -> set[int]:
    """Each row has a quantity of its own."""
    return set(lines_of.lines["quantity"].astype(int))


def folds_of(split: Holdout | Rolling, log: TransactionLog) -> list[Fold]:
    try:
        return split.split(log)
    except SplitError:
        assume(False)
        raise


@few
@given(logs(), st.integers(1, 25), st.integers(1, 4))
def test_folds_partition_time(log: TransactionLog, days: int, windows: int) -> None:
    folds = folds_of(Rolling(holdout_days=days, windows=windows), log)
    assert len(folds) == windows
    for fold in folds:
        past, future = ids(fold.known.history), ids(fold.future)
        assert not past & future
        assert all(fold.known.history.lines["time"] < fold.known.cutoff)
        assert all(fold.future.lines["time"] >= fold.known.cutoff)
        assert not set(fold.known.history.lines["basket"]) & set(fold.future.lines["basket"])
    for later, earlier in itertools.pairwise(folds):
        assert ids(later.known.history) == ids(earlier.known.history) | ids(earlier.future)
        assert later.known.cutoff == earlier.future.end
    assert ids(folds[0].known.history) | ids(folds[0].future) == ids(log)


@few
@given(logs(), st.integers(2, 25), st.integers(1, 24), st.integers(1, 40))
def test_gap_and_history_only_take_away(log: TransactionLog, days: int, gap: int, history: int) -> None:
    assume(gap < days)
    (whole,) = folds_of(Holdout(holdout_days=days), log)
    (part,) = folds_of(Holdout(holdout_days=days, gap_days=gap, history_days=history), log)
    assert ids(part.known.history) <= ids(whole.known.history)
    assert ids(part.future) <= ids(whole.future)
    cutoff, day = whole.known.cutoff, np.timedelta64(1, "D")
    assert all(part.future.lines["time"] >= cutoff + gap * day)
    assert all(part.known.history.lines["time"] >= cutoff - history * day)


@few
@given(logs(), st.integers(1, 30))
def test_known_is_the_same_whatever_comes_after(log: TransactionLog, days: int) -> None:
    (fold,) = folds_of(Holdout(holdout_days=days), log)
    alone = log.between(None, fold.known.cutoff)
    again = make_log(
        [
            (
                log.customers.names[r.customer],
                log.products.names[r.product],
                f"{r.basket:03}",
                str(r.time),
                r.quantity,
                1.0,
            )
            for r in alone.lines.itertuples()
        ]
    )
    assert list(again.customers.names) == list(fold.known.history.customers.names)
    assert list(again.products.names) == list(fold.known.history.products.names)
    for column in ("customer", "product", "quantity"):
        assert again.lines[column].tolist() == fold.known.history.lines[column].tolist()


@few
@given(logs(), st.integers(1, 30))
def test_everybody_in_the_future_is_judged_at_most_once(log: TransactionLog, days: int) -> None:
    (fold,) = folds_of(Holdout(holdout_days=days), log)
    every, new = fold.truth(Target.ANY), fold.truth(Target.NEW)
    assert len(set(every.names)) == len(every)
    assert set(new.names) <= set(every.names)
    assert not set(every.names) & set(fold.newcomers.names)
    assert every.sizes.sum() == fold.pairs["with history, in catalogue"]
    assert every.sizes.sum() + fold.newcomers.sizes.sum() == fold.pairs["in catalogue"]
    assert new.sizes.sum() <= every.sizes.sum()
    with_history = fold.pairs["with history"] - fold.pairs["with history, in catalogue"]
    assert fold.truth(Target.NEW_PRODUCTS).sizes.sum() == with_history


def test_log_that_is_too_short_is_refused_before_anything_is_cut() -> None:
    with pytest.raises(SplitError):
        Holdout(holdout_days=1).plan(make_log([("a", "u", "1", "2024-01-01", 1, 1.0)]))

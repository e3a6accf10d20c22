"""Ten numbered purchases, one a day at noon: 1 January to 10 January. Customer 0 buys throughout."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from recsys.core.errors import RecsysError, SplitError
from recsys.core.fold import Fold
from recsys.split import Holdout, Rolling
from tests.logs import make_log

TEN = make_log([("ann", f"p{d:02}", f"i{d}", f"2024-01-{d:02}T12:00", d, 1.0) for d in range(1, 11)])


def days(fold: Fold) -> tuple[list[int], list[int]]:
    """Numbers of the rows in history and future."""
    return (
        fold.known.history.lines["quantity"].astype(int).tolist(),
        fold.future.lines["quantity"].astype(int).tolist(),
    )


def test_holdout_of_three_days_predicts_rows_eight_to_ten() -> None:
    (fold,) = Holdout(holdout_days=3).split(TEN)
    assert days(fold) == ([1, 2, 3, 4, 5, 6, 7], [8, 9, 10])
    assert fold.known.cutoff == np.datetime64("2024-01-08")
    assert fold.window == 0


def test_rolling_steps_back_by_its_own_length_latest_first() -> None:
    folds = Rolling(holdout_days=3, windows=3).split(TEN)
    assert [days(fold) for fold in folds] == [
        ([1, 2, 3, 4, 5, 6, 7], [8, 9, 10]),
        ([1, 2, 3, 4], [5, 6, 7]),
        ([1], [2, 3, 4]),
    ]
    assert [fold.window for fold in folds] == [0, 1, 2]


def test_gap_skips_the_first_day_of_the_future() -> None:
    (fold,) = Holdout(holdout_days=3, gap_days=1).split(TEN)
    assert days(fold) == ([1, 2, 3, 4, 5, 6, 7], [9, 10])


def test_history_of_two_days_is_rows_six_and_seven() -> None:
    (fold,) = Holdout(holdout_days=3, history_days=2).split(TEN)
    assert days(fold) == ([6, 7], [8, 9, 10])
    assert list(fold.known.history.products.names) == ["p06", "p07"]


def test_end_is_the_midnight_after_the_last_line() -> None:
    """The cutoff does not move with the hour of the last line."""
    for hour in ("00:00:00", "23:59:59"):
        rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("ann", "tea", "2", f"2024-01-10T{hour}", 1, 1.0)]
        (window,) = Holdout(holdout_days=3).plan(make_log(rows))
        assert window.end == np.datetime64("2024-01-11")
        assert window.cutoff == np.datetime64("2024-01-08")


def test_purchase_at_the_cutoff_is_future() -> None:
    rows = [
        ("ann", "tea", "1", "2024-01-07T23:59:59", 1, 1.0),
        ("ann", "tea", "2", "2024-01-08T00:00:00", 2, 1.0),
        ("ann", "tea", "3", "2024-01-10", 3, 1.0),
    ]
    (fold,) = Holdout(holdout_days=3).split(make_log(rows))
    assert days(fold) == ([1], [2, 3])


def test_nine_of_ten_days_leave_one_of_history() -> None:
    (fold,) = Holdout(holdout_days=9).split(TEN)
    assert days(fold)[0] == [1]


def test_later_return_of_the_first_purchase_does_not_shorten_the_log() -> None:
    """Ann brings back on the 10th what she bought on the 1st: on the 8th nobody knew."""
    rows = [
        ("ann", "tea", "1", "2024-01-01", 1, 1.0),
        ("bob", "tea", "2", "2024-01-08", 2, 1.0),
        ("bob", "tea", "3", "2024-01-10", 3, 1.0),
        ("ann", "tea", "4", "2024-01-10", -1, 1.0),
    ]
    (fold,) = Holdout(holdout_days=3).split(make_log(rows, nets=True))
    assert days(fold) == ([1], [2, 3])


@pytest.mark.parametrize("split", [Holdout(holdout_days=10), Rolling(holdout_days=5, windows=2)])
def test_all_ten_days_leave_no_history(split: Holdout | Rolling) -> None:
    with pytest.raises(SplitError) as error:
        split.plan(TEN)
    said = str(error.value)
    assert "= 10 days" in said  # the value
    assert "the log covers 10 days (2024-01-01 to 2024-01-11): expected history" in said
    assert "lower split.holdout_days or split.windows" in said  # the remedy
    assert isinstance(error.value, RecsysError)


def test_gap_as_long_as_the_holdout_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"gap_days is 3: expected less than holdout_days \(3\)"):
        Holdout(holdout_days=3, gap_days=3)


@pytest.mark.parametrize(
    "wrong", [{"holdout_days": 0}, {"windows": 0}, {"history_days": 0}, {"gap_days": -1}]
)
def test_impossible_lengths_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Rolling(**wrong)


def test_history_days_that_hold_nothing_are_a_split_error() -> None:
    rows = [("ann", "tea", "1", "2024-01-01", 1, 1.0), ("ann", "tea", "2", "2024-03-01", 1, 1.0)]
    with pytest.raises(SplitError, match="leaves no history"):
        Holdout(holdout_days=7, history_days=7).split(make_log(rows))


def test_config_round_trip() -> None:
    for split in (Holdout(holdout_days=7, gap_days=2), Rolling(windows=2, history_days=90)):
        assert type(split).model_validate(split.model_dump(mode="json")) == split


def test_window_prints_as_dates() -> None:
    assert str(Holdout(holdout_days=3).plan(TEN)[0]) == "window 0 (2024-01-08 to 2024-01-10)"


def test_cutoffs_move_and_windows_still_end_with_the_log() -> None:
    later = Rolling(holdout_days=3, windows=2, shift_days=1).split(TEN)
    assert [days(fold) for fold in later] == [
        ([1, 2, 3, 4, 5, 6, 7, 8], [9, 10]),
        ([1, 2, 3, 4, 5], [6, 7, 8]),
    ]
    (latest, _) = Rolling(holdout_days=3, windows=2, shift_days=1).plan(TEN)
    assert latest.end == TEN.end
    earlier = Rolling(holdout_days=3, windows=2, shift_days=-1).split(TEN)
    assert [days(fold) for fold in earlier] == [([1, 2, 3, 4, 5, 6], [7, 8, 9]), ([1, 2, 3], [4, 5, 6])]


def test_a_shift_that_leaves_nothing_to_predict_is_refused() -> None:
    with pytest.raises(ValidationError, match="shift_days is 2: expected less than the 2 days predicted"):
        Holdout(holdout_days=3, gap_days=1, shift_days=2)
    with pytest.raises(SplitError, match="= 10 days"):
        Rolling(holdout_days=3, windows=3, shift_days=-1).plan(TEN)

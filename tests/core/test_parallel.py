"""Blocks: each once, the same cut for any number of threads, and no error lost."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from recsys.core.parallel import available, over_blocks, threads, workers


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_blocks_cover_everything_once_and_do_not_depend_on_threads(limit: int) -> None:
    found: list[tuple[int, int]] = []
    with threads(limit):
        over_blocks(10, 4, lambda start, stop: found.append((start, stop)))
    assert sorted(found) == [(0, 4), (4, 8), (8, 10)]


@pytest.mark.parametrize("limit", [1, 2])
def test_nothing_to_do_is_no_error(limit: int) -> None:
    with threads(limit):
        over_blocks(0, 4, lambda start, stop: pytest.fail("called"))


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("bad", [0, 8])
def test_error_in_a_block_reaches_the_caller(limit: int, bad: int) -> None:
    def work(start: int, stop: int) -> None:
        if start == bad:
            raise KeyError(start)

    with threads(limit), pytest.raises(KeyError):
        over_blocks(10, 4, work)


def test_result_is_the_same_for_any_number_of_threads() -> None:
    left = np.random.default_rng(0).random((50, 7), dtype=np.float32)
    results = []
    for limit in (1, 2, 3):
        out = np.empty((50, 50), dtype=np.float32)

        def work(start: int, stop: int, out: np.ndarray = out) -> None:
            out[start:stop] = left[start:stop] @ left.T

        with threads(limit):
            over_blocks(50, 8, work)
        results.append(out)
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()


def test_two_threads_work_at_once() -> None:
    meeting = threading.Barrier(2, timeout=20)
    with threads(2):
        over_blocks(2, 1, lambda start, stop: meeting.wait() and None)


def test_limit_holds_inside_and_is_given_back() -> None:
    outside = workers()
    with threads(3):
        assert workers() == 3
        with threads(1):
            assert workers() == 1
        assert workers() == 3
        with threads(None):
            assert workers() == available()
    assert workers() == outside


def test_limit_is_given_back_after_an_error() -> None:
    outside = workers()
    with pytest.raises(ValueError, match="stop"), threads(outside + 1):
        raise ValueError("stop")
    assert workers() == outside

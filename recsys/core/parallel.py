"""How many threads may work, and work in blocks that gives the same result with any number of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_limit: int | None = None


def available() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers() -> int:
    """Threads that a fit or a ranking may use now."""
    return _limit or available()


@contextmanager
def threads(limit: int | None) -> Iterator[None]:
    """Hold the work inside to `limit` threads (None: all cores)."""
    global _limit
    before, _limit = _limit, limit
    try:
        yield
    finally:
        _limit = before


def over_blocks(total: int, size: int, work: Callable[[int, int], None]) -> None:
    """Call work(start, stop) for consecutive blocks of `total`, several at once.

    The cut depends on `size` alone, so results do not depend on the number of threads. BLAS runs on one
    thread inside, since the blocks are what is parallel.
    """
    from threadpoolctl import threadpool_limits

    blocks = [(start, min(start + size, total)) for start in range(0, total, size)]
    with threadpool_limits(1, "blas"):
        if workers() == 1 or len(blocks) <= 1:
            for start, stop in blocks:
                work(start, stop)
            return
        with ThreadPoolExecutor(min(workers(), len(blocks))) as pool:
            for done in [pool.submit(work, start, stop) for start, stop in blocks]:
                done.result()

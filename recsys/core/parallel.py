"""How many threads may work, and work in blocks that gives the same result with any number of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

_limit: int | None = None
_controller: tuple[int, Any] | None = None


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


def blas_on_one_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread inside: the same bits with any number of cores."""
    from threadpoolctl import ThreadpoolController

    global _controller
    # To look for the libraries takes milliseconds; a new one can only have come with a new module.
    if _controller is None or _controller[0] != len(sys.modules):
        found = ThreadpoolController()
        _controller = (len(sys.modules), found)
    limits: AbstractContextManager[Any] = _controller[1].limit(limits=1, user_api="blas")
    return limits


def over_blocks(total: int, size: int, work: Callable[[int, int], None]) -> None:
    """Call work(start, stop) for consecutive blocks of `total`, several at once.

    The cut depends on `size` alone, so results do not depend on the number of threads. BLAS runs on one
    thread inside, since the blocks are what is parallel.
    """
    blocks = [(start, min(start + size, total)) for start in range(0, total, size)]
    with blas_on_one_thread():
        if workers() == 1 or len(blocks) <= 1:
            for start, stop in blocks:
                work(start, stop)
            return
        with ThreadPoolExecutor(min(workers(), len(blocks))) as pool:
            for done in [pool.submit(work, start, stop) for start, stop in blocks]:
                done.result()

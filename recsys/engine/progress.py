"""What long work says of itself; the command line decides how it looks, `logging` keeps what it took."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import psutil

logger = logging.getLogger(__name__)


class Progress(Protocol):
    """Told what is being done and how much of it there is."""

    def stage(self, text: str) -> None:
        """Work without countable steps begins."""

    def steps(self, total: int) -> None:
        """Countable work begins."""

    def step(self, text: str) -> None:
        """The next step begins."""

    def done(self) -> None:
        """A step has ended."""


class Silent:
    """Says nothing."""

    def stage(self, text: str) -> None: ...

    def steps(self, total: int) -> None: ...

    def step(self, text: str) -> None: ...

    def done(self) -> None: ...


SILENT = Silent()


@contextmanager
def logged(progress: Progress) -> Iterator[Progress]:
    """The same progress; what each stage and step took is logged at level INFO when it has ended."""
    kept = _Logged(progress)
    try:
        yield kept
    finally:
        kept.end()


class _Logged:
    """Seconds of each piece of work, and the memory that the process holds after it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._text: str | None = None
        self._start = 0.0

    def stage(self, text: str) -> None:
        self._begin(text)
        self._progress.stage(text)

    def steps(self, total: int) -> None:
        self.end()
        self._progress.steps(total)

    def step(self, text: str) -> None:
        self._begin(text)
        self._progress.step(text)

    def done(self) -> None:
        self.end()
        self._progress.done()

    def end(self) -> None:
        """Log what was begun and not ended."""
        if self._text is not None and logger.isEnabledFor(logging.INFO):
            seconds, held = time.perf_counter() - self._start, psutil.Process().memory_info().rss / 1e6
            logger.info("%s: %.2f s, %.0f MB held", self._text, seconds, held)
        self._text = None

    def _begin(self, text: str) -> None:
        self.end()
        self._text, self._start = text, time.perf_counter()

"""A second process that draws charts while the first goes on: a specification a line in, an SVG a line out.

Run as a script it is that process, and loads nothing but what draws.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

Job = tuple[str, str]
"""A Vega-Lite specification as JSON text, and the version of Vega-Lite that it is in: 6.1."""


class Artist:
    """One who draws in a process of their own, one chart after the other."""

    def __init__(self) -> None:
        """Start the process; OSError where that is not possible."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # an interrupt is for whoever started it, who then closes the pipe
        )
        self._line = ThreadPoolExecutor(1, "artist")
        self._begun: dict[Job, Future[str]] = {}

    def begin(self, job: Job) -> None:
        """Have it drawn; returns at once."""
        if job not in self._begun:
            self._begun[job] = self._line.submit(self._ask, job)

    def take(self, job: Job) -> str:
        """The SVG; OSError or ValueError where the process is gone or could not draw it."""
        self.begin(job)
        return self._begun.pop(job).result()

    def close(self) -> None:
        """Let the process go, whatever it is at."""
        self._process.kill()
        self._line.shutdown(cancel_futures=True)
        with suppress(OSError):
            self._process.communicate()

    def _ask(self, job: Job) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        drawn: str = json.loads(self._process.stdout.readline())
        if not drawn:
            raise ValueError("the chart could not be drawn")
        return drawn


_artist: list[Artist] = []


def call() -> None:
    """Have somebody ready who draws, if that is possible here; does nothing the second time."""
    if not _artist:
        with suppress(OSError):
            _artist.append(Artist())
            atexit.register(_artist[0].close)


def begin(job: Job) -> None:
    """Have it drawn in the background, where somebody was called who does."""
    if _artist:
        _artist[0].begin(job)


def draw(job: Job) -> str:
    """The SVG: by whoever was called; here where nobody was, or where they fail."""
    if _artist:
        with suppress(OSError, ValueError):
            return _artist[0].take(job)
    return _draw(job)


def _draw(job: Job) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(job[0], vl_version=job[1]))


def _work() -> None:
    """Until nobody asks any more."""
    for line in sys.stdin:
        try:
            drawn = _draw(json.loads(line))
        except ValueError:
            drawn = ""
        print(json.dumps(drawn), flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    _work()

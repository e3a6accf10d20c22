"""Progress on a terminal as a bar with the time left; elsewhere as plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from recsys.cli.console import console
from recsys.cli.heard import heard
from recsys.cli.main import STOPPED
from recsys.engine.progress import SILENT, Progress


@contextmanager
def resumable() -> Iterator[None]:
    """Work that the same command goes on with after Ctrl-C: says so, exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on from here.", err=True)
        raise SystemExit(STOPPED) from None


@contextmanager
def shown(quiet: bool, verbose: bool) -> Iterator[Progress]:
    """Progress, or with `verbose` the log, for the length of a piece of work; on standard error."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose: expected one of them; drop the other")
    if verbose:
        with heard():
            yield SILENT
    elif quiet:
        yield SILENT
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as RichProgress

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, console=console(stderr=True), transient=True) as bar:
            yield Bar(bar)


class Lines:
    """One line for each thing that is done, with the time left once it can be told."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._total = self._done = 0

    def stage(self, text: str) -> None:
        print(f"{text} ...", file=sys.stderr, flush=True)

    def steps(self, total: int) -> None:
        self._start, self._total, self._done = time.perf_counter(), total, 0

    def step(self, text: str) -> None:
        left = ""
        if self._done:
            each = (time.perf_counter() - self._start) / self._done
            left = f", about {each * (self._total - self._done):.0f} s left"
        print(f"[{self._done + 1}/{self._total}] {text}{left}", file=sys.stderr, flush=True)

    def done(self) -> None:
        self._done += 1


class Bar:
    """A rich bar."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def stage(self, text: str) -> None:
        self._bar.update(self._task, description=text)

    def steps(self, total: int) -> None:
        self._bar.update(self._task, total=total, completed=0)

    def step(self, text: str) -> None:
        self._bar.update(self._task, description=text)

    def done(self) -> None:
        self._bar.advance(self._task)

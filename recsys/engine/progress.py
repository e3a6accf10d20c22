"""What long work says of itself; the command line decides how it looks."""

from __future__ import annotations

from typing import Protocol


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

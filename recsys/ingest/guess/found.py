"""What was guessed of a log, and why: the nouns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recsys.ingest.source import Source

PEOPLE = ("customer", "customer attribute")
Sure = Literal["sure", "likely", "check", "given"]


@dataclass(frozen=True)
class Finding:
    """One thing that was guessed. what: a role or a setting; value: a column or a setting's value.

    samples: the first values that differ.
    """

    what: str
    value: str
    sure: Sure
    why: str
    samples: str = ""

    @property
    def told(self) -> str:
        """Why, and samples."""
        return ": ".join(part for part in (self.why, self.samples) if part)

    @property
    def passed_on(self) -> str:
        """The same for a file that others may read: nobody's id is in it."""
        return self.why if self.what in PEOPLE else self.told


@dataclass(frozen=True)
class Guess:
    """A log as it was guessed.

    path: the file. source: how to read it. clean: settings of `clean`, each with its reason. blocked: ids
    that are no products, whatever they look like. findings: what was guessed and why. lacking: what was not
    found, and what follows. said: what else to know. columns: the file's, in order. currency: the sign in
    its prices, if they have one.
    """

    path: Path
    source: Source
    clean: dict[str, tuple[Any, str]]
    blocked: tuple[str, ...]
    findings: tuple[Finding, ...]
    lacking: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    columns: tuple[str, ...]
    lines: int
    currency: str | None = None

    @property
    def doubtful(self) -> tuple[Finding, ...]:
        """What should be checked."""
        return tuple(one for one in self.findings if one.sure == "check")

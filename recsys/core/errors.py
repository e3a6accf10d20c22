"""What can go wrong, as a tree; every message is value, expectation, remedy.

RecsysError
├── ConfigError     the YAML: unknown key, wrong type, impossible combination
├── SourceError     the log: missing file, missing column, unreadable value
│   └── FetchError  a public log could not be fetched (ingest/download.py)
├── SplitError      the dates: no history, no future, nobody to judge
├── SegmentError    customers cannot be grouped as asked with what this log holds
├── RecommendError  a recommender cannot work with what this log holds
└── RunError        the run folder: not writable, incomplete, of another version
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RecsysError(Exception):
    """A mistake the user can mend; the command line prints it and exits with code 2."""


class ConfigError(RecsysError):
    """The configuration cannot be used."""


class SourceError(RecsysError):
    """The transaction log cannot be read as described."""


class SplitError(RecsysError):
    """The log cannot be cut as asked."""


class SegmentError(RecsysError):
    """Customers cannot be grouped as asked with what this log holds."""


class RecommendError(RecsysError):
    """A recommender cannot work with what this log holds."""


class RunError(RecsysError):
    """A run folder cannot be written or read."""


def nearest(value: str, known: Iterable[str]) -> str:
    """``"; did you mean 'X'?"`` for the known name closest to `value`, or an empty string."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(value.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""

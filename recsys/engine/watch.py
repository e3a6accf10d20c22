"""Which files are opened while somebody works: what was read from them, nobody else sees.

Python tells its audit hooks (PEP 578) of every file that it opens itself. A library that opens files in
compiled code, as Arrow does, is not heard.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

OPENING = {"open", "sqlite3.connect"}
CODE = {".py", ".pyc", ".pyd", ".so", ".nbi", ".nbc"}
PACKAGES = {".egg-info", ".dist-info"}
"""Files of Python and of what it has compiled; folders in which packages describe themselves."""

_heard: set[str] | None = None


@contextmanager
def watching() -> Iterator[set[str]]:
    """The files that are opened for reading inside, by their real paths; Python's own are left out."""
    global _heard
    _listen()
    found: set[str] = set()
    opened: set[str] = set()
    before, _heard = _heard, opened
    try:
        yield found
    finally:
        _heard = before
        found.update(path for path in map(os.path.realpath, opened) if _holds_data(path))


def within(path: str, place: Path) -> bool:
    """Whether a real path is this place or lies inside it."""
    return Path(path).is_relative_to(os.path.realpath(place))


@cache
def _listen() -> None:
    """Python forgets no hook, so there is one, which does nothing while nobody watches."""
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _heard is None or event not in OPENING or not isinstance(args[0], str | bytes | os.PathLike):
        return
    flags = args[2] if event == "open" and isinstance(args[2], int) else os.O_RDONLY
    if flags & (os.O_WRONLY | os.O_CREAT) == 0:
        _heard.add(os.fsdecode(args[0]))


def _holds_data(path: str) -> bool:
    """Whether it is a file, and not Python's own or the system's."""
    file = Path(path)
    if file.suffix in CODE or file.parent.suffix in PACKAGES or path.startswith(("/proc/", "/sys/", "/dev/")):
        return False
    installed = {sys.prefix, sys.base_prefix}
    return os.path.isfile(path) and not any(within(path, Path(place)) for place in installed)

"""What libraries warn of and the engine logs: unheard, or with --verbose on standard error."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OURS = "recsys"
logger = logging.getLogger("recsys.warnings")


@contextmanager
def unheard() -> Iterator[None]:
    """Warnings go to the log; records that nobody listens to go nowhere."""
    said: set[tuple[str, str]] = set()

    def log(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        one = category.__name__, " ".join(str(message).split())
        if one not in said:
            said.add(one)
            logger.info("%s: %s", *one)

    nowhere = logging.NullHandler()
    logging.getLogger().addHandler(nowhere)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = log
            yield
    finally:
        logging.getLogger().removeHandler(nowhere)


@contextmanager
def heard() -> Iterator[None]:
    """Records of recsys, and warnings of all others, as lines on standard error: seconds, who, what."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or _is_ours(record.name))
    root, ours = logging.getLogger(), logging.getLogger(OURS)
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.setLevel(before)
        root.removeHandler(handler)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == OURS


class _Line(logging.Formatter):
    """`  12.3 s  engine.evaluate  text`."""

    def format(self, record: logging.LogRecord) -> str:
        name = record.name.removeprefix(f"{OURS}.")
        return f"{record.relativeCreated / 1000:7.1f} s  {name}: {record.getMessage()}"

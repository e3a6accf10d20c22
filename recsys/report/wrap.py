"""A name in a narrow column: broken after a space or a hyphen, inside a word as a last resort."""

from __future__ import annotations

import re

from rich.cells import cell_len

_PIECE = re.compile(r".+?(?:[\s\-_/]+|$)")


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Lines of at most `width` columns; those after the first start with `hang` blanks."""
    fresh = " " * min(hang, max(width - 1, 0))
    lines = [""]
    for piece in _PIECE.findall(text):
        if cell_len((lines[-1] + piece).rstrip()) > width and lines[-1].strip():
            lines.append(fresh)
        rest = piece
        while cell_len((lines[-1] + rest).rstrip()) > width:
            head = _head(rest, width - cell_len(lines[-1]))
            if not head and lines[-1] not in ("", fresh):  # blanks alone have filled it
                lines[-1] = fresh
                continue
            head = head or rest[0]  # so that there is an end, however narrow
            lines[-1] += head
            lines.append(fresh)
            rest = rest[len(head) :]
        lines[-1] += rest
    return [line.rstrip() for line in lines]


def longest_piece(text: str) -> int:
    """The columns needed so that no word of it is split."""
    return max((cell_len(piece.rstrip()) for piece in _PIECE.findall(text)), default=0)


def _head(text: str, width: int) -> str:
    """As much as fits."""
    end = 0
    while end < len(text) and cell_len(text[: end + 1]) <= width:
        end += 1
    return text[:end]

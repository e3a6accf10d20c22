"""Where the labels of points stand, so that they do not lie on each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LETTER, _LINE, _GAP, _DOT = 6.4, 14.0, 9.0, 5.0  # pixels
_LINES = (0, 1, -1, 1.6, -1.6)  # tried below and above its point

Box = tuple[float, float, float, float]
"""Left, right, top, bottom."""


@dataclass(frozen=True)
class Point:
    """Where it is drawn, in pixels from the left and from the top; strong ones choose their place first."""

    x: float
    y: float
    label: str
    strong: bool = False


@dataclass(frozen=True)
class Place:
    """Beside its point: so many pixels across and down, written leftwards or rightwards from there."""

    across: float
    down: float
    leftwards: bool


def places(
    points: Sequence[Point], width: float, height: float, *, either_side: bool = True
) -> list[Place | None]:
    """A place for each label; None where there is no room: the table and the pointer tell it.

    either_side: on the left too, where no lines come from.
    """
    taken = [(p.x - _DOT, p.x + _DOT, p.y - _DOT, p.y + _DOT) for p in points]
    found: list[Place | None] = [None] * len(points)
    for at in sorted(range(len(points)), key=lambda at: not points[at].strong):
        point = points[at]
        if not point.label:
            continue
        for place, box in _spots(point, width, height, either_side):
            if not any(_overlap(box, other) for other in taken):
                found[at] = place
                taken.append(box)
                break
    return found


def _spots(point: Point, width: float, height: float, either_side: bool) -> Iterator[tuple[Place, Box]]:
    """Places for its label and the boxes they fill, the best first: right, left, then lower and higher."""
    long = len(point.label) * _LETTER
    for lines in _LINES:
        middle = point.y + lines * _LINE
        for left in (False, True) if either_side else (False,):
            start = point.x - _GAP - long if left else point.x + _GAP
            box = (start, start + long, middle - _LINE / 2, middle + _LINE / 2)
            if box[0] >= 0 and box[1] <= width and box[2] >= 0 and box[3] <= height:
                yield Place(-_GAP if left else _GAP, lines * _LINE, left), box


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]

"""Where things stand in a chart: scales with round ticks, and labels that do not lie on each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from recsys.report.document import Mark, Tick

WIDTH, HEIGHT = 640.0, 260.0  # of the plot, as the template draws it
_LETTER, _LINE, _GAP = 6.4 / WIDTH, 14.0 / HEIGHT, 9.0 / WIDTH
_DOT = (5.0 / WIDTH, 5.0 / HEIGHT)

Box = tuple[float, float, float, float]
"""Left, right, bottom, top."""


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` on 0 to 1; by their logarithm where that is asked for. steps: its ticks."""

    low: float
    high: float
    steps: tuple[float, ...]
    log: bool = False

    @classmethod
    def linear(cls, values: Sequence[float]) -> Scale:
        """Round steps that hold every value, some four of them."""
        low, high = min(values), max(values)
        room = (high - low) or abs(high) or 1.0
        power = 10.0 ** math.floor(math.log10(room / 4))
        step = next(size * power for size in (1, 2, 5, 10) if size * power >= room / 4)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        last = max(last, first + 1)
        return cls(first * step, last * step, tuple(at * step for at in range(first, last + 1)))

    @classmethod
    def logarithmic(cls, values: Sequence[float], least: float) -> Scale:
        """Powers of ten that hold every value; what is less than `least` stands there."""
        held = [max(value, least) for value in values]
        first, last = math.floor(math.log10(min(held)) + 1e-9), math.ceil(math.log10(max(held)) - 1e-9)
        last = max(last, first + 1)
        return cls(10.0**first, 10.0**last, tuple(10.0**at for at in range(first, last + 1)), log=True)

    def place(self, value: float) -> float:
        """Where it stands, 0 to 1."""
        at, low, high = (self._measure(one) for one in (value, self.low, self.high))
        return min(max((at - low) / (high - low), 0.0), 1.0)

    def ticks(self, shown: Callable[[float], str]) -> tuple[Tick, ...]:
        """Each step with its text."""
        return tuple(Tick(self.place(step), shown(step)) for step in self.steps)

    def _measure(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value


def labelled(marks: Sequence[Mark], *, either_side: bool = True) -> tuple[Mark, ...]:
    """The marks with their labels beside them, where there is room; strong ones choose first.

    either_side: on the left too, where no lines come from. A label without room is left to the table, and to
    the mark's title.
    """
    taken = [(m.x - _DOT[0], m.x + _DOT[0], m.y - _DOT[1], m.y + _DOT[1]) for m in marks]
    order = sorted(range(len(marks)), key=lambda at: not marks[at].strong)
    found = list(marks)
    for at in order:
        mark = marks[at]
        if not mark.label:
            continue
        free = (
            spot for spot in _spots(mark, either_side) if not any(_overlap(spot[0], box) for box in taken)
        )
        spot = next(free, None)
        if spot is None:
            found[at] = replace(mark, label="")
            continue
        box, left = spot
        taken.append(box)
        found[at] = replace(mark, label_y=(box[2] + box[3]) / 2, leftwards=left)
    return tuple(found)


def _spots(mark: Mark, either_side: bool) -> Iterator[tuple[Box, bool]]:
    """Boxes for its label, the best first: right, left, then higher and lower."""
    long = len(mark.label) * _LETTER
    for lines in (0, 1, -1, 1.6, -1.6):
        middle = mark.y + lines * _LINE
        for left in (False, True) if either_side else (False,):
            start = mark.x - _GAP - long if left else mark.x + _GAP
            box = (start, start + long, middle - _LINE / 2, middle + _LINE / 2)
            if box[0] >= -0.02 and box[1] <= 1.02 and box[2] >= 0 and box[3] <= 1.02:
                yield box, left


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]

"""Lines of a terminal table with given widths: names on the left are wrapped, figures stand right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from recsys.report.wrap import wrapped


@dataclass(frozen=True)
class Slot:
    """One entry. hang: the indent of a name's second line."""

    text: str
    style: str = ""
    hang: int = 0


def drawn(slots: Sequence[Slot], widths: Sequence[int], names: int) -> Iterator[Text]:
    """One line, or as many as its longest name needs; the first `names` entries are names."""
    stacks = [
        wrapped(slot.text, width, slot.hang) if at < names else [slot.text]
        for at, (slot, width) in enumerate(zip(slots, widths, strict=True))
    ]
    for number in range(max(map(len, stacks))):
        line = Text()
        for at, (slot, width) in enumerate(zip(slots, widths, strict=True)):
            piece = stacks[at][number] if number < len(stacks[at]) else ""
            pad = " " * (width - cell_len(piece))
            line.append(" " if at else "").append("" if at < names else pad)
            line.append(piece, slot.style).append(pad if at < names else "")
        line.rstrip()
        yield line

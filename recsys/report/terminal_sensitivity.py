"""Whether each choice stands, in a terminal: a line per question, then where it falls."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.text import Text

from recsys.report.grid import Slot, drawn
from recsys.report.sections.sensitivity import GONE, STANDS, outcome
from recsys.report.show import clean
from recsys.report.words import ALL, target

_WORD = 22


def print_sensitivity(table: pd.DataFrame, console: Console) -> None:
    """A block per target: questions down; the whole shop, and how many segments keep their choice."""
    for name in dict.fromkeys(table["target"]):
        rows = table[table["target"] == name]
        console.print(Text(target(name).title, style="bold"))
        console.print(Text(clean(outcome(rows))))
        first = max(len(question) for question in rows["question"])
        rest = console.width - first - 2
        widths = [first, min(rest - 16, _WORD + 12), 16]
        heads = [Slot("question", "dim"), Slot("whole shop", "dim"), Slot("segments", "dim")]
        for line in drawn(heads, widths, 3):
            console.print(line, soft_wrap=True)
        for question, asked in rows.groupby("question", sort=False):
            for line in drawn([Slot(str(question)), *_told(asked)], widths, 3):
                console.print(line, soft_wrap=True)
        _falls(rows, console)
        console.print()


def _told(asked: pd.DataFrame) -> list[Slot]:
    whole = asked[asked["segment"] == ALL]
    parts = asked[(asked["segment"] != ALL) & (asked["stands"] != GONE)]
    said = ""
    if len(whole):
        row = whole.iloc[0]
        said = str(row["stands"]) if row["stands"] in (STANDS, GONE) else f"{row['serves']} ({row['stands']})"
    kept = f"{int((parts['stands'] == STANDS).sum())} of {len(parts)} stand" if len(parts) else ""
    return [Slot(clean(said), "" if said == STANDS else "bold"), Slot(kept)]


def _falls(rows: pd.DataFrame, console: Console) -> None:
    fallen = rows[(rows["segment"] != ALL) & (rows["stands"] == "falls")]
    if len(fallen):
        told = (
            f"{row.segment}, {row.question}: {row.serves}, not {row.served}" for row in fallen.itertuples()
        )
        console.print(Text("Choices for segments that fall:", style="dim"))
        for one in told:
            console.print(Text(f"  {clean(one)}"))

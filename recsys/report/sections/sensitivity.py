"""Whether each choice stands when the question is put in another way."""

from __future__ import annotations

import pandas as pd

from recsys.report.board import Board
from recsys.report.document import Block, Cell, Column, Paragraph, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.show import NONE, listing, plural
from recsys.report.words import ALL, target

STANDS = "stands"
GONE = "no such segment"


def sensitivity(run: Run, board: Board) -> Section | None:
    """A table per target: questions down, segments across; None where nothing was asked."""
    table = run.sensitivity
    blocks: list[Block] = []
    for name in board.targets:
        rows = table[table["target"] == name]
        if len(rows):
            blocks += [
                Paragraph(Strong(f"{target(name).title}: "), outcome(rows), style="finding"),
                _table(name, rows),
            ]
    return Section("Had the question been put otherwise", tuple(blocks)) if blocks else None


def outcome(rows: pd.DataFrame) -> str:
    """In a sentence: how often the choice stands, and where it does not."""
    whole = rows[rows["segment"] == ALL]
    fallen = whole[whole["stands"] == "falls"]
    asked = plural(len(whole), "other question")
    stood = int((whole["stands"] == STANDS).sum())
    told = f"{_served(whole)} is the choice for the whole shop; "
    told += f"it stands in {stood} of {asked}"
    if len(fallen):
        told += "; " + "; ".join(f"{row.question}: {row.serves}" for row in fallen.itertuples())
    shared = rows[(rows["segment"] != ALL) & (rows["stands"] != GONE)]
    if len(shared):
        kept = (shared["stands"] == STANDS).sum()
        told += f". Of {plural(len(shared), 'choice')} for segments, {kept} stand"
    return told + "."


def _served(whole: pd.DataFrame) -> str:
    return listing(list(dict.fromkeys(whole["served"])))


def _table(name: str, rows: pd.DataFrame) -> Table:
    wide = {(row.question, row.segment): row for row in rows.itertuples()}
    segments = list(dict.fromkeys(rows["segment"]))
    served = {row.segment: row.served for row in rows.itertuples()}
    first = [Cell("as it was asked"), *(Cell(served[segment], best=True) for segment in segments)]
    lines = [tuple(first)]
    for question in dict.fromkeys(rows["question"]):
        cells = [_cell(wide.get((question, segment))) for segment in segments]
        lines.append((Cell(question), *cells))
    return Table(
        f"{target(name).title}: what each question would have had served",
        (
            Column("Question", number=False, wraps=True),
            *(Column(segment, number=False, wraps=True) for segment in segments),
        ),
        tuple(lines),
        note="In brackets what happened to the first choice: tied, it is among equals; too few to tell, "
        "nobody is shown to be better; falls, another is shown to be better or it no longer beats the "
        f"baseline. {NONE}: that question has no such segment.",
    )


def _cell(row: object) -> Cell:
    if row is None or row.stands == GONE:  # type: ignore[attr-defined]
        return Cell(NONE)
    if row.stands == STANDS:  # type: ignore[attr-defined]
        return Cell(STANDS)
    return Cell(f"{row.serves} ({row.stands})", best=row.stands == "falls")  # type: ignore[attr-defined]

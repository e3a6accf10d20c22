"""What is to be known beside the figures: what cleaning removed, which days are skipped, the run's notes."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from recsys.report.periods import skipped
from recsys.report.run import Run
from recsys.report.show import clean, count, counted


def print_remarks(run: Run, console: Console) -> None:
    """A paragraph each, wrapped to the width, then a blank line."""
    gap = skipped(run)
    told = [cleaning(run), f"{gap[0].upper()}{gap[1:]}." if gap else ""]
    told += [f"Note: {clean(str(note))}" for note in run.manifest.get("notes") or []]
    for text in filter(None, told):
        console.print(Text(text))
    if any(told):
        console.print()


def cleaning(run: Run) -> str:
    """`Read 541,909 lines, kept 391,150: missing-customer 135,037, ...`, the largest first."""
    lines = dict(zip(run.ledger["rule"].tolist(), run.ledger["lines"].tolist(), strict=True))
    if not {"read", "kept"} <= set(lines):
        return ""
    read, kept = lines.pop("read"), lines.pop("kept")
    # sorted() keeps the order of the rules where equally many went.
    gone = sorted((rule for rule in lines if lines[rule] > 0), key=lambda rule: -lines[rule])
    rules = ", ".join(f"{clean(rule)} {count(lines[rule])}" for rule in gone)
    return f"Read {counted(read, 'line')}, kept {count(kept)}" + (f": {rules}." if rules else ".")

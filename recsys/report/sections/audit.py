"""Whether anything was seen that came later: the verdict, each check, and what it rests on."""

from __future__ import annotations

from typing import Any

from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Strong, Table
from recsys.report.run import Run
from recsys.report.show import NONE, count, day, listing, score
from recsys.report.words import target

Told = dict[str, Any]


def audit(run: Run) -> Section | None:
    """The leakage audit of a run; None for one that was not audited."""
    found = run.audit
    if found is None:
        return None
    windows = found.get("windows") or []
    more: tuple[Block, ...] = (_stages(windows), *(_lists(one) for one in windows[:1]))
    note = Folded("What each stage was given, and the two controls", more)
    return Section("Leakage audit", (verdict(found), _checks(found), *((note,) if windows else ())))


def verdict(found: Told) -> Paragraph:
    """One sentence."""
    checks = found.get("checks") or []
    failed = [one["check"] for one in checks if one["outcome"] == "failed"]
    left = [one["check"] for one in checks if one["outcome"] == "open"]
    if failed:
        told = (
            f": something from after a cutoff may have been seen ({listing(failed)}), so do not rely on it."
        )
        return Paragraph(Strong("Failed"), told, style="caution")
    rest = f" Left open: {listing(left)}." if left else ""
    told = f": nothing from after a cutoff was found in what was known, fitted or recommended.{rest}"
    return Paragraph(Strong("Passed"), told, style="finding")


def failure(run: Run) -> str:
    """A line for the terminal where the audit failed, else nothing."""
    if run.audit is None or run.audit.get("verdict") != "failed":
        return ""
    return (
        f"The leakage audit failed ({listing(run.audit.get('failed') or [])}): do not rely on these figures."
    )


def _checks(found: Told) -> Table:
    heads = (
        Column("Check", number=False),
        Column("Outcome", number=False),
        Column("What was found", number=False, wide=True),
    )
    rows = tuple(
        (Cell(one["check"]), Cell(one["outcome"], best=one["outcome"] == "failed"), Cell(one["said"]))
        for one in found.get("checks") or []
    )
    return Table("Checks", heads, rows)


def _stages(windows: list[Told]) -> Table:
    """The latest moment in what each stage was given, window by window."""
    stages = list(dict.fromkeys(row["stage"] for told in windows for row in told["stages"] if row["latest"]))
    held = [{row["stage"]: row for row in told["stages"]} for told in windows]
    rows = tuple((Cell(stage), *(_latest(rows.get(stage)) for rows in held)) for stage in stages)
    heads = [Column(f"Cutoff {day(told['cutoff'])}", number=False) for told in windows]
    return Table(
        "The latest moment in what each stage was given", (Column("Stage", number=False), *heads), rows
    )


def _latest(row: Told | None) -> Cell:
    if not row or not row["latest"]:
        return Cell(NONE)
    return Cell(str(row["latest"]).replace("T", " "), best=not row["before_cutoff"])


def _lists(told: Told) -> Table:
    """Who was fitted again, and what each hits on somebody else's purchases, in one window."""
    who = told.get("recommenders") or {}
    targets = list(
        dict.fromkeys(t for one in who.values() for t, found in one.get("dealt", {}).items() if found)
    )
    rows = [
        (Cell(name), Cell(_again(one)), *(_found(one["dealt"].get(t), "found") for t in targets))
        for name, one in who.items()
        if one.get("dealt")
    ]
    for key, label in (("past", "bestsellers of the past"), ("future", "bestsellers of the future")):
        of = [
            next((one["dealt"][t] for one in who.values() if one.get("dealt", {}).get(t)), None)
            for t in targets
        ]
        rows.append((Cell(label), Cell(NONE), *(_found(found, key) for found in of)))
    heads = [Column(target(name).title) for name in targets]
    return Table(
        f"Recommenders in the two controls, cutoff {day(told['cutoff'])}",
        (Column("Recommender", number=False), Column("Fitted again", number=False), *heads),
        tuple(rows),
        note="Figures: share of list places that hit when each customer's purchases are dealt out to another "
        "one. Whoever knows what will sell stands near the bestsellers of the future.",
    )


def _again(one: Told) -> str:
    """3,000 lists, all the same."""
    outcomes = one.get("again") or []
    if not outcomes:
        return f"no ({one['left_out']})" if one.get("left_out") else "no"
    lists, changed = (sum(told[key] for told in outcomes) for key in ("lists", "changed"))
    return f"{count(lists)} lists, {f'{count(changed)} changed' if changed else 'all the same'}"


def _found(found: Told | None, key: str) -> Cell:
    return Cell(score(found[key]) if found else NONE)

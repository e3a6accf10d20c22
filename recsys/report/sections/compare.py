"""Several runs side by side: what differs between them, then the same figures of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from recsys.report.board import Board, Decide
from recsys.report.chance import candidates, chance
from recsys.report.document import Block, Cell, Column, Folded, Paragraph, Section, Table
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.sections.answer import undecided
from recsys.report.sections.standings import shaded
from recsys.report.sections.winners import few_note
from recsys.report.show import NONE, change, listing, score
from recsys.report.verdict import Verdict, ranked, verdict
from recsys.report.words import ALL, NEW_PRODUCTS, target

# Where these differ, equal names do not mean equal customers or purchases.
_SAME_GROUND = ("source", "clean", "split", "candidates")


def compare(runs: Sequence[Run], boards: Sequence[Board]) -> Section:
    """Differences first: they say whether the figures below may be compared at all."""
    names = labels(runs)
    decide = boards[0].decide
    blocks: list[Block] = [_warning(runs, boards), _differences(runs, names)]
    for name in _all_targets(boards):
        blocks += _tables(boards, names, name, decide)
    return Section("The runs side by side", tuple(blocks))


def labels(runs: Sequence[Run]) -> list[str]:
    """A name per run that tells them apart: name, else name and id, else a number too."""
    names = [str(run.manifest["name"]) for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name} {run.manifest['run_id']}" for name, run in zip(names, runs, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name} #{at}" for at, name in enumerate(names, 1)]
    return names


def _warning(runs: Sequence[Run], boards: Sequence[Board]) -> Paragraph:
    first = runs[0].manifest
    apart = [
        key
        for key in _SAME_GROUND
        if any(run.manifest["config"].get(key) != first["config"].get(key) for run in runs)
    ]
    sources = {str((run.manifest.get("input") or {}).get("sha256")) for run in runs}
    reasons = (["input"] if len(sources) > 1 else []) + [key for key in apart if key != "source"]
    told = ""
    if reasons:
        told += (
            f"These runs differ in {listing(reasons)}: they were not judged on the same purchases, so a "
            "higher figure in one run is not a better recommender. "
        )
    if any(run.manifest["config"].get("segments") != first["config"].get("segments") for run in runs):
        told += "Their segments were made differently, so that equal names need not mean equal customers. "
    if len({str(board.decide) for board in boards}) > 1:
        told += f"They decide by different figures; compared here is {boards[0].decide}, that of the first. "
    return Paragraph(told or "All runs were judged on the same purchases.", style="caution" if told else "")


def _differences(runs: Sequence[Run], names: Sequence[str]) -> Table:
    facts = [_facts(run) for run in runs]
    keys = list(dict.fromkeys(key for found in facts for key in found))
    rows = tuple(
        (Cell(key), *(Cell(found.get(key, NONE)) for found in facts))
        for key in keys
        if len({found.get(key) for found in facts}) > 1
    )
    return Table(
        "What differs between the runs",
        (Column("What", number=False), *(Column(name, number=False, wide=True) for name in names)),
        rows or ((Cell("nothing"), *(Cell(NONE) for _ in names)),),
    )


def _facts(run: Run) -> dict[str, str]:
    manifest = run.manifest
    facts: dict[str, Any] = {
        "name": manifest["name"],
        "run": manifest["run_id"],
        "recsys": manifest.get("recsys"),
        "input sha256": (manifest.get("input") or {}).get("sha256"),
        "seed": manifest.get("seed"),
        "windows start": ", ".join(one.start for one in periods(run)),
    }
    config = _flat(manifest["config"])
    facts |= {key: value for key, value in config.items() if key not in facts}
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in facts.items()
    }


def _flat(value: Any, before: str = "") -> dict[str, Any]:
    """Nested keys joined by dots; lists stay whole."""
    if not isinstance(value, dict) or not value:
        return {before: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= _flat(inner, f"{before}.{key}" if before else str(key))
    return found


def _all_targets(boards: Sequence[Board]) -> list[str]:
    return list(dict.fromkeys(name for board in boards for name in board.targets))


def _tables(boards: Sequence[Board], names: Sequence[str], name: str, decide: Decide) -> list[Block]:
    segments = list(dict.fromkeys(segment for board in boards for segment in board.segments(name)))
    title = target(name).title
    if not any(board.deciding(decide).decides(name) for board in boards):
        return [Paragraph(f"{title}: {undecided(boards[0].deciding(decide))}", style="caution")]
    rest = tuple(
        _side_by_side(boards, names, name, segment, decide, segment) for segment in segments if segment != ALL
    )
    new = name == NEW_PRODUCTS
    found: list[Block] = [] if new else [_best(boards, names, name, segments, decide)]
    if ALL in segments:
        found.append(
            _side_by_side(boards, names, name, ALL, decide, f"{title}: all judged customers, {decide}")
        )
    if new:
        found.append(_chance(boards, names, decide))
    return [*found, Folded(f"{title}: segment by segment, {decide}", rest)] if rest else found


def _best(
    boards: Sequence[Board], names: Sequence[str], name: str, segments: list[str], decide: Decide
) -> Table:
    found = [[verdict(board.deciding(decide), name, segment) for board in boards] for segment in segments]
    rows = [(Cell(s), *map(_leader, verdicts)) for s, verdicts in zip(segments, found, strict=True)]
    several = any(len(board.windows) > 1 for board in boards)
    return Table(
        f"{target(name).title}: best recommender per segment, {decide}",
        (Column("Segment", number=False, wraps=True), *(Column(n, number=False, wraps=True) for n in names)),
        tuple(rows),
        note=few_note([one for verdicts in found for one in verdicts], several),
    )


def _leader(one: Verdict) -> Cell:
    return Cell(f"{listing(one.best)} {score(one.value)}" + "*" * one.few if one.best else NONE)


def _chance(boards: Sequence[Board], names: Sequence[str], decide: Decide) -> Paragraph:
    """How many products arrived in each run: a list of few holds most of them in any order."""
    told = [
        f"In {label}, {candidates(board)} candidates arrived: {chance(board.deciding(decide), ALL)}. "
        for label, board in zip(names, boards, strict=True)
        if board.arrivals and board.taking_part(NEW_PRODUCTS, ALL)
    ]
    return Paragraph(*told, "No recommender is called best here.", style="caution")


def _side_by_side(
    boards: Sequence[Board], names: Sequence[str], name: str, segment: str, decide: Decide, caption: str
) -> Table:
    boards = [board.deciding(decide) for board in boards]
    who = list(dict.fromkeys(one for board in boards for one in board.taking_part(name, segment)))
    first = ranked({one: boards[0].mean(name, segment, one) for one in who})
    means = [[board.mean(name, segment, one) for one in first] for board in boards]
    # Alone among products new to the shop, a recommender beat nobody.
    alone = [name == NEW_PRODUCTS and len(board.taking_part(name, segment)) < 2 for board in boards]
    columns = [shaded(column, not one) for column, one in zip(means, alone, strict=True)]
    heads = [Column(label) for label in names]
    if len(boards) == 2:
        gaps = (b.value - a.value for a, b in zip(*means, strict=True))
        columns.append([Cell(change(gap)) for gap in gaps])
        heads.append(Column("Difference"))
    rows = zip(first, *columns, strict=True)
    return Table(
        caption,
        (Column("Recommender", number=False), *heads),
        tuple((Cell(one), *cells) for one, *cells in rows),
        note="Difference: the second run minus the first." if len(boards) == 2 else "",
    )

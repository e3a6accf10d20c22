"""What changed between runs: the decision, the figures of the same customers, the log, the config."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recsys.report.board import Board
from recsys.report.charts.rows import Estimate, estimates
from recsys.report.document import Block, Cell, Column, Paragraph, Picture, Section, Strong, Table
from recsys.report.paired import SERVED, Paired
from recsys.report.periods import periods
from recsys.report.run import Run
from recsys.report.sections.decision import chosen
from recsys.report.show import NONE, change, count, listing, plural, score
from recsys.report.words import target

# Where these differ, equal names do not mean equal customers or purchases.
_SAME_GROUND = ("source", "clean", "split", "candidates")


def changed(runs: Sequence[Run], boards: Sequence[Board], pairs: Sequence[Paired]) -> Section:
    """The decision first; then whether the runs may be compared at all, and what was asked otherwise.

    pairs: each run after the first beside the first; none where nobody compared them.
    """
    names = labels(runs)
    targets = list(dict.fromkeys(name for board in boards for name in board.targets))
    served = {name: [_served(run, name) for run in runs] for name in targets}
    served = {name: found for name, found in served.items() if all(found)}
    blocks: list[Block] = [_told(names, name, found) for name, found in served.items()]
    blocks.append(_warning(runs, boards))
    blocks += [_decisions(names, name, found) for name, found in served.items()]
    for label, pair in zip(names[1:], pairs, strict=False):
        blocks += _paired(names[0], label, pair)
    blocks.append(_differences(runs, names))
    return Section("What changed", tuple(blocks))


def labels(runs: Sequence[Run]) -> list[str]:
    """A name per run that tells them apart: name, else name and id, else a number too."""
    names = [str(run.manifest["name"]) for run in runs]
    if len(set(names)) < len(names):
        names = [f"{name} {run.manifest['run_id']}" for name, run in zip(names, runs, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name} #{at}" for at, name in enumerate(names, 1)]
    return names


def _served(run: Run, name: str) -> dict[str, str]:
    """Segment -> what the policy serves; empty for a run without verdicts of this target."""
    rows = chosen(run, name)
    return dict(zip(rows["segment"], rows["policy_serves"], strict=True))


def _told(names: Sequence[str], name: str, served: Sequence[Mapping[str, str]]) -> Paragraph:
    """In a sentence for each run after the first, where it decides otherwise."""
    first, *others = served
    said = [_against(label, first, other) for label, other in zip(names[1:], others, strict=True)]
    return Paragraph(Strong(f"{target(name).title}: "), " ".join(said), style="finding")


def _against(label: str, first: Mapping[str, str], other: Mapping[str, str]) -> str:
    shared = [segment for segment in first if segment in other]
    moved = [
        f"{segment} ({first[segment]}, then {other[segment]})"
        for segment in shared
        if first[segment] != other[segment]
    ]
    gone = {*first, *other} - {*shared}
    told = f"{label} decides otherwise for {listing(moved)}." if moved else f"{label} decides the same."
    if gone:
        told += f" Only one of the two has {listing(sorted(gone))}."
    return told


def _decisions(names: Sequence[str], name: str, served: Sequence[Mapping[str, str]]) -> Table:
    segments = list(dict.fromkeys(segment for found in served for segment in found))
    rows = [
        (
            Cell(segment),
            *(
                Cell(found.get(segment, NONE), best=found.get(segment) != served[0].get(segment))
                for found in served
            ),
        )
        for segment in segments
    ]
    return Table(
        f"{target(name).title}: what each decides to serve",
        (Column("Segment", number=False, wraps=True), *(Column(n, number=False, wraps=True) for n in names)),
        tuple(rows),
        note=f"In bold: other than {names[0]}.",
    )


def _paired(first: str, label: str, pair: Paired) -> Iterator[Block]:
    """The same recommenders for the same customers; or why nobody can be compared."""
    if pair.why_not:
        told = f"{first} and {label} cannot be compared customer by customer: {listing(pair.why_not)}."
        yield Paragraph(told, style="caution")
    for name in pair.table["target"].unique():
        rows = pair.table[pair.table["target"] == name].to_dict("records")
        yield _drawn(first, label, str(name), pair.metric, rows)
        yield Table(
            f"{target(name).title}: {pair.metric} of the same customers",
            (
                Column("Recommender", number=False),
                Column(first),
                Column(label),
                Column("Difference"),
                Column("95 % interval", number=False),
                Column("Customers"),
            ),
            tuple(_pair_row(row) for row in rows),
            note=f"Difference: {label} less {first}, over {plural(pair.windows, 'window')} of the same "
            "dates, where each customer counts once, by the mean over the windows; in bold where its "
            "interval sets it apart from none. Of many intervals, one in twenty misses by chance.",
        )


def _drawn(first: str, label: str, name: str, metric: str, rows: list[dict[str, Any]]) -> Picture:
    shown = [
        Estimate(
            str(row["recommender"]),
            row["difference"],
            row["ci_low"],
            row["ci_high"],
            f"{change(row['difference'])}, 95 % from {change(row['ci_low'])} to {change(row['ci_high'])}",
            strong=row["ci_low"] > 0 or row["ci_high"] < 0,
        )
        for row in rows
    ]
    return Picture(
        f"{target(name).title}: {metric} of {label} less that of {first}",
        "; ".join(f"{one.label}: {one.text}" for one in shown),
        estimates(f"{metric}: {label} less {first}", shown),
        legend="Dots with 95 % intervals over the same customers; filled where zero is outside.",
    )


def _pair_row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    shown = row["ci_low"] > 0 or row["ci_high"] < 0
    same = row["ci_low"] == row["ci_high"] == row["difference"] == 0
    return (
        Cell(row["recommender"], best=row["recommender"] == SERVED),
        Cell(score(row["first"])),
        Cell(score(row["second"])),
        Cell("none" if same else change(row["difference"]), best=shown),
        Cell(NONE if same else f"{change(row['ci_low'])} to {change(row['ci_high'])}"),
        Cell(count(row["customers"])),
    )


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
    if not told:
        told = (
            f"All runs read the same log (sha256 {min(sources)[:12]}…) and were judged on the same purchases."
        )
        return Paragraph(told)
    return Paragraph(told, style="caution")


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

"""How the run was made, so that someone else can make it again."""

from __future__ import annotations

from typing import Any

from recsys.report.document import Cell, Column, Folded, Paragraph, Section, Table, Verbatim
from recsys.report.run import Run
from recsys.report.show import clean_lines


def made(run: Run) -> Section:
    """Input, seed, versions, the config as text, and what the run remarked."""
    notes = tuple(Paragraph("Note: ", str(note)) for note in run.manifest.get("notes") or [])
    return Section(
        "How it was made",
        (
            *notes,
            _facts("The run", _run_facts(run.manifest)),
            Folded("Versions", (_facts("Packages", _versions(run.manifest)),)),
            Folded("Config", (Verbatim(clean_lines(run.config_text)),)),
        ),
    )


def _run_facts(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    source = manifest.get("input") or {}
    files = [(f"input file {one.get('name')}", _bytes(one.get("bytes"))) for one in source.get("files") or []]
    facts = [
        ("run", str(manifest["run_id"])),
        ("recsys", str(manifest.get("recsys", ""))),
        *files,
        ("input sha256", str(source.get("sha256") or "")),
        ("seed", str(manifest.get("seed", ""))),
        ("threads", str(manifest.get("threads", ""))),
    ]
    return [(key, value) for key, value in facts if value]


def _versions(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(name), str(version)) for name, version in sorted((manifest.get("versions") or {}).items())]


def _bytes(size: Any) -> str:
    return f"{size:,} bytes" if isinstance(size, int) else "size unknown"


def _facts(caption: str, facts: list[tuple[str, str]]) -> Table:
    heads = (Column("What", number=False), Column("Value", number=False, wide=True))
    return Table(caption, heads, tuple((Cell(key), Cell(value)) for key, value in facts))

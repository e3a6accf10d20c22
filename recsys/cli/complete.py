"""What a shell offers when Tab is pressed; nothing is imported before it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from recsys.core.errors import RecsysError

Items = list["CompletionItem[str]"]  # not generic in click 8.1


def kinds(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """Kinds of recommenders, each with its sentence."""
    from recsys.engine import catalog

    named = ctx.params.get("kinds") or ()
    every = {kind: model.about() for kind, model in catalog.recommenders().items() if kind not in named}
    return [CompletionItem(kind, help=told) for kind, told in every.items() if kind.startswith(typed)]


def config_keys(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """Keys for --set: of the schema, and of the config where --config is given."""
    from recsys.engine.config import keys

    if "=" in typed:
        return []
    try:
        found = keys(ctx.params.get("config"), typed)
    except RecsysError:  # a config that cannot be read: the schema is still known
        found = keys(None, typed)
    return _fitting(found, typed)


def runs(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """Folders of finished runs: those in runs/, or in the folder that was typed; else any folder."""
    place = Path(typed) if typed.endswith("/") else Path(typed).parent
    found: set[Path] = set()
    for folder in {place, Path("runs")} if not typed else {place}:
        found.update(path.parent for path in folder.glob("*/manifest.json") if _holds(path, "run_id"))
    return _fitting(sorted(map(str, found)), typed) or [CompletionItem(typed, type="dir")]


def recommenders(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """Names of the recommenders of the run that was typed before."""
    run = _run(ctx)
    manifest = _read(run / "manifest.json") if run else {}
    return _fitting(manifest.get("config", {}).get("recommenders", ()), typed)


def questions(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """What can be asked of the run that was typed before."""
    from recsys.engine.config import read_config
    from recsys.engine.sensitivity import questions as known

    run = _run(ctx)
    try:
        return _fitting(known(read_config(run / "config.yaml")), typed) if run else []
    except RecsysError:
        return []


def datasets(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """Public logs that can be fetched."""
    from recsys.ingest.datasets import KNOWN

    return [CompletionItem(one.name, help=one.title) for one in KNOWN.values() if one.name.startswith(typed)]


def roles(ctx: click.Context, param: click.Parameter, typed: str) -> Items:
    """What a column can be."""
    from recsys.ingest.source import Columns

    fields = Columns.model_fields.items()
    return [CompletionItem(f"{n}=", help=f.description) for n, f in fields if n.startswith(typed)]


def _run(ctx: click.Context) -> Path | None:
    """The run folder that stands in the line; click leaves it unread while an option waits for its value."""
    return ctx.params.get("run") or next(map(Path, ctx.args), None)


def _fitting(every: Iterable[str], typed: str) -> Items:
    return [CompletionItem(one) for one in every if one.startswith(typed)]


def _holds(path: Path, key: str) -> bool:
    return key in _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

"""`recsys recommenders` and `recsys schema`: what a config may hold."""

from __future__ import annotations

import json
from typing import Any

import click


@click.command()
@click.argument("kinds", nargs=-1)
def recommenders(kinds: tuple[str, ...]) -> None:
    """List every kind of recommender with its parameters, defaults and a sentence each.

    \b
    recsys recommenders
    recsys recommenders item-knn als
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from recsys.core.errors import ConfigError, nearest
    from recsys.engine import catalog
    from recsys.recommend.search import space, told

    known = catalog.recommenders()
    for kind in kinds:
        if kind not in known:
            raise ConfigError(
                f"{kind!r} is no kind: expected one of {', '.join(known)}{nearest(kind, known)}"
            )
    console = Console()
    for kind in kinds or known:
        console.print(Text(kind, style="bold"), Text(f"  {known[kind].about()}"))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
        searched = {name: f" [tune: {told(one)}]" for name, one in space(known[kind]).items()}
        for name, field in known[kind].model_fields.items():
            if name != "kind":
                default = "required" if field.is_required() else _shown(field.default)
                said = Text(field.description or "").append(searched.get(name, ""), style="dim")
                table.add_row(name, Text(default, style="cyan"), said)
        console.print(table if table.row_count else Text("  no parameters", style="dim"))
        console.print()


def _shown(default: Any) -> str:
    return "null" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


@click.command()
def schema() -> None:
    """Print the JSON schema of the config, for editors that check YAML against it."""
    from recsys.engine.spec import Experiment

    click.echo(json.dumps(Experiment.model_json_schema(), indent=2, ensure_ascii=False))

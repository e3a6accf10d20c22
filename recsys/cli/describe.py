"""`recsys recommenders` and `recsys schema`: what a config may hold."""

from __future__ import annotations

import json
from typing import Any

import click

from recsys.cli import complete


@click.command()
@click.argument("kinds", nargs=-1, shell_complete=complete.kinds)
def recommenders(kinds: tuple[str, ...]) -> None:
    """List every kind of recommender with its parameters, defaults and a sentence each.

    \b
    Examples:
      recsys recommenders
      recsys recommenders item-knn als
    """
    from rich.table import Table
    from rich.text import Text

    from recsys.cli.console import console
    from recsys.core.errors import ConfigError, nearest
    from recsys.engine import catalog
    from recsys.recommend.search import space, told

    known = catalog.recommenders()
    for kind in kinds:
        if kind not in known:
            raise ConfigError(
                f"{kind!r} is no kind: expected one of {', '.join(known)}{nearest(kind, known)}"
            )
    screen = console()
    for kind in kinds or known:
        screen.print(Text(kind, style="bold"), Text(f"  {known[kind].about()}"))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
        searched = {name: f" [tune: {told(one)}]" for name, one in space(known[kind]).items()}
        for name, field in known[kind].model_fields.items():
            if name != "kind":
                default = "required" if field.is_required() else _shown(field.default)
                said = Text(field.description or "").append(searched.get(name, ""), style="dim")
                table.add_row(name, Text(default, style="cyan"), said)
        screen.print(table if table.row_count else Text("  no parameters", style="dim"))
        screen.print()


def _shown(default: Any) -> str:
    return "null" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


@click.command()
def schema() -> None:
    """Print the JSON schema of the config, for editors that check YAML against it.

    \b
    Examples:
      recsys schema
      recsys schema > recsys.schema.json
    """
    from recsys.engine.spec import Experiment

    click.echo(json.dumps(Experiment.model_json_schema(), indent=2, ensure_ascii=False))

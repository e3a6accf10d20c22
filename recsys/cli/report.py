"""`recsys report`: stored runs -> Markdown and one offline HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from recsys.cli import complete


@click.command()
@click.argument(
    "runs", nargs=-1, required=True, type=click.Path(path_type=Path), shell_complete=complete.runs
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder [default: the run's own]; needed for several runs."
)
def report(runs: tuple[Path, ...], out: Path | None) -> None:
    """Write report.md and report.html from what the RUNS hold; nothing is fitted again.

    Of several runs: what changed between them, in the config, in the decision, and for the same customers
    where both judged the same purchases.

    \b
    Examples:
      recsys report runs/demo-1a2b3c4d5e
      recsys report runs/demo-1a2b3c4d5e runs/mine-6f7a8b9c0d --out both
    """
    from recsys.engine.paired import report as written

    if out is None and len(runs) > 1:
        raise click.UsageError(f"{len(runs)} runs, no --out: expected a folder for the report; add --out DIR")
    for path in written(runs, out or runs[0]):
        click.echo(path)

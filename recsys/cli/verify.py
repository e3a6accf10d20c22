"""`recsys verify`: a finished run, run again and compared."""

from __future__ import annotations

from pathlib import Path

import click

from recsys.cli import options


@click.command()
@options.run
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-6,
    show_default=True,
    help="Figures agree that differ by at most this, or by this share of the larger.",
)
@click.option("--keep", is_flag=True, help="Leave the second run in RUN.again.")
@options.threads
@options.talk
def verify(run: Path, tolerance: float, keep: bool, threads: int | None, quiet: bool, verbose: bool) -> None:
    """Check that a RUN's files, input and config are what they were, run it again, and compare all figures.

    Exit code 0: reproduced. 1: something differs, and is named. 2: it cannot be told.

    \b
    Examples:
      recsys verify runs/demo-1a2b3c4d5e
      recsys verify runs/demo-1a2b3c4d5e --tolerance 0.001 --keep
    """
    from recsys.cli.progress import resumable, shown
    from recsys.engine.verify import verify as check

    with resumable(), shown(quiet, verbose) as progress:
        found = check(run, tolerance=tolerance, keep=keep, limit=threads, progress=progress)
    for finding in found.findings:
        click.echo(f"{'ok ' if finding.well else 'NOT'}  {finding.what}: {finding.said}")
        for line in finding.details:
            click.echo(f"       {line}")
    click.echo("Reproduced." if found.reproduced else "Not reproduced.")
    if not found.reproduced:
        raise SystemExit(1)

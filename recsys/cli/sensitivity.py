"""`recsys sensitivity`: whether the choice stands when the question is put in other ways."""

from __future__ import annotations

from pathlib import Path

import click

from recsys.cli import complete, options


@click.command()
@options.run
@click.option(
    "--only",
    multiple=True,
    metavar="QUESTION",
    shell_complete=complete.questions,
    help="Only this question; repeatable.",
)
@options.threads
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON only.")
@options.talk
def sensitivity(
    run: Path, only: tuple[str, ...], threads: int | None, as_json: bool, quiet: bool, verbose: bool
) -> None:
    """Ask the question of a RUN in other ways, and say whether its choice stands.

    Other list lengths; repeats in or out; cutoffs a week earlier or later; without the 1 % of customers who
    spend most; cancellations netted or dropped. Questions that need other lists are judged anew, which takes
    as long as the run did, and are kept in RUN/sensitivity: a second call goes on where the first stopped.

    \b
    Examples:
      recsys sensitivity runs/demo-1a2b3c4d5e
      recsys sensitivity runs/demo-1a2b3c4d5e --only "lists of 5"
    """
    from recsys.cli.console import console
    from recsys.cli.progress import resumable, shown
    from recsys.engine.sensitivity import FILE, FOLDER
    from recsys.engine.sensitivity import sensitivity as ask
    from recsys.report import print_sensitivity

    with resumable(), shown(quiet, verbose) as progress:
        table = ask(run, only=only, limit=threads, progress=progress)
    if as_json:
        click.echo(table.to_json(orient="records", indent=2, force_ascii=False))
        return
    print_sensitivity(table, console())
    click.echo(f"Table: {run / FOLDER / FILE}; also in {run / 'report.html'}.")

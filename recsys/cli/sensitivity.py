"""`recsys sensitivity`: whether the choice stands when the question is put in other ways."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--only", multiple=True, metavar="QUESTION", help="Only this question; repeatable.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads [default: all cores]; same figures.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON only.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def sensitivity(run: Path, only: tuple[str, ...], threads: int | None, as_json: bool, quiet: bool) -> None:
    """Ask the question of a RUN in other ways, and say whether its choice stands.

    Other list lengths; repeats in or out; cutoffs a week earlier or later; without the 1 % of customers who
    spend most; cancellations netted or dropped. Questions that need other lists are judged anew, which takes
    as long as the run did, and are kept in RUN/sensitivity: a second call goes on where the first stopped.

    \b
    recsys sensitivity runs/demo-1a2b3c4d5e
    recsys sensitivity runs/demo-1a2b3c4d5e --only "lists of 5" --only "without wholesalers"
    """
    from recsys.cli.progress import resumable, shown
    from recsys.engine.sensitivity import FILE, FOLDER
    from recsys.engine.sensitivity import sensitivity as ask
    from recsys.report import print_sensitivity

    with resumable(), shown(quiet) as progress:
        table = ask(run, only=only, limit=threads, progress=progress)
    if as_json:
        click.echo(table.to_json(orient="records", indent=2, force_ascii=False))
        return
    from rich.console import Console

    print_sensitivity(table, Console())
    click.echo(f"Table: {run / FOLDER / FILE}; also in {run / 'report.html'}.")

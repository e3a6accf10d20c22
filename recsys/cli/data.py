"""`recsys data`: look at a log; fetch public logs, and list what is known of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recsys.cli import complete

if TYPE_CHECKING:
    from recsys.ingest.datasets import Dataset
    from recsys.ingest.download import Report

TENTH = 0.1  # how often a line is printed where there is no terminal


@click.group()
def data() -> None:
    """Look at a log; fetch public logs and list what is known of them.

    \b
    Examples:
      recsys data inspect sales.csv
      recsys data fetch online-retail
    """


@data.command()
@click.argument("log", metavar="LOG_OR_CONFIG", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Folder of the page [default: inspected/NAME]."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    shell_complete=complete.roles,
    help="Say a column of a bare log.",
)
@click.option("--currency", metavar="CODE_OR_SIGN", help="What prices are in [default: as the config says].")
def inspect(log: Path, out: Path | None, columns: tuple[str, ...], currency: str | None) -> None:
    """Print what an analyst looks at in a log, and write it as a page (inspection.html, inspection.md).

    A config (YAML) says how the log is read and cleaned; of a bare log both are guessed, as by `recsys init`.

    \b
    Examples:
      recsys data inspect configs/demo.yaml
      recsys data inspect sales.csv --out looked
    """
    from recsys.cli.console import console
    from recsys.cli.init import said
    from recsys.engine.inspection import inspect as look
    from recsys.report import page_of_log, print_page, write_page

    found = look(log, dict(map(said, columns)), currency)
    page = page_of_log(found)
    files = write_page(page, out or Path("inspected") / found.name, "inspection")
    print_page(page, console())
    click.echo()
    for path in files:
        click.echo(path)


@data.command("list")
@click.option("--to", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
def list_(to: Path) -> None:
    """What can be fetched, its licence, its size, and whether it is here.

    Looks in the folder --to and in $RECSYS_DATA_DIR.

    \b
    Examples:
      recsys data list
      recsys data list --to logs
    """
    from recsys.ingest.datasets import KNOWN

    click.echo(f"{'name':<18}{'lines':>10}{'download':>11}  {'licence':<11}here")
    for dataset in KNOWN.values():
        size = f"{dataset.megabytes:.0f} MB"
        click.echo(
            f"{dataset.name:<18}{dataset.lines:>10,}{size:>11}  {dataset.licence:<11}{_here(dataset, to)}"
        )
        click.echo(f"  {dataset.title}")
    click.echo("\nrecsys data fetch NAME fetches one from its public home.")


@data.command()
@click.argument("name", shell_complete=complete.datasets)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    show_default=True,
    help="Folder to put it in.",
)
@click.option("--url", help="Another place that has the same file (http or https).")
@click.option("--force", is_flag=True, help="Fetch it again where it is here already.")
def fetch(name: str, to: Path, url: str | None, force: bool) -> None:
    """Fetch a public log, check it and keep it as Parquet.

    An interrupted download is gone on with when the command is run again.

    \b
    Examples:
      recsys data fetch online-retail
      recsys data fetch online-retail --to logs
    """
    from recsys.core.errors import ConfigError, nearest
    from recsys.ingest.datasets import KNOWN

    dataset = KNOWN.get(name)
    if dataset is None:
        known = ", ".join(KNOWN)
        raise ConfigError(f"log {name!r} is not known{nearest(name, KNOWN)}: expected one of {known}")
    from recsys.ingest import fetch as fetching
    from recsys.ingest.download import FetchError

    try:
        with _progress(dataset) as report:
            done = fetching.fetch(dataset, to, url=url, force=force, report=report)
    except KeyboardInterrupt:
        raise FetchError("stopped: run the same command again to go on") from None
    for file, part in zip(done.files, dataset.parts, strict=True):
        click.echo(f"{file}: {part.facts.lines:,} lines, {dataset.licence}")
    if not done.fresh:
        click.echo("It was here already; --force fetches it again.")


def _here(dataset: Dataset, to: Path) -> str:
    """The first place that has all of it."""
    folders = [to]
    if os.environ.get("RECSYS_DATA_DIR"):
        folders.append(Path(os.environ["RECSYS_DATA_DIR"]))
    for folder in folders:
        if all((folder / part.file).is_file() for part in dataset.parts):
            return f"yes, in {folder}"
    if (to / f"{dataset.name}.zip.part").is_file():
        return "in part"
    return "no"


@contextmanager
def _progress(dataset: Dataset) -> Iterator[Report]:
    """A bar on a terminal, and a line for every tenth elsewhere; on standard error."""
    import sys

    if not sys.stderr.isatty():
        yield _lines(dataset)
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from recsys.cli.console import console

    columns = (TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(dataset.name, total=None)
        yield lambda have, total: bar.update(task, completed=have, total=total)


def _lines(dataset: Dataset) -> Report:
    """Prints where it stands at the start, every tenth of the way, and at the end."""
    said = -1.0

    def report(have: int, total: int | None) -> None:
        nonlocal said
        share = have / (total or dataset.megabytes * 1e6)
        if share >= said + TENTH or have == total:
            said = share
            whole = f" of {total / 1e6:.1f}" if total else ""
            click.echo(f"{dataset.name}: {have / 1e6:.1f}{whole} MB", err=True)

    return report

"""`recsys init`: the first command on a log of one's own."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recsys.cli import complete

if TYPE_CHECKING:
    from recsys.engine.start import Started

ROLE = 13  # its width


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), help="Config to write [default: LOG's name.yaml]."
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    shell_complete=complete.roles,
    help="Say a column; repeatable.",
)
@click.option("--force", is_flag=True, help="Overwrite the config where it is there already.")
def init(log: Path, out: Path | None, columns: tuple[str, ...], force: bool) -> None:
    """Look at LOG (CSV, Parquet or xlsx), say what was guessed and why, and write a config that runs.

    Roles: customer, product, time (all three needed), invoice, quantity, price, total, description, category,
    cost, country, event.

    \b
    Examples:
      recsys init sales.csv
      recsys init sales.csv --out configs/sales.yaml --force
      recsys init sales.csv --column customer=Konto --column time=Gebucht
    """
    from recsys.engine.start import start

    started = start(log, out, force=force, columns=dict(map(said, columns)))
    for line in _told(started, min(shutil.get_terminal_size().columns, 110)):
        click.echo(line)


def said(text: str) -> tuple[str, str]:
    """ROLE=NAME as role and name."""
    role, equals, name = text.partition("=")
    if not equals or not role or not name:
        raise click.UsageError(f"--column {text!r}: expected ROLE=NAME, as in customer=CustomerID")
    return role.strip(), name.strip()


def _told(started: Started, width: int) -> Iterator[str]:
    """What was guessed, what was not found, and what to do next."""
    guess, log, cut = started.guess, started.loaded.log, started.cut
    yield f"{guess.path.name}: {guess.lines:,} lines, {len(guess.columns)} columns"
    yield ""
    for one in guess.findings:
        yield from _row(one.what, one.value, one.sure, one.told, width)
    for name, (value, why) in guess.clean.items():
        yield from _row(name.replace("_", " "), _shown(value), "likely", why, width)
    if guess.blocked:
        yield from _row(
            "blocked", guess.blocked[0], "likely", f"no products: {', '.join(guess.blocked)}", width
        )
    for what, why in guess.lacking:
        yield from _row(what, "(not found)", "", f"{why}; if there is one: --column {what}=NAME", width)
    for note in guess.said:
        yield from textwrap.wrap(f"Note: {note}", width, subsequent_indent="  ")
    if guess.doubtful:
        names = ", ".join(one.what for one in guess.doubtful)
        yield from textwrap.wrap(f"Check: {names}. Correct the config, or name columns with --column.", width)
    yield ""
    yield (
        f"After cleaning: {len(log.lines):,} lines, {log.held[0]:,} customers, "
        f"{log.held[1]:,} products, {cut.days:,} days."
    )
    windows = f"{cut.windows} windows" if cut.windows > 1 else "One window"
    yield f"{windows} of {cut.holdout_days} days fit: at least {cut.judged:,} customers are judged in each."
    yield f"Wrote {started.config}. Next:"
    yield f"  recsys data inspect {started.config}"
    yield f"  recsys evaluate --config {started.config}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return f"prefix {value['prefix']}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(what: str, value: str, sure: str, why: str, width: int) -> Iterator[str]:
    """What, value (how sure): why; goes on below."""
    told = f"{value} ({sure})" if sure else value
    text = f"{what:<{ROLE}} {told}{': ' if why else ''}{why}"
    yield from textwrap.wrap(text, width, subsequent_indent=" " * (ROLE + 1), break_on_hyphens=False)

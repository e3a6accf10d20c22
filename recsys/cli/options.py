"""Options that several commands share, said once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from recsys.cli import complete

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Command], Command]


def config(*, required: bool = True) -> Option[Any]:
    """The experiment's file."""
    return click.option(
        "--config", "-c", type=click.Path(path_type=Path), required=required, help="Experiment, as YAML."
    )


def overrides(command: Command) -> Command:
    """Values of the config, set on the command line."""
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        shell_complete=complete.config_keys,
        help="Override a value; repeatable.",
    )(command)


def threads(command: Command) -> Command:
    """How many cores are used."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="Threads [default: all cores]; same figures.",
    )(command)


def talk(command: Command) -> Command:
    """How much is said on standard error while the command works."""
    quiet = click.option("--quiet", "-q", is_flag=True, help="No progress.")
    verbose = click.option(
        "--verbose", "-v", is_flag=True, help="Log stages, seconds, memory and library warnings."
    )
    return quiet(verbose(command))


def run(command: Command) -> Command:
    """The folder of a finished run."""
    return click.argument("run", type=click.Path(path_type=Path), shell_complete=complete.runs)(command)

"""`recsys segment`: the segment stage alone, with its cards, pictures and page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from recsys.cli import options


@click.command()
@options.config()
@click.option("--out", type=click.Path(path_type=Path), help="Folder [default: segments/NAME-HASH].")
@options.overrides
@click.option(
    "--customers",
    type=click.Choice(["plain", "hash", "omit"]),
    help="How segments.csv names customers [default: the config's].",
)
@click.option(
    "--least",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Cards of fewer customers withhold their figures.",
)
@options.threads
@options.talk
def segment(
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    customers: Literal["plain", "hash", "omit"] | None,
    least: int,
    threads: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Group the customers of the config's log, and tell what the groups are.

    A card for each segment, who moved where, what those who were in it have spent since, how the number of
    segments was chosen, pictures and a page. No recommender is fitted.

    \b
    Examples:
      recsys segment --config configs/demo.yaml
      recsys segment -c my.yaml --set segments.k=6 --customers plain
    """
    from recsys.cli.console import console
    from recsys.cli.progress import shown
    from recsys.engine.config import read_config
    from recsys.engine.segments import segment as stage
    from recsys.report import print_cards

    experiment = read_config(config, overrides)
    with shown(quiet, verbose) as progress:
        folder = stage(
            experiment,
            roots=(config.parent,),
            out=out,
            customers=customers,
            least=least,
            limit=threads,
            progress=progress,
        )
    print_cards(folder, console())

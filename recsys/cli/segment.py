"""`recsys segment`: the segment stage alone, with its cards, pictures and page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click


@click.command()
@click.option("--config", "-c", type=click.Path(path_type=Path), required=True, help="Experiment, as YAML.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder [default: segments/NAME-HASH].")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value; repeatable.")
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
@click.option("--threads", type=click.IntRange(min=1), help="Threads [default: all cores]; same figures.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def segment(
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    customers: Literal["plain", "hash", "omit"] | None,
    least: int,
    threads: int | None,
    quiet: bool,
) -> None:
    """Group the customers of the config's log, and tell what the groups are.

    A card for each segment, who moved where, what those who were in it have spent since, how the number of
    segments was chosen, pictures and a page. No recommender is fitted.

    \b
    recsys segment --config configs/demo.yaml
    recsys segment -c my.yaml --set segments.k=6 --customers plain
    """
    from recsys.cli.progress import shown
    from recsys.engine.config import read_config
    from recsys.engine.segments import segment as stage
    from recsys.report import print_cards

    experiment = read_config(config, overrides)
    with shown(quiet) as progress:
        folder = stage(
            experiment,
            roots=(config.parent,),
            out=out,
            customers=customers,
            least=least,
            limit=threads,
            progress=progress,
        )
    from rich.console import Console

    print_cards(folder, Console())

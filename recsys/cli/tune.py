"""`recsys tune`: better parameters, searched on windows before the judged ones."""

from __future__ import annotations

from pathlib import Path

import click

from recsys.cli import options


@click.command()
@options.config()
@click.option("--out", type=click.Path(path_type=Path), help="Folder [default: tuning/NAME-HASH].")
@options.overrides
@options.threads
@options.talk
def tune(
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    threads: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Search better parameters for the config's recommenders, and write them to best.yaml.

    Trials are judged on windows that end before the first judged one, the same number for every recommender,
    the first with the parameters of the config. The same command goes on where it was stopped, and with more
    trials it goes on from those made. Needs the extra: pip install 'recsys[tune]'.

    \b
    Examples:
      recsys tune --config configs/demo.yaml --set tune.trials=20
      recsys tune -c my.yaml --set "tune.recommenders=[als,ease]"
    """
    from recsys.cli.progress import resumable, shown
    from recsys.engine.config import read_config
    from recsys.engine.tune import BEST
    from recsys.engine.tune import tune as search

    experiment = read_config(config, overrides)
    with resumable(), shown(quiet, verbose) as progress:
        found = search(experiment, roots=(config.parent,), out=out, limit=threads, progress=progress)
    first, last = found.periods[-1][0], found.periods[0][1]
    click.echo(f"{found.metric}, target {found.target}, purchases from {first} until before {last}:")
    width = max(len(row["recommender"]) for row in found.rows)
    click.echo(f"{'':{width}}  trials  config    best")
    for row in found.rows:
        figures = f"{row['trials']:6}  {row['as_configured']:.4f}  {row['best']:.4f}"
        click.echo(f"{row['recommender']:{width}}  {figures}")
        if row["changes"]:
            changes = ", ".join(f"{key}: {_shown(value)}" for key, value in row["changes"].items())
            click.echo(click.wrap_text(changes, 80, " " * (width + 4), " " * (width + 4)))
    click.echo("The best of many looks better than it is. Judge it on windows that took no part:")
    click.echo(f"recsys evaluate --config {found.folder / BEST}")


def _shown(value: object) -> str:
    if isinstance(value, dict):  # a weighting
        return f"{value['kind']} {value['half_life_days']:g}d" if value["kind"] == "decay" else value["kind"]
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

"""`recsys evaluate`: the main job."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--config", "-c", type=click.Path(path_type=Path), required=True, help="Experiment, as YAML.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder [default: runs/NAME-HASH].")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value; repeatable.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads [default: all cores]; same figures.")
@click.option("--json", "as_json", is_flag=True, help="Print a machine-readable summary only.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
def evaluate(
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    threads: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Judge the config's recommenders on purchases that came later.

    \b
    recsys evaluate --config configs/demo.yaml
    recsys evaluate -c configs/online_retail.yaml --set split.windows=1
    recsys evaluate -c my.yaml --set recommenders.als.factors=32 --out runs/als32
    """
    from recsys.cli.progress import resumable, shown
    from recsys.engine.config import read_config
    from recsys.engine.evaluate import evaluate as run
    from recsys.report import print_tables, read_run, summary

    experiment = read_config(config, overrides)
    with resumable(), shown(quiet) as progress:
        folder = run(experiment, roots=(config.parent,), out=out, limit=threads, progress=progress)
    found = read_run(folder)
    if as_json:
        import json

        click.echo(json.dumps(summary(found), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    print_tables(found, Console())

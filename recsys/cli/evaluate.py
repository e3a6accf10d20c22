"""`recsys evaluate`: the main job."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from recsys.cli import options


@click.command()
@options.config(required=False)
@click.option("--demo", is_flag=True, help="Judge a simulated shop; its log and config go to demo/.")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder [default: runs/NAME-HASH].")
@options.overrides
@options.threads
@click.option("--json", "as_json", is_flag=True, help="Print a machine-readable summary only.")
@options.talk
def evaluate(
    config: Path | None,
    demo: bool,
    out: Path | None,
    overrides: tuple[str, ...],
    threads: int | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Judge the config's recommenders on purchases that came later.

    Prints a table for each segment, then who is best where and the decision; the run folder holds the report.
    Started again, a run that was stopped goes on.

    \b
    Examples:
      recsys evaluate --demo
      recsys evaluate --config configs/demo.yaml
      recsys evaluate -c my.yaml --set split.windows=1 --verbose
      recsys evaluate -c my.yaml --set recommenders.als.factors=32
    """
    config = _config(config, demo)
    from recsys.cli.console import console
    from recsys.cli.progress import resumable, shown
    from recsys.engine.config import read_config
    from recsys.engine.evaluate import evaluate as run
    from recsys.report import print_tables, read_run, summary

    with resumable(), shown(quiet, verbose) as progress:
        experiment = read_config(config, overrides)
        folder = run(experiment, roots=(config.parent,), out=out, limit=threads, progress=progress)
    found = read_run(folder)
    if as_json:
        import json

        click.echo(json.dumps(summary(found), indent=2, ensure_ascii=False))
        return
    print_tables(found, console())


def _config(given: Path | None, demo: bool) -> Path:
    """The config that was named, or the demo's where it was asked for or agreed to."""
    if given is not None and demo:
        raise click.UsageError("--config and --demo: expected one of them; drop the other")
    if given is not None:
        return given
    if not demo and not _agreed():
        raise click.UsageError(
            "no config: expected --config FILE; `recsys init LOG` writes one for a log of yours, and "
            "`recsys evaluate --demo` judges a simulated shop"
        )
    from recsys.engine.demo import FOLDER
    from recsys.engine.demo import demo as make

    click.echo(f"The demo: the log of a simulated shop, and its config, in {FOLDER}/.", err=True)
    return make()


def _agreed() -> bool:
    """Whether somebody is there, and wants the demo."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm("No config. Judge the demo, a simulated shop (half a minute)?", True, err=True)

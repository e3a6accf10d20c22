"""`recsys export`: batch recommendations per segment."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import click

from recsys.cli import complete, options

Form = Literal["csv", "parquet", "jsonl"]


@click.command()
@options.run
@click.option(
    "--recommender",
    metavar="NAME",
    shell_complete=complete.recommenders,
    help="[default: the best one of the run]",
)
@click.option("--policy", is_flag=True, help="Serve each segment what the run's policy.yaml names.")
@click.option("--target", type=click.Choice(["any", "new"]), help="[default: the config's]")
@click.option("--k", type=click.IntRange(min=1), help="Products per customer [default: the config's].")
@click.option("--format", "kind", type=click.Choice(get_args(Form)), help="[default: the config's]")
@click.option("--out", type=click.Path(path_type=Path), help="Folder [default: RUN/export].")
@click.option(
    "--customers",
    type=click.Choice(["plain", "hash"]),
    default="plain",
    show_default=True,
    help="How files name customers.",
)
@click.option(
    "--control-share",
    type=click.FloatRange(0, 1, max_open=True),
    metavar="SHARE",
    help="Part of each segment kept back, named in control.csv [default: the config's].",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="SECTION.FIELD=VALUE",
    shell_complete=complete.config_keys,
    help="Another rule for this export: a field of export or candidates; repeatable.",
)
@click.option(
    "--blocked",
    type=click.Path(path_type=Path),
    help="A text file of customers who get no list, an id on each line.",
)
@click.option(
    "--to", metavar="URL", help="A database that takes the lists; ${NAME} is read from the environment."
)
@click.option("--table", metavar="NAME", help="The table there; an earlier export in it is replaced.")
@click.option("--products", is_flag=True, help="Lists of products for products, to RUN/products.")
@options.threads
@options.talk
def export(
    run: Path,
    recommender: str | None,
    policy: bool,
    target: Literal["any", "new"] | None,
    k: int | None,
    kind: Form | None,
    out: Path | None,
    customers: Literal["plain", "hash"],
    control_share: float | None,
    overrides: tuple[str, ...],
    blocked: Path | None,
    to: str | None,
    table: str | None,
    products: bool,
    threads: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    """Write recommendations for every customer of a RUN's log, one file per segment.

    Recommenders are fitted on the whole log, up to its end.

    \b
    Examples:
      recsys export runs/demo-1a2b3c4d5e
      recsys export runs/demo-1a2b3c4d5e --policy --target any
      recsys export runs/demo-1a2b3c4d5e --recommender als --k 5
      recsys export runs/demo-1a2b3c4d5e --policy --control-share 0.1
      recsys export runs/demo-1a2b3c4d5e --set export.price_weight=0.2
      recsys export runs/demo-1a2b3c4d5e --products
      recsys export runs/demo-1a2b3c4d5e --to sqlite:///lists.db --table lists
    """
    if products:
        asked = {
            "--recommender": recommender,
            "--policy": policy,
            "--target": target,
            "--to": to,
            "--table": table,
            "--blocked": blocked,
        }
        asked |= {"--customers": customers != "plain", "--control-share": control_share is not None}
        for name, value in asked.items():
            if value:
                raise click.UsageError(f"{name} is of no use with --products, whose lists are for nobody")
        _export_products(run, k, kind, out, overrides, threads, quiet, verbose)
        return
    from recsys.cli.progress import shown
    from recsys.core.fold import Target
    from recsys.engine.export import export as write
    from recsys.engine.store import read_json

    with shown(quiet, verbose) as progress:
        folder = write(
            run,
            recommender=recommender,
            policy=policy,
            target=Target(target) if target else None,
            k=k,
            kind=kind,
            out=out,
            customers=customers,
            control_share=control_share,
            overrides=overrides,
            blocked=blocked,
            to=to,
            table=table,
            limit=threads,
            progress=progress,
        )
    _tell(folder, read_json(folder))


def _tell(folder: Path, told: dict[str, Any]) -> None:
    """What was written where, and what is to be known of it; told: the manifest."""
    name = told["recommender"]["name"] if "recommender" in told else "the policy"
    until = told["fitted_until"]
    click.echo(f"{name}, fitted on all before {until}, up to {told['k']} products each ({told['target']}):")
    for file in told["files"]:
        whom = (
            f"{file['customers']:>9,} customers"
            if file["segment"] != "(no history)"
            else "  people without history"
        )
        who = f"  {file['recommender']}" if "policy" in told else ""
        where = folder / file["file"] if "file" in file else file["segment"]
        click.echo(f"  {whom}{who}  {where}")
    if "to" in told:
        count = sum(file["rows"] for file in told["files"])
        click.echo(f"  {count:>9,} rows in table {told['table']} of {told['to']}")
    if control := told.get("control"):
        click.echo(f"  {control['customers']:>9,} kept back as the control group  {folder / control['file']}")
    if left := told.get("not_served"):
        why = ", ".join(f"{count:,} {reason}" for reason, count in left["reasons"].items() if count)
        click.echo(f"  {left['customers']:>9,} without a list ({why})  {folder / left['file']}")
    if cost := told.get("rules_cost"):
        for lists, figures in cost.items():
            said = (f"{name} {_figure(name, value, told)}" for name, value in figures.items())
            click.echo(f"  {lists}: " + ", ".join(said))
        click.echo(f"  Means over the run's windows; more in {folder / 'rules_cost.csv'}")
    rows = sum(file["rows"] for file in told["files"])
    own = sum(file["rows"] * file["own_share"] for file in told["files"]) / max(rows, 1)
    if own < 0.995:
        click.echo(f"{1 - own:.0%} of the places were filled by popularity: {name} had nothing to say there.")
    if not told["same_input_as_run"]:
        click.echo("The log has changed since the run was judged.", err=True)


def _figure(name: str, value: float, told: dict[str, Any]) -> str:
    """A figure of what the rules cost; prices in the log's currency."""
    from recsys.core.currency import amount

    return amount(f"{value:.4g}", told.get("currency") or "") if name == "list_price" else f"{value:.4g}"


def _export_products(
    run: Path,
    k: int | None,
    kind: Form | None,
    out: Path | None,
    overrides: tuple[str, ...],
    threads: int | None,
    quiet: bool,
    verbose: bool,
) -> None:
    from recsys.cli.progress import shown
    from recsys.engine.product_lists import export_products
    from recsys.engine.store import read_json

    with shown(quiet, verbose) as progress:
        folder = export_products(
            run, k=k, kind=kind, out=out, overrides=overrides, limit=threads, progress=progress
        )
    told = read_json(folder)
    click.echo(f"Up to {told['k']} products for each product, from all before {told['fitted_until']}:")
    for name, count in told["kinds"].items():
        click.echo(f"  {name:<16} for {count['products']:>7,} products, {count['rows']:>9,} rows")
    for name, why in told["left_out"].items():
        click.echo(f"  {name:<16} left out: {why}")
    click.echo(f"  {folder / told['file']['file']}")
    if not told["same_input_as_run"]:
        click.echo("The log has changed since the run was judged.", err=True)

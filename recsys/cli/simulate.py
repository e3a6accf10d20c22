"""`recsys simulate`: make a shop whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

if TYPE_CHECKING:
    from recsys.simulate import Simulated


@click.command("simulate")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--customers", type=int, default=1000, show_default=True, help="Customers with an id.")
@click.option("--products", type=int, default=800, show_default=True, help="Products on the shelves.")
@click.option("--days", type=int, default=366, show_default=True, help="Days; the last 28 are judged.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=7, show_default=True, help="Same seed, same bytes."
)
@click.option("--format", "kind", type=click.Choice(["parquet", "csv"]), default="parquet", show_default=True)
@click.option("--force", is_flag=True, help="Replace an earlier simulation in OUT.")
def simulate(out: Path, customers: int, products: int, days: int, seed: int, kind: str, force: bool) -> None:
    """Make the log of a shop whose truth is known, in the folder OUT.

    The log has the columns of UCI Online Retail, its noise included. For each
    of four types of customers one kind of recommender is best:

    \b
      replenisher  own purchases          taste   collaborative filtering
      trend        recent popularity      family  content

    OUT/truth holds types, true next-purchase probabilities and the scores of
    an oracle, which shows how good any recommender could be.

    \b
    Examples:
      recsys simulate shop
      recsys simulate --customers 4300 --products 3700 --days 373 shop
      recsys simulate --format csv --force shop
    """
    import numpy as np

    from recsys.simulate import Settings
    from recsys.simulate import simulate as run

    settings = Settings(customers=customers, products=products, days=days)
    form = cast(Literal["parquet", "csv"], kind)
    done = run(settings, np.random.default_rng(seed), out, form=form, seed=seed, force=force)
    click.echo("\n".join(summary(done)))


def summary(done: Simulated) -> list[str]:
    """What was made, in lines of at most 80 columns."""
    lines = [f"{done.lines:,} lines: {done.log}", ""]
    lines.append(f"{'moment':<44}{'simulated':>11}{'reference':>11}{'ratio':>7}")
    for name, simulated, reference, ratio in done.moments.itertuples(index=False):
        lines.append(f"{name:<44}{simulated:>11.4g}{reference:>11.4g}{ratio:>7.2f}")
    table = done.oracle[done.oracle["metric"] == "ndcg@10"].set_index(["type", "target"])
    lines += ["", f"{'the best possible ndcg@10, last 28 days':<44}{'any':>11}{'new':>11}{'judged':>8}"]
    for name in dict.fromkeys(table.index.get_level_values("type")):
        judged = table["customers"].get((name, "any"), 0)
        values = [table["value"].get((name, target), float("nan")) for target in ("any", "new")]
        lines.append(f"{name:<44}{values[0]:>11.3f}{values[1]:>11.3f}{judged:>8}")
    accuracy, largest = done.bayes["accuracy"], done.bayes["largest_type"]
    return [
        *lines,
        "",
        f"types told apart by a Bayes classifier: {accuracy:.3f} (largest type: {largest:.3f})",
    ]

"""NDCG@10 on the reference logs, window by window, with 95 % intervals over customers.

RECSYS_DATA_DIR=... python -m benchmarks.accuracy [best|full|quick] [--out runs]

Runs configs/online_retail_best.yaml (_full, _quick) on the log of 2010-2011, and the same recommenders with
the same settings on the latest window of the year before. A finished run is kept and not run again. Intervals
are percentiles of 2,000 bootstrap resamples of customers. Results go to benchmarks/results/accuracy_best.md,
each field's to a file of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pandas as pd

from recsys.measure.resample import interval, mean, resampled_means

HERE = Path(__file__).parent
RECSYS = Path(sys.executable).with_name("recsys")
LOGS: dict[str, tuple[str, ...]] = {
    "online-retail": (),
    "online-retail-2009": (
        "source.path=online_retail_II_2009-2010.parquet",
        "source.columns={customer: Customer ID, product: StockCode, time: InvoiceDate, invoice: Invoice, "
        "quantity: Quantity, price: Price, description: Description, country: Country}",
        "split.windows=1",
    ),
}


@click.command()
@click.argument("field", type=click.Choice(["best", "full", "quick"]), default="best")
@click.option("--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
def main(field: str, out: Path) -> None:
    """Run, print and keep the tables."""
    parts = [f"# NDCG@10 of configs/online_retail_{field}.yaml\n"]
    for name, overrides in LOGS.items():
        run = out / f"{name}-{field}"
        words = [RECSYS, "evaluate", "-c", HERE.parent / "configs" / f"online_retail_{field}.yaml"]
        for override in (f"name={name}-{field}", *overrides):
            words += ["--set", override]
        if not (run / "manifest.json").is_file():
            subprocess.run([*words, "--out", run], check=True, env=dict(os.environ))
        parts += section(name, run)
    text = "\n".join(parts)
    (HERE / "results" / f"accuracy_{field}.md").write_text(text)
    click.echo(text)


def section(name: str, run: Path) -> list[str]:
    """One log's tables, a column for each window."""
    manifest = json.loads((run / "manifest.json").read_text())
    windows = manifest["windows"]
    lines = [f"## {name}, run {manifest['run_id']}\n"]
    for target in ("any", "new"):
        heads = [f"from {window['judged_from']}" for window in windows]
        heads += ["mean"] if len(windows) > 1 else []
        lines += [f"| target `{target}` | {' | '.join(heads)} |", "|---|" + "---:|" * len(heads)]
        for recommender in manifest["config"]["recommenders"]:
            scores = [of(run, window["window"], target, recommender) for window in windows]
            cells = [f"{mean:.4f} ({low:.4f} to {high:.4f})" for mean, low, high in scores]
            cells += [f"{np.mean([mean for mean, _, _ in scores]):.4f}"] if len(windows) > 1 else []
            lines.append(f"| {recommender} | {' | '.join(cells)} |")
        lines.append("")
    return lines


def of(run: Path, window: int, target: str, name: str) -> tuple[float, float, float]:
    """The mean over judged customers with history, and its interval."""
    scores = pd.read_parquet(run / "scores" / f"{window}-{target}-{name}.parquet")
    values = scores.loc[scores["segment"] != "(no history)", ["ndcg@10"]].to_numpy(dtype=np.float64)
    low, high = interval(resampled_means(values, np.random.default_rng(7)))
    return float(mean(values)[0]), float(low[0]), float(high[0])


if __name__ == "__main__":
    main()

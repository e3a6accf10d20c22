"""What the recipes for segments reach on the reference log, and on shops whose customer types are known.

RECSYS_DATA_DIR=... python -m benchmarks.segments

Writes benchmarks/results/segments.md. The recipes configs/segments_default.yaml and segments_map.yaml were
searched on the log that they are measured on here (see the table's note); the shops of other seeds and the
other year were not looked at before.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from benchmarks.accuracy import LOGS
from recsys.core.fold import Known, know
from recsys.engine.config import read_config
from recsys.engine.evaluate import evaluate
from recsys.engine.outlook import Later, explained
from recsys.engine.segments import quintiles
from recsys.ingest import load
from recsys.segment import KMeansSegments
from recsys.simulate import Settings, simulate

HERE = Path(__file__).parent
CONFIGS = HERE.parent / "configs"
SHOPS = ((1_000, 800, 31), (1_000, 800, 32), (3_000, 2_000, 33), (3_000, 2_000, 34), (4_300, 3_700, 35))
LABELS = {
    "segments_default.yaml": "default",
    "segments_map.yaml": "map",
    "segments_reference.yaml": "notebook",
}


@dataclass(frozen=True)
class Found:
    """A recipe on a log: its sizes, and figures in the full standardised log-RFM space."""

    segments: int
    largest: float
    smallest: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    stability: float | None
    spend: dict[str, float]


@click.command()
def main() -> None:
    """Measure, print and keep the tables."""
    lines = ["# Segments\n", "## Recipes on the reference logs\n"]
    lines += [
        "Silhouette, Calinski-Harabasz and Davies-Bouldin of the labels in the full standardised log-RFM "
        "space, whatever space was clustered. Stability: mean adjusted Rand index of bootstrap refits. "
        "Spend: "
        "share of the variance of the next 28 days' log spend that lies between segments, beside the 125 "
        "cells of RFM quintiles.\n",
        "| log | recipe | segments | sizes | silhouette | CH | DB | stability | spend | quintiles |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, overrides in LOGS.items():
        for file in ("segments_default.yaml", "segments_map.yaml"):
            lines.append(_row(name, file, _measured(file, overrides)))
    lines += [
        "",
        "The default and the map recipe were picked among many on the log of 2010-2011, by the very figures "
        "shown here; 2009-2010 took no part in that.\n",
        *_as_clustered(),
        "\n## Segment bestsellers less global bestsellers, three windows pooled\n",
        *_bestsellers(),
        "\n## Types of customers that a simulated shop planted\n",
        "Adjusted Rand index with the four planted types; K-means on `features: taste`, beside a Bayes\n"
        "classifier that knows the shop.\n",
        "| customers | seed | Bayes classifier | k = 4 | k = 5 | k: auto | `rfm`, k = 4 |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for customers, products, seed in SHOPS:
        lines.append(_planted(customers, products, seed))
        click.echo(lines[-1])
    lines += ["\n## A million customers\n", _million()]
    text = "\n".join(lines) + "\n"
    (HERE / "results" / "segments.md").write_text(text)
    click.echo(text)


def _measured(file: str, overrides: tuple[str, ...]) -> Found:
    experiment = read_config(CONFIGS / file, list(overrides))
    log = load(experiment.source, experiment.clean).log
    known = know(log, log.end)
    rules = experiment.segments.fit(known, np.random.default_rng(experiment.seed))
    found = rules.assign(known)
    codes = found.codes.astype(np.int64)
    points = _log_rfm(found.features)
    share = np.bincount(codes) / len(codes)
    chosen = next(row for row in found.evidence if row["chosen"])
    window = experiment.split.plan(log)[0]
    fold = experiment.split.fold(log, window)
    then = experiment.segments.fit(fold.known, np.random.default_rng(experiment.seed)).assign(fold.known)
    spent = np.log1p(np.maximum(Later.of(fold).spend, 0))
    spend = {
        "segments": explained(then.codes.astype(np.int64), spent),
        "quintiles": explained(quintiles(fold.known), spent),
    }
    return Found(
        len(found.names),
        float(share.max()),
        float(share.min()),
        float(silhouette_score(points, codes)),
        float(calinski_harabasz_score(points, codes)),
        float(davies_bouldin_score(points, codes)),
        chosen.get("stability"),
        spend,
    )


def _as_clustered() -> list[str]:
    """The recipes that cluster another space than log-RFM, judged in their own."""
    lines = [
        "## As clustered\n",
        "In the space that the recipe clusters: six principal components of 15 features (notebook, where "
        "published are 0.236, 1257 and 1.37 on 4,067 customers), or the t-SNE map of log-RFM (map). Seeds: "
        "mean adjusted Rand index between the segments of five seeds.\n",
        "| recipe | grouped | segments | silhouette | CH | DB | largest / smallest | in features | seeds |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for file in ("segments_reference.yaml", "segments_map.yaml"):
        experiment = read_config(CONFIGS / file)
        log = load(experiment.source, experiment.clean).log
        known = know(log, log.end, returners=experiment.clean.cancellations.returners)
        seeds = (experiment.seed, 1, 2, 3, 4)
        tries = [experiment.segments.fit(known, np.random.default_rng(s)).assign(known) for s in seeds]
        chosen = next(row for row in tries[0].evidence if row["chosen"])
        count = np.bincount(tries[0].codes)[: int(chosen["k"])]
        between = itertools.combinations([one.codes for one in tries], 2)
        agreed = np.mean([adjusted_rand_score(one, other) for one, other in between])
        inside = chosen.get("silhouette_features")
        cells = [LABELS[file], f"{count.sum():,}", str(len(count)), f"{chosen['silhouette']:.3f}"]
        cells += [f"{chosen['calinski_harabasz']:.0f}", f"{chosen['davies_bouldin']:.2f}"]
        cells += [
            f"{count.max() / count.min():.1f}",
            "–" if inside is None else f"{inside:.3f}",
            f"{agreed:.3f}",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _million() -> str:
    """By a process of its own, whose memory is told."""
    words = [sys.executable, "-m", "benchmarks.million"]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    one = json.loads(done.stdout)
    return (
        f"{one['customers']:,} customers, {one['lines']:,} lines, {one['columns']} columns of features, "
        f"minibatch K-means with k chosen ({one['segments']}): fitted in {one['fit_s']:.0f} s from the "
        f"parsed log, at most {one['fit_gb']:.2f} GB with the log ({one['log_gb']:.2f} GB when it was made); "
        f"everyone assigned in {one['assign_s']:.0f} s more."
    )


def _log_rfm(features: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    level = np.log1p(features[["recency", "frequency", "monetary"]].to_numpy())
    return (level - level.mean(axis=0)) / level.std(axis=0)


def _row(log: str, file: str, one: Found) -> str:
    stable = "–" if one.stability is None else f"{one.stability:.3f}"
    cells = [log, LABELS[file], str(one.segments), f"{one.smallest:.1%} to {one.largest:.1%}"]
    cells += [f"{one.silhouette:.4f}", f"{one.calinski_harabasz:.0f}", f"{one.davies_bouldin:.2f}", stable]
    cells += [f"{one.spend['segments']:.3f}", f"{one.spend['quintiles']:.3f}"]
    return "| " + " | ".join(cells) + " |"


def _bestsellers() -> list[str]:
    """From an evaluation of both: paired differences with their intervals, three windows pooled."""
    lines = ["| target | segment | customers | difference, map@10 | 95 % interval | p (Holm) |"]
    lines.append("|---|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as place:
        both = "{popular: {kind: popularity}, segment-bestsellers: {kind: segment-bestsellers}}"
        words = [f"recommenders={both}", "evaluate.baseline=popular", "evaluate.decide={metric: map, k: 10}"]
        experiment = read_config(CONFIGS / "segments_default.yaml", words)
        run = evaluate(experiment, roots=(CONFIGS,), out=Path(place) / "run")
        table = pd.read_csv(run / "comparisons.csv")
    table = table[(table["window"] == "pooled") & (table["a"] == "segment-bestsellers")]
    for row in table.to_dict("records"):
        interval = f"{row['ci_low']:+.4f} to {row['ci_high']:+.4f}"
        cells = [row["target"], row["segment"], f"{row['customers']:,}", f"{row['difference']:+.4f}"]
        lines.append("| " + " | ".join([*cells, interval, f"{row['p_holm']:.4f}"]) + " |")
    return lines


def _planted(customers: int, products: int, seed: int) -> str:
    with tempfile.TemporaryDirectory() as place:
        shop = Path(place) / "shop"
        simulate(
            Settings(customers=customers, products=products, days=366), np.random.default_rng(seed), shop
        )
        experiment = read_config(CONFIGS / "demo.yaml", [f"source.path={shop / 'log.parquet'}"])
        log = load(experiment.source, experiment.clean, cache=Path(place)).log
        truth = pd.read_parquet(shop / "truth" / "customers.parquet").astype({"customer": str})
        best = json.loads((shop / "truth" / "bayes.json").read_text())["adjusted_rand"]
    known = know(log, log.end - np.timedelta64(28, "D"))
    kind = truth.set_index("customer")["type"].loc[known.history.customers.names.astype(str)].to_numpy()
    tries = ({"k": 4}, {"k": 5}, {}, {"features": "rfm", "k": 4})
    cells = [f"{customers:,}", str(seed), f"{best:.3f}"]
    cells += [f"{_agreement(known, kind, {'features': 'taste'} | words):.3f}" for words in tries]
    return "| " + " | ".join(cells) + " |"


def _agreement(known: Known, kind: Any, words: dict[str, Any]) -> float:
    found = KMeansSegments(**words).fit(known, np.random.default_rng(7)).assign(known)
    return float(adjusted_rand_score(kind, found.codes))


if __name__ == "__main__":
    main()

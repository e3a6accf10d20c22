"""`recsys evaluate` on the reference log beside RecTools 0.19 doing the same in its own environment.

RECSYS_DATA_DIR=... python -m benchmarks.evaluate [--runs 5]

Four pieces of work, whole processes, imports included, in turn, median of the runs:
  full, cold   ours from CSV: seven recommenders, K-means, both targets, report; no parsed log kept
  full         the same once the parsed log is in the cache
  six models   ours from Parquet with the six models that both have (segments off; report on); no cache
  RecTools     the same six models from Parquet, without segments and without a report
Compiled code is cached before the first run. Results go to benchmarks/results/.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import pandas as pd

from benchmarks.environment import python_with, versions
from benchmarks.machine import machine
from recsys.core.parallel import available

HERE = Path(__file__).parent
CONFIG = HERE.parent / "configs" / "online_retail.yaml"
RECSYS = Path(sys.executable).with_name("recsys")
PEER = HERE / "peers" / "rectools_evaluate.py"
REQUIREMENTS = ("rectools==0.19.*", "pyarrow<20")  # RecTools 0.19 holds numpy below 2
SIX = (
    "{popular: {kind: popularity}, popular-28d: {kind: popularity, window_days: 28}, "
    "item-cf: {kind: item-knn, similarity: tfidf, neighbours: 200, keep_self: true}, "
    "item-cosine: {kind: item-knn, similarity: cosine, neighbours: 200, keep_self: true}, "
    "als: {kind: als, factors: 64}, random: {kind: random}}"
)


def seconds(words: list[str | Path], env: dict[str, str]) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(words, env=env, check=True, capture_output=True)
    return time.perf_counter() - start


def ours(place: Path, cache: str, *overrides: str) -> tuple[list[str | Path], dict[str, str]]:
    """The command and its environment."""
    words: list[str | Path] = [RECSYS, "evaluate", "-q", "-c", CONFIG, "--out", place / "run"]
    for override in ("split.windows=1", *overrides):
        words += ["--set", override]
    return words, {**os.environ, "RECSYS_CACHE_DIR": str(place / cache)}


@click.command()
@click.option("--runs", default=5, show_default=True, help="Repetitions of each piece of work.")
def main(runs: int) -> None:
    """Time the main job beside RecTools."""
    log = Path(os.environ["RECSYS_DATA_DIR"]).resolve() / "online_retail.parquet"
    peer = python_with("rectools", *REQUIREMENTS)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        pd.read_parquet(log).to_csv(place / "online_retail.csv", index=False)
        csv = ("source.kind=csv", f"source.path={place / 'online_retail.csv'}")
        six = (f"source.path={log}", f"recommenders={SIX}", "segments=null", "evaluate.baseline=popular")
        work = {
            "full, cold": ours(place, "cold", *csv),
            "full": ours(place, "warm", *csv),
            "six models": ours(place, "cold", *six),
            "RecTools": ([peer, PEER, log], dict(os.environ)),
        }
        times: dict[str, list[float]] = {name: [] for name in work}
        for turn in range(runs + 1):
            for name, (words, env) in work.items():
                shutil.rmtree(place / "cold", ignore_errors=True)
                shutil.rmtree(place / "run", ignore_errors=True)
                spent = seconds(words, env)
                if turn:  # the first round compiles and fills the caches
                    times[name].append(round(spent, 2))
    median = {name: statistics.median(values) for name, values in times.items()}
    result = {
        "what": "recsys evaluate on UCI Online Retail, one window of 28 days; seconds of whole processes",
        "machine": machine(available()),
        "versions": {
            "recsys": versions(Path(sys.executable), "recsys", "numpy", "pandas", "implicit", "scikit-learn"),
            "RecTools": versions(peer, "rectools", "numpy", "pandas", "pm-implicit"),
        },
        "seconds": times,
        "median": median,
        "ratio": {name: round(median["RecTools"] / median[name], 2) for name in median},
    }
    (HERE / "results" / "evaluate.json").write_text(json.dumps(result, indent=2) + "\n")
    (HERE / "results" / "evaluate.md").write_text(table(result))
    click.echo(table(result))


def table(result: dict[str, object]) -> str:
    """The result as Markdown."""
    median: dict[str, float] = result["median"]  # type: ignore[assignment]
    ratio: dict[str, float] = result["ratio"]  # type: ignore[assignment]
    said = {
        "full, cold": "ours: CSV parsed, 7 recommenders, K-means, 2 targets, report",
        "full": "ours: the same, parsed log in the cache",
        "six models": "ours: Parquet, the 6 models both have, 2 targets, report",
        "RecTools": "RecTools 0.19: Parquet, the 6 models, 2 targets, no report",
    }
    rows = [f"| {said[name]} | {median[name]:.2f} | {ratio[name]:.2f} |" for name in said]
    head = ["| work | seconds, median | times as fast as RecTools |", "|---|---:|---:|"]
    made = result["machine"]
    foot = [f"\nMachine: {json.dumps(made)}", f"\nVersions: {json.dumps(result['versions'])}"]
    return "\n".join(["# The main job beside RecTools\n", *head, *rows, *foot]) + "\n"


if __name__ == "__main__":
    main()

"""All-customer ranking beside implicit, RecTools and LensKit: the same matrices, machine and threads.

python -m benchmarks.speed [--runs 3] [--scales 0.1,1,2.5]

At scale 1: 200,000 customers x 20,000 products x 7.6 million pairs (`benchmarks.generator`). Work:
  fit      item-knn, cosine, 100 neighbours
  rank     its ten best products for every customer, those already bought left out
  factors  the ten best products for every customer from 64 factors, those already bought left out
  metrics  precision, recall, map and ndcg at 10 of every customer's list
  plain product   all scores of the factors in float32, made in blocks and thrown away: the limit of `factors`
Each tool runs in a process (and, but for ours, an environment) of its own, in turn; medians of the runs.
Results go to benchmarks/results/speed.json and speed.md.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
from scipy import sparse

from benchmarks.environment import python_with, versions
from benchmarks.generator import parted, purchases
from benchmarks.machine import machine
from recsys.core.parallel import available

HERE = Path(__file__).parent
PEERS = {
    "implicit": ("implicit==0.7.3",),
    "RecTools": ("rectools==0.19.*", "pyarrow<20"),
    "LensKit": ("torch==2.13.0", "lenskit==2025.8.1"),
}
PACKAGES = {
    "recsys": ("recsys", "numpy", "scipy", "numba"),
    "implicit": ("implicit", "numpy", "scipy"),
    "RecTools": ("rectools", "numpy", "pm-implicit"),
    "LensKit": ("lenskit", "numpy", "torch"),
}
WORK = {
    "item-knn": "item-knn: fit and ten for everyone",
    "fit": "… of which the fit",
    "rank": "… of which the ranking",
    "factors": "ten for everyone from 64 factors",
    "plain product": "the limit: all scores, thrown away",
    "metrics": "four metrics of everyone's list",
}


@click.command()
@click.option("--runs", default=3, show_default=True, help="Repetitions of each tool's work.")
@click.option("--scales", default="0.1,1,2.5", show_default=True, help="Sizes of the shop.")
@click.option("--threads", default=available(), show_default=True)
def main(runs: int, scales: str, threads: int) -> None:
    """Time ranking and metrics beside the peers."""
    tools: dict[str, list[str | Path]] = {"recsys": [sys.executable, "-m", "benchmarks.peers.ours_speed"]}
    for name, wanted in PEERS.items():
        script = HERE / "peers" / f"{name.lower()}_speed.py"
        tools[name] = [python_with(name.lower(), *wanted), script]
    result: dict[str, Any] = {
        "what": __doc__.splitlines()[0],
        "machine": machine(threads),
        "versions": {name: versions(Path(words[0]), *PACKAGES[name]) for name, words in tools.items()},
        "first run": {"seconds of compiling": _compiling()},
        "scales": {},
    }
    for scale in map(float, scales.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            result["scales"][f"{scale:g}"] = _at(scale, Path(folder), tools, runs, threads)
        (HERE / "results" / "speed.json").write_text(json.dumps(result, indent=2) + "\n")
        (HERE / "results" / "speed.md").write_text(table(result))
    click.echo(table(result))


def _at(
    scale: float, place: Path, tools: Mapping[str, list[str | Path]], runs: int, threads: int
) -> dict[str, Any]:
    """Medians of every tool at one size."""
    bought, later = parted(purchases(scale))
    sparse.save_npz(place / "bought.npz", bought, compressed=False)
    sparse.save_npz(place / "truth.npz", later, compressed=False)
    found: dict[str, Any] = {"customers": bought.shape[0], "products": bought.shape[1], "pairs": bought.nnz}
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in tools}
    for turn in range(runs):
        for name, words in tools.items():
            if name == "LensKit" and turn:  # once: it takes long
                continue
            click.echo(f"scale {scale:g}, run {turn + 1}: {name}", err=True)
            told[name].append(_run([*words, place, str(threads)]))
    for name, said in told.items():
        works = {
            work: round(statistics.median(one["seconds"][work] for one in said), 4)
            for work in said[0]["seconds"]
        }
        if "rank" in works:
            works["item-knn"] = round(works["fit"] + works["rank"], 4)
        found[name] = {"seconds": works, "peak_mb": max(one["peak_mb"] for one in said)}
        if "scores" in said[0]:
            found[name]["scores"] = said[0]["scores"]
    ours, theirs = (np.load(place / f"{name}.npy") for name in ("ours", "implicit"))
    found["same lists as implicit"] = round(float((ours == theirs).mean()), 5)
    return found


def _run(words: list[str | Path]) -> dict[str, Any]:
    env = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    done = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _compiling() -> float:
    """Seconds until the first list where nothing is in the cache of compiled code."""
    code = "import time; from recsys.recommend.kernels import warm; t = time.perf_counter(); warm()"
    with tempfile.TemporaryDirectory() as cache:
        env = {**os.environ, "NUMBA_CACHE_DIR": cache}
        done = subprocess.run(
            [sys.executable, "-c", f"{code}; print(time.perf_counter() - t)"],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
    return round(float(done.stdout), 2)


def table(result: Mapping[str, Any]) -> str:
    """The result as Markdown."""
    lines = ["# Ranking for everyone, beside implicit, RecTools and LensKit\n"]
    for scale, at in result["scales"].items():
        size = f"{at['customers']:,} customers x {at['products']:,} products x {at['pairs']:,} pairs"
        lines += [f"## Scale {scale}: {size}\n", *_rows(at), ""]
        same = f"{at['same lists as implicit']:.2%}"
        lines.append(f"Places of the item-knn lists that hold the same product as implicit's: {same}.\n")
    lines += [
        "Seconds, medians of the runs; in brackets how many times the time of recsys. LensKit ranks one",
        "customer at a time: 2,000 were timed, once, and the seconds multiplied. RecTools' metrics read data",
        "frames, ours arrays; both stood ready. Peak memory is that of the whole process with the matrix.\n",
        f"First run, nothing compiled yet: {result['first run']['seconds of compiling']} s more.\n",
        f"Machine: {json.dumps(result['machine'])}\n",
        f"Versions: {json.dumps(result['versions'])}",
    ]
    return "\n".join(lines) + "\n"


def _rows(at: Mapping[str, Any]) -> list[str]:
    tools = [name for name in ("recsys", *PEERS) if name in at]
    rows = [f"| work | {' | '.join(tools)} |", f"|---|{'---:|' * len(tools)}"]
    for work, said in WORK.items():
        own = at["recsys"]["seconds"][work]
        cells = [_cell(at[name]["seconds"].get(work), own, name) for name in tools]
        rows.append(f"| {said} | {' | '.join(cells)} |")
    rows.append("| peak memory, MB | " + " | ".join(f"{at[name]['peak_mb']:,}" for name in tools) + " |")
    return rows


def _cell(seconds: float | None, own: float, name: str) -> str:
    if seconds is None:
        return "–"
    said = f"{seconds:,.2f}" if seconds >= 0.1 else f"{seconds:.3f}"
    return said if name == "recsys" else f"{said} ({seconds / own:.1f})"


if __name__ == "__main__":
    main()

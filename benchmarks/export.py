"""Lists for everyone, ranked, explained and written: seconds and memory, the fit left out.

python -m benchmarks.export [--size 1000000] [--case SQLite]

A log of 200,000 customers x 20,000 products (`benchmarks.generator`, each pair a line on one of eight
invoices) is judged once, to have a run; then `recsys export` writes lists of 10 by item-knn for everyone,
each time in a process of its own. A size or case that is not asked for keeps its last result.
  seconds       from the first list to the last file: ranking, rules, checks, reasons, writing; `CPU` of both
                threads together, which says more where a machine is shared
  MB beyond     peak of the process while ranking and writing, less what it held when the log was loaded
Results go to benchmarks/results/export.json and export.md.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil
import pyarrow as pa
from pyarrow import parquet

from benchmarks.environment import versions
from benchmarks.generator import sized
from benchmarks.machine import machine
from recsys.core.parallel import available

HERE = Path(__file__).parent
SIZES = {"200000": (200_000, 20_000, 9_600_000), "1000000": (1_000_000, 20_000, 24_000_000)}
PLAIN = ("export.reasons=false",)
RULES = ("export.max_per_family=3", "export.price_weight=0.2", "export.measure_rules=false")
ROOM = ("export.max_lists={room}", "export.measure_rules=false")
CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Parquet, no reasons": ("parquet", PLAIN),
    "Parquet": ("parquet", ()),
    "CSV": ("csv", ()),
    "JSON Lines": ("jsonl", ()),
    "CSV, at most 3 of a family, price_weight 0.2": ("csv", RULES),
    "CSV, a product in at most 1 % of the lists": ("csv", ROOM),
    "CSV, all three rules": ("csv", (*RULES, *ROOM)),
    "SQLite": ("sqlite", ()),
    "SQLite, all three rules": ("sqlite", (*RULES, *ROOM)),
}
CONFIG = """\
name: large
source: {{kind: parquet, path: {path}, columns: {{customer: customer, product: product, time: time,
         invoice: invoice, quantity: quantity, price: price, description: description}}}}
split: {{kind: holdout, holdout_days: 7}}
segments: {{kind: minibatch-kmeans, k: 4}}
recommenders: {{knn: {{kind: item-knn, neighbours: 100}}}}
evaluate: {{k: [10], targets: [new], audit: {{refit: none}}}}
"""
INVOICES, DAYS = 8, 360


@click.command()
@click.option(
    "--size", type=click.Choice(list(SIZES)), multiple=True, default=[next(iter(SIZES))], show_default=True
)
@click.option("--case", type=click.Choice(list(CASES)), multiple=True, default=list(CASES))
@click.option("--threads", default=available(), show_default=True)
@click.option("--one", nargs=3, hidden=True)
def main(
    size: tuple[str, ...], case: tuple[str, ...], threads: int, one: tuple[str, str, str] | None
) -> None:
    """Time the export."""
    if one:
        click.echo(json.dumps(_measured(*one, threads)))
        return
    result: dict[str, Any] = {
        "what": __doc__.splitlines()[0],
        "machine": machine(threads),
        "versions": versions(Path(sys.executable), "recsys", "numpy", "pandas", "pyarrow", "numba"),
        "sizes": {},
    }
    last = HERE / "results" / "export.json"
    if last.is_file():
        result["sizes"] = json.loads(last.read_text())["sizes"]
    for name in size:
        with tempfile.TemporaryDirectory() as folder:
            found = _at(name, Path(folder), case, threads)
        cases = result["sizes"].get(name, {}).get("cases", {}) | found["cases"]
        in_order = {one: cases[one] for one in CASES if one in cases}
        result["sizes"][name] = found | {"cases": in_order}
        last.write_text(json.dumps(result, indent=2) + "\n")
        (HERE / "results" / "export.md").write_text(table(result))
    click.echo(table(result))


def _at(name: str, place: Path, cases: tuple[str, ...], threads: int) -> dict[str, Any]:
    """Some cases on a log of this size."""
    customers, products, draws = SIZES[name]
    click.echo(f"{name}: making the log", err=True)
    lines = write_log(place / "log.parquet", customers, products, draws)
    (place / "large.yaml").write_text(CONFIG.format(path=place / "log.parquet"))
    env = {**os.environ, "PYTHONPATH": str(HERE.parent), "RECSYS_CACHE_DIR": str(place / "cache")}
    click.echo(f"{name}: a run", err=True)
    words = [sys.executable, "-c", "from recsys.cli import main; main()", "evaluate", "-q"]
    config, run = ["--config", str(place / "large.yaml")], ["--out", str(place / "run")]
    subprocess.run([*words, *config, *run], env=env, check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = {"customers": customers, "products": products, "lines": lines, "cases": {}}
    for case in cases:
        kind, rules = CASES[case]
        click.echo(f"{name}: {case}", err=True)
        told = json.dumps([rule.format(room=customers // 100) for rule in rules])
        one = ["--one", str(place), kind, told, "--threads", str(threads)]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.export", *one],
            env=env,
            check=True,
            capture_output=True,
            text=True,
        )
        found["cases"][case] = json.loads(done.stdout.strip().splitlines()[-1])
        click.echo(f"  {found['cases'][case]}", err=True)
    return found


def write_log(path: Path, customers: int, products: int, draws: int) -> int:
    """A log of who bought what, each pair once, on one of the customer's invoices; returns its lines."""
    bought = sized(customers, products, draws, seed=7).tocoo()
    rng = np.random.default_rng(9)
    invoice = bought.row.astype(np.int64) * INVOICES + rng.integers(0, INVOICES, bought.nnz)
    day = rng.integers(0, DAYS, customers * INVOICES)[invoice]
    words = [first + last for first in ("gold", "red", "oak", "tin") for last in "abcdefghijklmnopqrstuvwxyz"]
    texts = [f"{words[a]} {words[b]} {words[c]}" for a, b, c in rng.integers(0, len(words), (products, 3))]
    frame = pa.table(
        {
            "customer": pa.array([f"c{at:07}" for at in range(customers)]).take(pa.array(bought.row)),
            "product": pa.array([f"p{at:05}" for at in range(products)]).take(pa.array(bought.col)),
            "time": pa.array(np.datetime64("2024-01-01", "s") + day * 86_400),
            "invoice": pa.array(invoice),
            "quantity": pa.array(rng.integers(1, 6, bought.nnz)),
            "price": pa.array(np.round(rng.lognormal(1.0, 0.8, products), 2)).take(pa.array(bought.col)),
            "description": pa.array(texts).take(pa.array(bought.col)),
        }
    )
    parquet.write_table(frame, path)
    return int(bought.nnz)


class Watch:
    """A Progress that notes the moments and the memory; a thread looks at the memory meanwhile."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.log_mb = self.peak_mb = 0.0
        self.start: tuple[float, float] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _mb(self) -> float:
        return float(self._process.memory_info().rss / 2**20)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.peak_mb = max(self.peak_mb, self._mb())

    def stage(self, text: str) -> None:
        if text.startswith("fitting"):
            gc.collect()
            pa.default_memory_pool().release_unused()
            ctypes.CDLL(None).malloc_trim(0)  # what loading let go of is no part of the log
            self.log_mb = self._mb()

    def steps(self, total: int) -> None:
        times = self._process.cpu_times()
        self.start = (time.perf_counter(), times.user + times.system)
        self._thread.start()

    def step(self, text: str) -> None: ...

    def done(self) -> None: ...

    def told(self) -> dict[str, float]:
        """Seconds, CPU seconds and MB since the steps began."""
        assert self.start is not None
        self._over.set()
        times = self._process.cpu_times()
        return {
            "seconds": round(time.perf_counter() - self.start[0], 1),
            "CPU seconds": round(times.user + times.system - self.start[1], 1),
            "MB beyond the log": round(self.peak_mb - self.log_mb),
            "MB with the log": round(self.log_mb),
        }


def _measured(place: str, kind: str, rules: str, threads: int) -> dict[str, Any]:
    """One export, in this process. kind: of the files, or sqlite."""
    from recsys.engine.export import export
    from recsys.recommend.kernels import warm

    warm()
    watch = Watch()
    base = Path(place) / "lists.db"
    base.unlink(missing_ok=True)
    where: dict[str, Any] = {"kind": kind}
    if kind == "sqlite":
        where = {"to": f"sqlite:///{base}", "table": "lists"}
    folder = export(
        Path(place) / "run",
        **where,
        out=Path(place) / "lists",
        overrides=json.loads(rules),
        limit=threads,
        progress=watch,
    )
    told = json.loads((folder / "manifest.json").read_text())
    written = [base] if base.is_file() else [folder / file["file"] for file in told["files"]]
    size = sum(file.stat().st_size for file in written)
    rows = sum(file["rows"] for file in told["files"])
    return {**watch.told(), "rows": rows, "MB written": round(size / 2**20)}


def table(result: Mapping[str, Any]) -> str:
    """The result as Markdown."""
    lines = ["# Lists for everyone, ranked, explained and written\n"]
    head = ("seconds", "CPU seconds", "MB beyond the log", "rows", "MB written")
    for at in result["sizes"].values():
        size = f"{at['customers']:,} customers x {at['products']:,} products, {at['lines']:,} lines"
        lines += [f"## {size}\n", f"| lists of 10 by item-knn | {' | '.join(head)} |"]
        lines.append(f"|---|{'---:|' * len(head)}")
        for case, said in at["cases"].items():
            lines.append(f"| {case} | " + " | ".join(f"{said[name]:,}" for name in head) + " |")
        held = max(said["MB with the log"] for said in at["cases"].values())
        lines.append(f"\nWith the log loaded the process held {held:,} MB.\n")
    lines += [
        "From the first list to the last file, the fit left out: ranking, rules, checks, reasons, writing.",
        "Reasons are given unless told otherwise. Memory is the peak of that time, fitted model included.",
        "Where seconds far exceed CPU seconds the machine was shared, and they say little.\n",
        f"Machine: {json.dumps(result['machine'])}\n",
        f"Versions: {json.dumps(result['versions'])}",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

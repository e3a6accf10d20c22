"""What the evidence adds to fitting and ranking: fifteen recommenders, three windows, the reference log.

RECSYS_DATA_DIR=... python -m benchmarks.evidence [--runs 3]

One evaluation a run, in this process, with clocks around its pieces; the quickest counts. Fitting and ranking
is what the run itself reports as the cost of its recommenders. The evidence is what is made of their lists:
metrics of money, repeats and character, intervals, comparisons, verdicts, lists for later windows, ceilings,
sizes of tests, tables.
Keeping scores, reading the log, grouping customers, the leakage audit and the page are told beside it.
Results go to benchmarks/results/evidence.md.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.machine import machine
from recsys.core.judged import Judged
from recsys.core.parallel import available
from recsys.core.protocols import Metric
from recsys.engine import contest, evaluate, tables
from recsys.engine.ageing import Ageing
from recsys.engine.audit import Auditor, Inspector
from recsys.engine.config import read_config
from recsys.engine.store import RunFolder

HERE = Path(__file__).parent
CONFIG = HERE.parent / "configs" / "online_retail_full.yaml"
FIFTEEN = (
    *(
        "popular",
        "popular-28d",
        "segment-bestsellers",
        "repurchase",
        "repurchase-60d",
        "item-cosine",
        "item-tfidf",
    ),
    *("user-cosine", "p3alpha", "ease", "ease-90d", "als", "pure-svd", "content", "blend"),
)
EVIDENCE, BESIDE = "evidence", "beside"
USUAL = ("precision", "recall", "map", "ndcg", "hit", "mrr", "own_share")
"""What a plain evaluation has too; told apart from the rest of the metrics."""
PLAIN, METRICS = "usual metrics (part of the above, not of the evidence)", "metrics of every customer"
PIECES: tuple[tuple[Any, str, str, str], ...] = (
    (contest.Contest, "_score", EVIDENCE, METRICS),
    (RunFolder, "keep", BESIDE, "keeping scores and lists"),
    (Ageing, "kept", EVIDENCE, "lists for later windows"),
    (Ageing, "judged", EVIDENCE, "older lists judged"),
    (evaluate, "ceilings", EVIDENCE, "ceilings"),
    (tables, "leaderboard", EVIDENCE, "leaderboard and intervals"),
    (tables, "decide", EVIDENCE, "comparisons, verdicts, policy"),
    (evaluate, "write_tables", EVIDENCE, "all tables"),
    (evaluate, "load", BESIDE, "reading the log"),
    (evaluate, "group", BESIDE, "grouping customers"),
    (Auditor, "inspector", BESIDE, "leakage audit: other futures"),
    (Inspector, "of", BESIDE, "leakage audit: recommenders"),
    (evaluate, "write_report", BESIDE, "page"),
)
WITHIN = {"leaderboard and intervals": "all tables", "comparisons, verdicts, policy": "all tables"}


def clocked(work: Callable[..., Any], told: dict[str, float], name: str) -> Callable[..., Any]:
    """The same, adding its seconds to told[name]."""

    @wraps(work)
    def timed(*given: Any, **named: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*given, **named)
        finally:
            told[name] = told.get(name, 0.0) + time.perf_counter() - start

    return timed


@dataclass(frozen=True)
class Clocked:
    """A metric whose seconds are told."""

    metric: Metric
    told: dict[str, float]

    @property
    def name(self) -> str:
        return self.metric.name

    def per_customer(self, judged: Judged) -> NDArray[np.float64]:
        found: NDArray[np.float64] = clocked(self.metric.per_customer, self.told, PLAIN)(judged)
        return found


def once(place: Path) -> tuple[dict[str, float], float, float]:
    """Seconds of each piece, of fitting and ranking, and of the whole evaluation."""
    experiment = read_config(CONFIG)
    kept = {name: experiment.recommenders[name] for name in FIFTEEN}
    experiment = experiment.model_copy(update={"recommenders": kept})
    told: dict[str, float] = {}
    before = [(owner, name, getattr(owner, name)) for owner, name, _, _ in PIECES]
    for (owner, name, work), (_, _, _, words) in zip(before, PIECES, strict=True):
        setattr(owner, name, clocked(work, told, words))
    before.append((contest, "metrics", contest.metrics))
    listed = contest.metrics
    contest.metrics = lambda *given, **named: [
        Clocked(one, told) if one.name.split("@")[0] in USUAL else one for one in listed(*given, **named)
    ]
    try:
        start = time.perf_counter()
        run = evaluate.evaluate(experiment, out=place)
        whole = time.perf_counter() - start
    finally:
        for owner, name, work in before:
            setattr(owner, name, work)
    costs = pd.read_csv(run / "costs.csv")
    return told, float((costs["fit_seconds"] + costs["recommend_seconds"]).sum()), whole


@click.command()
@click.option("--runs", default=3, show_default=True, help="Evaluations.")
def main(runs: int) -> None:
    """Time the evidence beside fitting and ranking."""
    os.environ.setdefault("RECSYS_DATA_DIR", "data")
    with tempfile.TemporaryDirectory() as folder:
        found = [once(Path(folder) / str(run)) for run in range(runs + 1)][1:]  # the first compiles
    told, ranked, whole = min(found, key=lambda one: one[2])
    evidence = sum(told[words] for _, _, kind, words in PIECES if kind == EVIDENCE and words not in WITHIN)
    evidence -= told[PLAIN]
    about = machine(available())
    lines = ["# What the evidence costs", "", *(__doc__ or "").splitlines()[4:], ""]
    lines += [f"{about['processor']}, {about['threads']} threads, Python {about['python']}.", ""]
    lines += ["| piece | seconds |", "|---|---:|", f"| **fitting and ranking** | **{ranked:.2f}** |"]
    lines += [f"| **evidence, {evidence / ranked:.0%} of that** | **{evidence:.2f}** |"]
    for _, _, kind, words in PIECES:
        if kind == EVIDENCE:
            part = f" (of {WITHIN[words]})" if words in WITHIN else ""
            lines.append(f"| {words}{part} | {told[words]:.2f} |")
        if words == METRICS:
            lines.append(f"| {PLAIN} | {told[PLAIN]:.2f} |")
    lines += [f"| beside: {words} | {told[words]:.2f} |" for _, _, kind, words in PIECES if kind == BESIDE]
    lines.append(
        f"| whole evaluation, {whole / ranked - 1:.0%} more than fitting and ranking | {whole:.2f} |"
    )
    (HERE / "results" / "evidence.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo("\n".join(lines))


if __name__ == "__main__":
    main()

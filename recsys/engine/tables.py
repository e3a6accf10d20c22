"""The tables of a run folder, put together from what each window and recommender left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any

import pandas as pd

from recsys.engine.ab_sizes import ab_sizes, asked
from recsys.engine.ageing import ageing
from recsys.engine.ceilings import COLUMNS as CEILINGS
from recsys.engine.changes import changes
from recsys.engine.config import as_yaml
from recsys.engine.decide import decide, panels
from recsys.engine.frontier import frontier
from recsys.engine.funnel import COLUMNS as FUNNEL
from recsys.engine.later import COLUMNS as BOUGHT_LATER
from recsys.engine.leaderboard import leaderboard
from recsys.engine.overlap import COLUMNS as OVERLAP
from recsys.engine.overlap import overlaps
from recsys.engine.spec import Experiment
from recsys.engine.stability import stability
from recsys.engine.store import RunFolder
from recsys.measure.segments import ALL

SEGMENTS = ["window", "customer", "segment"]
PROFILE = [
    "window",
    "segment",
    "customers",
    "customer_share",
    "revenue",
    "revenue_share",
    "orders",
    "top_products",
]
COSTS = ["window", "recommender", "fit_seconds", "recommend_seconds", "peak_mb"]


@dataclass(frozen=True, eq=False)
class Gathered:
    """What the windows told beside the scores, as rows of tables."""

    windows: list[dict[str, Any]] = field(default_factory=list)
    funnel: list[dict[str, Any]] = field(default_factory=list)
    bought_later: list[dict[str, Any]] = field(default_factory=list)
    ceilings: list[dict[str, Any]] = field(default_factory=list)
    segments: list[pd.DataFrame] = field(default_factory=list)
    profiles: list[pd.DataFrame] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)

    @property
    def segment_names(self) -> list[str]:
        """Every segment in its order; empty without segments."""
        return list(dict.fromkeys(name for table in self.profiles for name in table["segment"]))

    @property
    def with_history(self) -> dict[tuple[int, str], int]:
        """Customers with history, by (window, segment)."""
        found = {(told["window"], ALL): int(told["customers"]) for told in self.windows}
        for table in self.profiles:
            rows = zip(table["window"], table["segment"], table["customers"], strict=True)
            found |= {(int(window), str(segment)): int(number) for window, segment, number in rows}
        return found


def joined(told: Iterable[Gathered]) -> Gathered:
    """What several windows told, in their order; all have the same evidence."""
    whole = Gathered()
    for one in told:
        for part in fields(Gathered):
            if part.name != "evidence" or not whole.evidence:
                getattr(whole, part.name).extend(getattr(one, part.name))
    return whole


def write_tables(
    folder: RunFolder, experiment: Experiment, ledger: pd.DataFrame, gathered: Gathered
) -> dict[str, str]:
    """Every table as CSV, and policy.yaml; returns each file's sha256."""
    parts, funnel, costs = {}, list(gathered.funnel), []
    for window in (told["window"] for told in gathered.windows):
        for name in experiment.recommenders:
            part = folder.part(window, name)
            if part is None:
                raise RuntimeError(f"window {window} of {name} is not finished")
            parts[window, name] = part
            funnel += part["funnel"]
            costs.append({"window": window, "recommender": name, **part["costs"]})
    board = leaderboard(folder.path, parts, gathered.segment_names, gathered.with_history, experiment.seed)
    days = {told["window"]: told["judged_from"] for told in gathered.windows}
    scores = panels(folder.path, experiment, days)
    decision = decide(experiment, scores, days)
    tables = {
        "ledger": ledger,
        "funnel": pd.DataFrame(funnel, columns=FUNNEL),
        "ceilings": pd.DataFrame(gathered.ceilings, columns=CEILINGS),
        "bought_later": pd.DataFrame(gathered.bought_later, columns=BOUGHT_LATER),
        "segments": _stacked(gathered.segments, SEGMENTS),
        "segment_profile": _stacked(gathered.profiles, PROFILE),
        "leaderboard": board,
        "costs": pd.DataFrame(costs, columns=COSTS),
        "frontier": frontier(experiment, scores, decision.comparisons, costs),
        "overlap": pd.DataFrame(overlaps(folder, experiment, days), columns=OVERLAP),
        **decision.tables(),
        "ageing": ageing(folder, experiment, list(days)),
        "ab_sizes": _ab_sizes(folder, experiment, decision.policy, gathered),
        "changes": changes(board, experiment.evaluate.decide.metric, experiment.evaluate.decide.k),
        "stability": stability(board, experiment.evaluate.decide.metric, experiment.evaluate.decide.k),
    }
    texts = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    texts["policy.yaml"] = as_yaml(decision.policy)
    for name, text in texts.items():
        (folder.path / name).write_text(text, encoding="utf-8", newline="\n")
    return {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}


def _ab_sizes(
    folder: RunFolder, experiment: Experiment, policy: dict[str, Any], gathered: Gathered
) -> pd.DataFrame:
    """The sizes of A/B tests, from the scores of the latest window."""
    latest = min(told["window"] for told in gathered.windows)
    sent = {segment: number for (at, segment), number in gathered.with_history.items() if at == latest}
    names = {metric: f"{metric}@{experiment.evaluate.decide.k}" for metric in asked(experiment)}
    held = {metric: panels(folder.path, experiment, [latest], name) for metric, name in names.items()}
    return ab_sizes(experiment, policy, held, sent)


def _stacked(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """The tables of all windows; only a header where there are no segments."""
    return pd.concat(tables) if tables else pd.DataFrame(columns=columns)

"""What one evaluation left in its folder, read back and checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recsys.core.errors import RunError, nearest
from recsys.report.intact import check_files
from recsys.report.tables import read_table

FORMAT = 1

LEADERBOARD = ("window", "target", "segment", "recommender", "metric", "k", "value", "customers")
FUNNEL = ("window", "target", "segment", "recommender", "stage", "customers")
LEDGER = ("rule", "lines", "customers", "revenue")
COSTS = ("window", "recommender", "fit_seconds", "recommend_seconds", "peak_mb")
VERDICTS = (
    *("scope", "target", "segment", "verdict", "serve", "among", "best", "customers", "needs"),
    *("difference", "ci_low", "ci_high", "policy_serves"),
)
POLICY = (
    *("target", "segment", "metric", "k", "policy", "best_single", "hindsight", "ci_low", "ci_high"),
    *("customers", "served", "single", "optimism"),
)
PROFILE = ("window", "segment", "customers")
CEILINGS = ("window", "target", "segment", "of", "metric", "k", "value", "customers")
FRONTIER = (
    *("target", "recommender", "metric", "k", "value", "seconds", "peak_mb"),
    *("on_frontier", "on_memory_frontier", "within_noise_of_best", "cheapest"),
)
AB_SIZES = (
    *("target", "segment", "metric", "k", "served", "baseline", "difference", "spread", "customers"),
    *("comes_back", "buyers_per_arm", "customers_per_arm", "detectable", "tells"),
)
AGEING = (
    *("target", "recommender", "metric", "k", "days", "customers", "value", "fresh"),
    *("difference", "ci_low", "ci_high", "change", "change_low", "change_high"),
)
STABILITY = ("target", "segment", "recommender", "figure", "value", "windows")
OVERLAP = ("window", "target", "k", "a", "b", "jaccard", "customers")
BOUGHT_LATER = (
    *("window", "segment", "customers", "pairs", "pairs_in_catalogue", "pairs_before"),
    *("spend", "spend_in_catalogue", "spend_before"),
)


COMPARISONS = (
    *("window", "target", "segment", "metric", "k", "a", "b", "difference", "ci_low", "ci_high"),
    *("p", "p_holm", "effect", "verdict", "customers", "detectable"),
)
DATA = ("table", "name", "figure", "value")
CHANGES = ("target", "recommender", "earlier", "window", "segment", "before", "after", "mix", "model")
SENSITIVITY = ("question", "target", "segment", "served", "serves", "stands")


@dataclass(frozen=True, eq=False)
class Run:
    """The manifest and the summary tables of one finished run."""

    folder: Path
    manifest: dict[str, Any]
    leaderboard: pd.DataFrame
    funnel: pd.DataFrame
    ledger: pd.DataFrame
    costs: pd.DataFrame
    profile: pd.DataFrame
    verdicts: pd.DataFrame
    policy_result: pd.DataFrame
    bought_later: pd.DataFrame
    overlap: pd.DataFrame
    ceilings: pd.DataFrame
    changes: pd.DataFrame
    sensitivity: pd.DataFrame
    frontier: pd.DataFrame
    ab_sizes: pd.DataFrame
    ageing: pd.DataFrame
    stability: pd.DataFrame
    data: pd.DataFrame
    comparisons: pd.DataFrame
    config_text: str = ""
    audit: dict[str, Any] | None = None

    @property
    def currency(self) -> str:
        """What money is counted in; empty where the config does not say."""
        return str(self.manifest["config"].get("currency") or "")

    def __repr__(self) -> str:
        return f"Run({self.manifest['name']!r}, {self.manifest['run_id']!r})"


def read_run(folder: Path) -> Run:
    """One run folder; RunError where it is none, incomplete, changed, or written by a newer recsys."""
    folder = Path(folder)
    manifest = _manifest(folder)
    check_files(folder, manifest.get("files") or {})
    segmented = bool((manifest.get("segments") or {}).get("names"))
    return Run(
        folder=folder,
        manifest=manifest,
        leaderboard=read_table(folder / "leaderboard.csv", LEADERBOARD),
        funnel=read_table(folder / "funnel.csv", FUNNEL),
        ledger=read_table(folder / "ledger.csv", LEDGER),
        costs=read_table(folder / "costs.csv", COSTS),
        profile=read_table(folder / "segment_profile.csv", PROFILE, needed=segmented),
        verdicts=read_table(folder / "verdicts.csv", VERDICTS, needed=False),
        policy_result=read_table(folder / "policy_result.csv", POLICY, needed=False),
        bought_later=read_table(folder / "bought_later.csv", BOUGHT_LATER, needed=False),
        overlap=read_table(folder / "overlap.csv", OVERLAP, needed=False),
        ceilings=read_table(folder / "ceilings.csv", CEILINGS, needed=False),
        changes=read_table(folder / "changes.csv", CHANGES, needed=False),
        sensitivity=read_table(folder / "sensitivity" / "sensitivity.csv", SENSITIVITY, needed=False),
        frontier=read_table(folder / "frontier.csv", FRONTIER, needed=False),
        ab_sizes=read_table(folder / "ab_sizes.csv", AB_SIZES, needed=False),
        ageing=read_table(folder / "ageing.csv", AGEING, needed=False),
        stability=read_table(folder / "stability.csv", STABILITY, needed=False),
        data=read_table(folder / "data.csv", DATA, needed=False),
        comparisons=read_table(folder / "comparisons.csv", COMPARISONS, needed=False, names=["window"]),
        config_text=_config_text(folder, manifest),
        audit=_audit(folder),
    )


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.json"
    if not folder.is_dir():
        raise RunError(f"no folder {str(folder)!r}: expected a run folder{_neighbour(folder)}")
    if not path.is_file():
        raise RunError(
            f"{str(folder)!r} holds no manifest.json: expected the folder of a finished run; "
            "name one that `recsys evaluate` printed, or run it again to resume an unfinished one"
        )
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except ValueError as cause:
        raise RunError(f"{str(path)!r} is not JSON ({cause}): run `recsys evaluate` again") from cause
    _check(manifest, path)
    return dict(manifest)


def _audit(folder: Path) -> dict[str, Any] | None:
    """The leakage audit; None for a run of before there was one."""
    path = folder / "audit.json"
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
    except ValueError as cause:
        raise RunError(f"{str(path)!r} is not JSON ({cause}): run `recsys evaluate` again") from cause
    return found


def _check(manifest: Any, path: Path) -> None:
    """The keys that every table needs; the rest is shown where it is there."""
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(found, int):
        raise RunError(f"{str(path)!r} has no format: expected a run's manifest; run `recsys evaluate` again")
    if found > FORMAT:
        raise RunError(
            f"{str(path)!r} has format {found}: expected {FORMAT} or less; "
            "update recsys, or run `recsys evaluate` again with this version"
        )
    for dotted in ("name", "run_id", "windows", "config.evaluate.decide.metric", "config.evaluate.decide.k"):
        value: Any = manifest
        for key in dotted.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            raise RunError(f"{str(path)!r} lacks {dotted!r}: run `recsys evaluate` again")


def _neighbour(folder: Path) -> str:
    """A hint at the folder that was probably meant."""
    if not folder.parent.is_dir():
        return "; give the path that `recsys evaluate` printed"
    beside = sorted(path.name for path in folder.parent.iterdir() if (path / "manifest.json").is_file())
    return nearest(folder.name, beside) or "; give the path that `recsys evaluate` printed"


def _config_text(folder: Path, manifest: dict[str, Any]) -> str:
    """The config as the user wrote it, else as the run resolved it (JSON is YAML too)."""
    path = folder / "config.yaml"
    if path.is_file():
        return path.read_text("utf-8", errors="replace")
    return json.dumps(manifest["config"], indent=2, ensure_ascii=False, default=str)

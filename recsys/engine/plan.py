"""Who serves whom in an export: one recommender, or what a run's policy names for each segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from recsys.core.errors import RunError, nearest
from recsys.core.fold import Target
from recsys.engine.spec import Experiment
from recsys.measure.segments import NO_HISTORY


def best(run: Path, experiment: Experiment, target: Target) -> str:
    """The recommender with the highest mean of the deciding metric over the windows; ties: first listed."""
    decide = experiment.evaluate.decide
    board = pd.read_csv(run / "leaderboard.csv", keep_default_na=False, na_values={"value": [""]})
    at = (board["target"] == str(target)) & (board["segment"] == "all")
    at &= (board["metric"] == decide.metric) & (board["k"] == decide.k)
    means = board[at].groupby("recommender")["value"].mean()
    judged = [name for name in experiment.recommenders if name in means.index]
    if not judged:
        raise RunError(
            f"the run has no {decide.metric}@{decide.k} for target {str(target)!r}: expected somebody judged "
            "on it; name a recommender with --recommender, or another --target"
        )
    return max(judged, key=lambda name: float(means[name]))


@dataclass(frozen=True)
class Plan:
    """Who serves whom: `otherwise` all segments that `segments` does not name; newcomers: see policy.yaml."""

    otherwise: str
    segments: Mapping[str, str] = field(default_factory=dict)
    newcomers: str | None = None

    @property
    def names(self) -> list[str]:
        """Every recommender of the plan."""
        found = [*self.segments.values(), *([self.newcomers] if self.newcomers else [])]
        return list(dict.fromkeys(found or [self.otherwise]))

    def of(self, segment: str) -> str:
        return self.segments.get(segment, self.otherwise)


def read_policy(run: Path, target: Target) -> Plan:
    """The policy of one target. Raises RunError where the run has none."""
    path = run / "policy.yaml"
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["targets"][str(target)]
        segments = {str(name): str(told["serve"]) for name, told in found["segments"].items()}
        newcomers = segments.pop(NO_HISTORY, None)
        return Plan(str(found["best_single"]), segments, newcomers)
    except (OSError, YAMLError, LookupError, TypeError, AttributeError) as error:
        raise RunError(
            f"{str(path)!r} has no policy for target {str(target)!r} ({type(error).__name__}): expected what "
            "recsys evaluate writes; evaluate with this target, or name a recommender with --recommender"
        ) from None


def told(plan: Plan, experiment: Experiment) -> dict[str, Any]:
    """What the manifest says of a plan."""
    made = {name: experiment.recommenders[name].model_dump(mode="json") for name in plan.names}
    if not plan.segments:
        return {"recommender": {"name": plan.otherwise, **made[plan.otherwise]}}
    serve = dict(plan.segments) | ({NO_HISTORY: plan.newcomers} if plan.newcomers else {})
    return {"policy": serve, "recommenders": made}


def check_name(name: str, experiment: Experiment) -> None:
    """Raise RunError for a recommender that the run does not have."""
    names = list(experiment.recommenders)
    if name not in names:
        raise RunError(
            f"{name!r} is no recommender of this run: expected one of {', '.join(names)}"
            f"{nearest(name, names)}"
        )

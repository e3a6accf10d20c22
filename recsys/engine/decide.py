"""From scores to a decision: comparisons, verdicts, and a policy judged on the window it did not see.

The policy names a recommender for each segment. It is chosen on the earlier windows and judged on the latest,
beside the best single recommender of those windows and beside the best of each segment in hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.engine.spec import Experiment
from recsys.engine.store import scores_if_any
from recsys.measure.panel import Panel
from recsys.measure.resample import interval, mean, resampled_means
from recsys.measure.segments import ALL, NO_HISTORY
from recsys.measure.verdict import TOO_FEW, Contrast, Evidence, Verdict, evidence

EARLIER, POOLED = "earlier", "pooled"
"""Scopes beside a window's number: the windows that choose the policy, and all of them."""

COMPARISONS = [
    *("window", "target", "segment", "metric", "k", "a", "b", "difference", "ci_low", "ci_high"),
    *("p", "p_holm", "effect", "verdict", "customers", "detectable"),
]
VERDICTS = [
    *("scope", "target", "segment", "verdict", "serve", "among", "best", "customers", "needs"),
    *("difference", "ci_low", "ci_high", "policy_serves"),
]
RESULT = [
    *("target", "segment", "metric", "k", "policy", "best_single", "hindsight", "ci_low", "ci_high"),
    *("customers", "served", "single", "optimism"),
]


@dataclass(frozen=True, eq=False)
class Decision:
    """Rows of comparisons, verdicts and policy_result, and what policy.yaml says."""

    comparisons: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    result: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """comparisons, verdicts and policy_result by name."""
        return {
            "comparisons": pd.DataFrame(self.comparisons, columns=COMPARISONS),
            "verdicts": pd.DataFrame(self.verdicts, columns=VERDICTS),
            "policy_result": pd.DataFrame(self.result, columns=RESULT),
        }


def decide(experiment: Experiment, panels: Mapping[str, Panel], windows: Mapping[int, str]) -> Decision:
    """The decision of every target; windows: number -> the day it is judged from, latest (0) first."""
    by = experiment.evaluate.decide
    earlier = sorted(windows)[1:] or sorted(windows)
    judged = len(windows) > 1
    found = Decision()
    found.policy.update(
        decided_by=f"{by.metric}@{by.k}",
        margin=by.margin,
        baseline=experiment.baseline,
        chosen_on=[windows[window] for window in earlier],
        judged_on=windows[min(windows)] if judged else None,
        targets={},
    )
    for target, panel in panels.items():
        scopes: dict[str, list[int]] = {str(window): [window] for window in sorted(windows)}
        if judged:
            scopes |= {EARLIER: list(earlier), POOLED: sorted(windows)}
        proofs: dict[str, Evidence] = {}
        for scope, held in scopes.items():
            rng = _generator(experiment.seed, target, held)
            proofs[scope] = evidence(panel, held, experiment.baseline, by.margin, rng)
            found.comparisons.extend(
                _row(one, scope, target, by.metric, by.k) for one in proofs[scope].contrasts
            )
        chooser = EARLIER if judged else str(min(windows))
        choice = proofs[chooser].verdicts
        serve = serving(choice)
        for scope, proof in proofs.items():
            policy = serve if scope == chooser else {}
            over = {(one.segment, one.a): one for one in proof.contrasts if one.b == experiment.baseline}
            found.verdicts.extend(
                _verdict(one, scope, target, policy, over) for one in proof.verdicts.values()
            )
        found.policy["targets"][target] = _policy(choice)
        if judged:
            rng = _generator(experiment.seed, target, [])
            found.result.extend(_judged(panel, min(windows), serve, target, by.metric, by.k, rng))
    return found


def _generator(seed: int, target: str, windows: Sequence[int]) -> np.random.Generator:
    """The randomness of one scope: the same windows tell the same, whatever else is judged."""
    return np.random.default_rng([seed, 2**32 - 3, crc32(target.encode()), len(windows), *windows])


def panels(
    folder: Path, experiment: Experiment, windows: Iterable[int], metric: str | None = None
) -> dict[str, Panel]:
    """The stored scores of every target at a metric (map@10), by default the one that decides.

    folder: of a run finished or in the making.
    """
    by = experiment.evaluate.decide
    metric = metric or f"{by.metric}@{by.k}"
    found = {}
    for target in map(str, experiment.evaluate.targets):
        frames = {
            (window, name): scores
            for window in sorted(windows)
            for name in experiment.recommenders
            if (scores := scores_if_any(folder, window, target, name, [metric])) is not None
        }
        if frames:
            found[target] = Panel.of(frames, metric)
    return found


def serving(verdicts: Mapping[str, Verdict]) -> dict[str, str]:
    """What each segment is served.

    A segment leaves what the whole shop is served only where its own customers show why: not where too few
    of them can tell, and not in a tie that holds the shop's choice. Other ties go to the first listed.
    """
    shop = verdicts[ALL].serve if ALL in verdicts else ""
    return {
        segment: shop if shop in one.among or (one.kind == TOO_FEW and segment != NO_HISTORY) else one.serve
        for segment, one in verdicts.items()
    }


def _policy(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    serve = serving(verdicts)
    return {
        "best_single": serve.get(ALL),
        "segments": {
            segment: {"serve": serve[segment], "why": str(one), "customers": one.customers}
            for segment, one in verdicts.items()
            if segment != ALL
        },
    }


def _judged(
    panel: Panel,
    latest: int,
    serve: Mapping[str, str],
    target: str,
    metric: str,
    k: int,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """The policy on the latest window: for everyone with history, in each segment, and for those without.

    The best single recommender has no figures where it does not serve people without history.
    """
    single = serve.get(ALL)
    rows: list[dict[str, Any]] = []
    for segment in panel.segments:
        at = panel.rows(segment, [latest])
        if single is None or (segment == NO_HISTORY and segment not in serve):
            continue
        scores, of = panel.scores[at], panel.segment[at]
        mine = served_scores(scores, of, panel.names, serve, single)
        alone = scores[:, panel.names.index(single)]
        wise = served_scores(scores, of, panel.names, _hindsight(scores, of, panel.names), single)
        if np.isnan(mine).all():
            continue
        low, high = interval(resampled_means((mine - alone)[:, None], rng))
        policy, best_single, hindsight = mean(np.column_stack([mine, alone, wise])).tolist()
        rows.append(
            {
                "target": target,
                "segment": segment,
                "metric": metric,
                "k": k,
                "policy": policy,
                "best_single": best_single,
                "hindsight": hindsight,
                "ci_low": float(low[0]),
                "ci_high": float(high[0]),
                "customers": int((~np.isnan(mine)).sum()),
                "served": serve.get(segment, single) if segment != ALL else "",
                "single": single,
                "optimism": hindsight - policy,
            }
        )
    return rows


def served_scores(
    scores: NDArray[np.float64],
    segments: NDArray[np.object_],
    names: tuple[str, ...],
    serve: Mapping[str, str],
    otherwise: str,
) -> NDArray[np.float64]:
    """Each customer's score under what their segment is served; scores: (n, recommenders)."""
    column = {name: at for at, name in enumerate(names)}
    at = np.array([column[serve.get(str(segment), otherwise)] for segment in segments], dtype=np.intp)
    return scores[np.arange(len(scores)), at]


def _hindsight(
    scores: NDArray[np.float64], segments: NDArray[np.object_], names: tuple[str, ...]
) -> dict[str, str]:
    """The recommender with the highest mean in each segment of these very customers."""
    found = {}
    for segment in dict.fromkeys(segments):
        means = mean(scores[segments == segment])
        if not np.isnan(means).all():
            found[str(segment)] = names[int(np.nanargmax(means))]
    return found


def _row(one: Contrast, window: str, target: str, metric: str, k: int) -> dict[str, Any]:
    values = {"window": window, "target": target, "segment": one.segment, "metric": metric, "k": k}
    values |= {"a": one.a, "b": one.b, "difference": one.difference, "ci_low": one.low, "ci_high": one.high}
    values |= {"p": one.p, "p_holm": one.p_holm, "effect": one.effect, "verdict": one.verdict}
    return values | {"customers": one.customers, "detectable": one.detectable}


def _verdict(
    one: Verdict,
    scope: str,
    target: str,
    policy: Mapping[str, str],
    over: Mapping[tuple[str, str], Contrast],
) -> dict[str, Any]:
    """A row of verdicts.csv: the difference is what the served one has over the baseline.

    Where the baseline is served, it is that of the best challenger. over: by (segment, recommender).
    """
    values: dict[str, Any] = {"scope": scope, "target": target, "segment": one.segment, "verdict": one.kind}
    values |= {"serve": one.serve, "among": "|".join(one.among), "best": one.best}
    values |= {"customers": one.customers, "needs": one.needs, "policy_serves": policy.get(one.segment, "")}
    apart = over.get((one.segment, policy.get(one.segment, one.serve)), one.contrast)
    if apart is not None:
        values |= {"difference": apart.difference, "ci_low": apart.low, "ci_high": apart.high}
    return values

"""From offline to online: how large an A/B test has to be to find what was observed here.

One group is sent the lists of the policy, the other those of the baseline. A test as long as a window is
meant, judged by the metric on those who come back and buy; so its size is told in customers who come back,
and in customers to send lists to. What is expected is what the latest window showed, which took no part in
the choice wherever there is an earlier one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.engine.decide import served_scores
from recsys.engine.spec import Experiment
from recsys.measure.panel import Panel
from recsys.measure.resample import arm_size, detectable, deviation, mean
from recsys.measure.segments import ALL, NO_HISTORY

COLUMNS = [
    *("target", "segment", "metric", "k", "served", "baseline", "difference", "spread", "customers"),
    *("comes_back", "buyers_per_arm", "customers_per_arm", "detectable", "tells"),
]
"""difference: of the served recommender to the baseline. spread: standard deviation of a customer's score.
customers: with history. comes_back: share of them who are judged. *_per_arm: with 80 % power, alpha .05,
two-sided; infinite where nothing differs. detectable: the least difference that the whole segment in two
halves finds. tells: yes, no, or `same` where the baseline itself is served.
"""
HIT = "hit"
YES, NO, SAME = "yes", "no", "same"


def ab_sizes(
    experiment: Experiment,
    policy: Mapping[str, Any],
    panels: Mapping[str, Mapping[str, Panel]],
    with_history: Mapping[str, int],
) -> pd.DataFrame:
    """A row per target, segment and metric: the one that decides, and the share with a hit.

    policy: of each target, as in policy.yaml. panels: by metric and target, of the latest window;
    with_history: customers of each segment there; one that it does not name cannot be sent lists.
    """
    rows: list[dict[str, Any]] = []
    for target, told in policy["targets"].items():
        serve = {segment: str(one["serve"]) for segment, one in told["segments"].items()}
        for metric in asked(experiment):
            panel = panels[metric].get(target)
            if panel is None or told["best_single"] is None:
                continue
            of = {"target": target, "metric": metric, "k": experiment.evaluate.decide.k}
            of["baseline"] = experiment.baseline
            rows += [of | row for row in _rows(panel, serve, told["best_single"], experiment, with_history)]
    return pd.DataFrame(rows, columns=COLUMNS)


def asked(experiment: Experiment) -> tuple[str, ...]:
    """The metrics that a test is sized for."""
    return tuple(dict.fromkeys((experiment.evaluate.decide.metric, HIT)))


def _rows(
    panel: Panel, serve: Mapping[str, str], single: str, experiment: Experiment, customers: Mapping[str, int]
) -> list[dict[str, Any]]:
    """One of each segment that can be sent lists, `all` first."""
    mine = served_scores(panel.scores, panel.segment, panel.names, serve, single)
    base = panel.scores[:, panel.names.index(experiment.baseline)]
    rows = []
    for segment in (name for name in panel.segments if customers.get(name)):
        at = panel.rows(segment, panel.windows)
        pair = np.column_stack([mine, base])[at]
        pair = pair[~np.isnan(pair).any(axis=1)]
        if len(pair):
            names = _served(serve, single, segment, panel.segment[at].tolist())
            row = _sized(pair, customers[segment], same=names == {experiment.baseline})
            rows.append({"segment": segment, "served": names.pop() if len(names) == 1 else ""} | row)
    return rows


def _served(serve: Mapping[str, str], single: str, segment: str, there: Sequence[str]) -> set[str]:
    """Who is served in a segment; in `all` perhaps several."""
    return {
        serve.get(name, single) for name in (there if segment == ALL else [segment]) if name != NO_HISTORY
    }


def _sized(pair: NDArray[np.float64], customers: int, *, same: bool) -> dict[str, Any]:
    """pair: (judged, 2), the scores of what is served and of the baseline."""
    served, base = mean(pair).tolist()
    spread = math.sqrt(float((deviation(pair) ** 2).mean()))
    back = len(pair) / customers
    arm = arm_size(served - base, spread)
    arm = 1.0 if arm < 1 else arm  # where nobody differs from anybody
    sent = float(math.ceil(arm / back)) if math.isfinite(arm) else arm
    row: dict[str, Any] = {"difference": served - base, "spread": spread, "customers": customers}
    row |= {"comes_back": back, "buyers_per_arm": arm, "customers_per_arm": sent}
    # Two groups of n: the variance of the difference of their means is that of one mean of 2 s^2.
    row |= {"detectable": detectable(math.sqrt(2) * spread, len(pair) // 2)}
    return row | {"tells": SAME if same else YES if 2 * sent <= customers else NO}

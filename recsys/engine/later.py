"""What was bought later, in pairs and in money: how much could be named, and how much was bought before."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys.core.fold import Fold, Target
from recsys.core.ids import NOTHING
from recsys.engine.funnel import segment_names
from recsys.measure.segments import ALL, NO_HISTORY, groups

COLUMNS = [
    *("window", "segment", "customers", "pairs", "pairs_in_catalogue", "pairs_before"),
    *("spend", "spend_in_catalogue", "spend_before"),
]
"""pairs: distinct (customer, product). spend: net of returns inside the future, NaN without prices. before:
what the same customer had bought before the cutoff.
"""


def bought_later(fold: Fold) -> list[dict[str, Any]]:
    """A row per segment that bought, `all` (everyone with history) first."""
    every, reached = fold.bought_later, fold.truth(Target.ANY)
    named = (fold.future_products != NOTHING).astype(np.float64)
    before = fold.known.history.bought[reached.customers]
    of_everyone = {
        "pairs": _whole(every.sizes),
        "pairs_in_catalogue": _whole(every.bought @ named),
        "spend": _flat(every.spend.sum(axis=1)),
        "spend_in_catalogue": every.spend @ named,
    }
    of_reached = {
        "pairs_before": _whole(reached.bought.multiply(before).sum(axis=1)),
        "spend_before": _flat(reached.spend.multiply(before).sum(axis=1)),
    }
    members = dict(groups(segment_names(reached.customers, fold.known.segmentation)))
    buyers = dict(groups(segment_names(every.customers, fold.known.segmentation)))
    names = fold.known.segmentation.names if fold.known.segmentation else ()
    rows = []
    for segment in (name for name in (ALL, *names, NO_HISTORY) if name in buyers):
        at = buyers[segment]
        inside = members.get(segment, np.empty(0, dtype=np.intp))
        row = {name: values[at].sum().round(2) for name, values in of_everyone.items()}
        row |= {name: values[inside].sum().round(2) for name, values in of_reached.items()}
        if not fold.future.priced:
            row |= dict.fromkeys((name for name in row if name.startswith("spend")), np.nan)
        rows.append({"window": fold.window, "segment": segment, "customers": len(at)} | row)
    return rows


def _flat(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64).ravel()


def _whole(values: ArrayLike) -> NDArray[np.int64]:
    return np.rint(_flat(values)).astype(np.int64)

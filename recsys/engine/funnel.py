"""How many of the future buyers could be judged, and how many a recommender served."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.core.fold import Fold, Target
from recsys.core.ids import NOTHING
from recsys.core.segmentation import Segmentation
from recsys.core.topk import TopK
from recsys.measure.segments import ALL, NO_HISTORY, groups

COLUMNS = ["window", "target", "segment", "recommender", "stage", "customers"]


def segment_names(codes: NDArray[np.int32], segmentation: Segmentation | None) -> NDArray[np.object_]:
    """The segment of each customer code: `(no history)` for NOTHING, `all` where there are no segments."""
    if segmentation is None:
        return np.where(codes == NOTHING, NO_HISTORY, ALL).astype(object)
    names = np.array([*segmentation.names, NO_HISTORY], dtype=object)
    at = np.where(codes == NOTHING, len(names) - 1, segmentation.codes[codes])
    return names[at]


def reach(fold: Fold, target: Target) -> list[dict[str, Any]]:
    """Rows of the funnel that do not depend on a recommender."""
    segmentation = fold.known.segmentation
    everyone = segment_names(fold.future_customers, segmentation)
    judged = segment_names(fold.truth(target).customers, segmentation)
    with_history = everyone[everyone != NO_HISTORY]

    def row(segment: str, stage: str, customers: int) -> dict[str, Any]:
        return _row(fold.window, target, segment, "", stage, customers)

    rows = [
        row(ALL, "future buyers", len(everyone)),
        row(ALL, "without history", len(everyone) - len(with_history)),
        row(ALL, "with history", len(with_history)),
        row(ALL, "with reachable truth", len(judged)),
    ]
    for name in segmentation.names if segmentation else ():
        rows.append(row(name, "with history", int((with_history == name).sum())))
        rows.append(row(name, "with reachable truth", int((judged == name).sum())))
    if target is Target.ANY:
        rows.append(row(NO_HISTORY, "future buyers", len(everyone) - len(with_history)))
        rows.append(row(NO_HISTORY, "with reachable truth", len(fold.newcomers)))
    return rows


def served(
    window: int, target: Target, recommender: str, lists: TopK, segments: NDArray[np.object_]
) -> list[dict[str, Any]]:
    """Customers whom the recommender gave at least one product of its own, per segment."""
    got = lists.lengths > 0
    return [
        _row(window, target, segment, recommender, "served", int(got[at].sum()))
        for segment, at in groups(segments)
    ]


def _row(
    window: int, target: Target, segment: str, recommender: str, stage: str, customers: int
) -> dict[str, Any]:
    values = (window, str(target), segment, recommender, stage, customers)
    return dict(zip(COLUMNS, values, strict=True))

"""The targets and metrics, one line each."""

from __future__ import annotations

from recsys.report.board import Board
from recsys.report.document import Paragraph, Section, Terms
from recsys.report.words import METRICS, OWN_SHARE_MEANING, TELLING, metric_label, target

_BEYOND = "Beyond accuracy more is not always better, and not every figure is a share."


def meanings(board: Board) -> Section:
    """Only what this report shows."""
    targets = tuple(
        (target(name).title, f"{target(name).counts} {target(name).caution}".strip())
        for name in board.targets
    )
    metrics = tuple((metric_label(name), METRICS[name]) for name in board.metrics if name in METRICS)
    own = ("own places", OWN_SHARE_MEANING)
    told = (
        "Each metric is computed per customer, then averaged over customers; @k means over the first k "
        "places of a list. All lie between 0 and 1, and more is better."
    )
    beyond = tuple((metric_label(name), TELLING[name][0]) for name in TELLING if name in board.metrics)
    more = (Paragraph(_BEYOND), Terms(beyond)) if beyond else ()
    return Section("What the words mean", (Terms(targets), Paragraph(told), Terms((*metrics, own)), *more))

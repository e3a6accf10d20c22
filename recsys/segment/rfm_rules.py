"""The usual segments of direct marketing: quintile scores and a table of names.

Recency, frequency and money score 1 to 5, 5 being the most recent, most frequent, highest; customers with
equal figures have equal scores (Hughes, "Strategic Database Marketing", 1994). Frequency and money count
together, as their mean rounded up.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, Field

from recsys.core.fold import Known
from recsys.segment.columns import learn_columns
from recsys.segment.fitted import FittedSegments, by_worth
from recsys.segment.partition import Scores
from recsys.segment.space import Space

NAMES = (
    *("Champions", "Loyal", "Cannot lose", "Potential loyalists", "Need attention", "At risk"),
    *("New", "Promising", "About to sleep", "Hibernating"),
)
CHAMPION, LOYAL, DEAR, POTENTIAL, ATTENTION, RISK, NEW, PROMISING, SLEEPY, GONE = range(10)
TABLE = np.array(
    [  # frequency and money: 1, 2, 3, 4, 5
        [GONE, GONE, RISK, RISK, DEAR],  # recency 1: longest ago
        [GONE, GONE, RISK, RISK, DEAR],
        [SLEEPY, SLEEPY, ATTENTION, LOYAL, LOYAL],
        [PROMISING, POTENTIAL, POTENTIAL, LOYAL, LOYAL],
        [NEW, POTENTIAL, POTENTIAL, CHAMPION, CHAMPION],
    ],
    dtype=np.int64,
)
"""Every pair of scores has one name: segments are exclusive and exhaustive."""


class RFMRules(BaseModel, frozen=True, extra="forbid"):
    """Ten named segments by rule; some may be empty."""

    kind: Literal["rfm-rules"] = Field("rfm-rules", description="How customers are grouped.")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedSegments:
        """The edges of the quintiles at this cutoff; nothing is random."""
        columns = learn_columns("rfm", known, 1)
        figures = columns.of(known)
        values = figures[list(columns.names)].to_numpy()
        edges = np.quantile(values, [0.2, 0.4, 0.6, 0.8], axis=0).T
        nothing, one = np.zeros(3), np.ones(3)
        space = Space(columns.names, nothing, one, -one * np.inf, one * np.inf, nothing, one, np.eye(3))
        partition = Scores(edges, TABLE)
        present = by_worth(figures, partition.labels(values))
        order = np.array([*present, *(at for at in range(len(NAMES)) if at not in present)])
        return FittedSegments(
            columns, space, partition.ordered(order), tuple(NAMES[at] for at in order), evidence=()
        )

"""Two runs customer by customer, as the engine compares them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

SERVED = "what each serves"
COLUMNS = ("target", "recommender", "first", "second", "difference", "ci_low", "ci_high", "customers")


@dataclass(frozen=True, eq=False)
class Paired:
    """A run beside the first one.

    why_not: reasons why their customers cannot be paired; empty where they can. windows: that both judged.
    metric: map@10. table: a row per target and recommender of both, and SERVED; first, second: means over the
    same customers, of whom each counts by the mean over the windows; difference: second less first, with its
    95 % interval.
    """

    why_not: tuple[str, ...]
    windows: int
    metric: str
    table: pd.DataFrame

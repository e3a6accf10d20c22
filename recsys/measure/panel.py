"""One target's scores at the deciding metric: customers in windows, recommenders side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.measure.segments import ALL, NO_HISTORY


@dataclass(frozen=True, eq=False)
class Panel:
    """names: recommenders in the order of the config. window, customer, segment: (rows,), one row per judged
    customer and window. scores: (rows, recommenders), NaN where somebody is not judged.
    """

    names: tuple[str, ...]
    window: NDArray[np.int64]
    customer: NDArray[np.object_]
    segment: NDArray[np.object_]
    scores: NDArray[np.float64]

    @classmethod
    def of(cls, frames: Mapping[tuple[int, str], pd.DataFrame], metric: str) -> Panel:
        """From the scores of each (window, recommender): columns customer, segment and the metric.

        Every recommender is judged on the same customers in the same order; those without history come after
        them, and only where it serves them. An empty customer stands for one who is not named: each row is
        somebody of their own then. Raises ValueError for rows that do not match.
        """
        names = tuple(dict.fromkeys(name for _, name in frames))
        parts = []
        for window in dict.fromkeys(window for window, _ in frames):
            shown = [frames[window, name] for name in names if (window, name) in frames]
            longest = max(shown, key=len)
            scores = np.full((len(longest), len(names)), np.nan)
            for at, name in enumerate(names):
                if (window, name) in frames:
                    own = frames[window, name]
                    _check_same(own, longest, f"{name} in window {window}")
                    scores[: len(own), at] = own[metric].to_numpy(dtype=np.float64)
            customer = longest["customer"].to_numpy(dtype=object).copy()
            unnamed = customer == ""
            customer[unnamed] = [f"{window}/{row}" for row in np.flatnonzero(unnamed)]
            segment = longest["segment"].to_numpy(dtype=object)
            parts.append((np.full(len(longest), window, dtype=np.int64), customer, segment, scores))
        columns = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(names, *columns)

    @property
    def windows(self) -> tuple[int, ...]:
        """Every window, latest (0) first."""
        return tuple(sorted(set(self.window.tolist())))

    @property
    def segments(self) -> list[str]:
        """`all`, then each segment that occurs."""
        found = [str(name) for name in dict.fromkeys(self.segment) if name != ALL]
        return [ALL, *found] if (self.segment != NO_HISTORY).any() else found

    def rows(self, segment: str, windows: Collection[int]) -> NDArray[np.intp]:
        """Rows of a segment in some windows; `all` is everyone with history."""
        at = np.isin(self.window, list(windows))
        at &= (self.segment != NO_HISTORY) if segment == ALL else (self.segment == segment)
        return np.flatnonzero(at)

    def pooled(self, segment: str, windows: Collection[int]) -> NDArray[np.float64]:
        """(customers, recommenders): each customer's mean over the windows they are judged in."""
        rows = self.rows(segment, windows)
        if len(set(windows)) == 1:
            return self.scores[rows]
        code, people = pd.factorize(self.customer[rows])
        held = self.scores[rows]
        mine = sparse.csr_matrix((np.ones(len(rows)), (code, np.arange(len(rows)))), (len(people), len(rows)))
        count = mine @ (~np.isnan(held)).astype(np.float64)
        total = mine @ np.nan_to_num(held)
        return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _check_same(own: pd.DataFrame, longest: pd.DataFrame, what: str) -> None:
    """Raise ValueError unless these are the first rows of the longest table."""
    for column in ("customer", "segment"):
        if not np.array_equal(own[column].to_numpy(), longest[column].to_numpy()[: len(own)]):
            raise ValueError(f"{what} is judged on others: expected the {column}s of the longest table")

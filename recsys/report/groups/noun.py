"""What the segment stage found, as the page takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.report.document import Picture, Table

FOLDER = "pictures"  # beside the page


class Carded(Protocol):
    """A segment's card, as the segment stage makes it; `customers` is None where it is withheld."""

    segment: str
    customers: int | None
    customer_share: float
    revenue: float
    revenue_share: float
    orders: int | None
    order_share: float
    medians: dict[str, float]
    apart: Sequence[Any]
    top_products: str
    lifted: Sequence[Any]
    advice: str
    warnings: Sequence[str]


class Clouded(Protocol):
    """Some customers as points, (n, 2) or (n, 3), and the codes of their segments."""

    @property
    def points(self) -> NDArray[np.float64]: ...
    @property
    def codes(self) -> NDArray[np.int64]: ...


class Viewed(Protocol):
    """Segments seen from several sides, as `recsys.segment.views` has them; names are by code."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def features(self) -> pd.DataFrame: ...
    @property
    def codes(self) -> NDArray[np.int64]: ...
    @property
    def skewed(self) -> frozenset[str]: ...
    @property
    def there(self) -> NDArray[np.int64]: ...
    @property
    def means(self) -> NDArray[np.float64]: ...
    @property
    def cloud(self) -> Clouded: ...
    @property
    def explained(self) -> NDArray[np.float64]: ...
    @property
    def loadings(self) -> NDArray[np.float64]: ...
    @property
    def map(self) -> Clouded: ...
    @property
    def together(self) -> NDArray[np.float64]: ...
    @property
    def silhouettes(self) -> NDArray[np.float64]: ...
    @property
    def compared(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True, eq=False)
class Insight:
    """about: the manifest. cards: in the order of the segments. tables: by name. views: None where there is
    nothing to compare.
    """

    about: Mapping[str, Any]
    cards: Sequence[Any]
    tables: Mapping[str, pd.DataFrame]
    views: Viewed | None

    @property
    def currency(self) -> str:
        """What money is counted in; empty where the config does not say."""
        return str(self.about.get("currency") or "")

    @property
    def shown(self) -> list[Any]:
        """Cards that show figures."""
        return [card for card in self.cards if card.customers is not None]


def picture(name: str, caption: str, told: str, spec: str, table: Table | None = None) -> Picture:
    """A picture that is kept in its own file too."""
    return Picture(caption, told, spec, f"{FOLDER}/{name}.svg", table)

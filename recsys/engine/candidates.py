"""Which products may be recommended at all: the same rules when judged and when served."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from recsys.core.errors import ConfigError
from recsys.core.fold import Known


class Candidates(BaseModel):
    """Rules on products, read off the catalogue at the cutoff."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sold_within_days: float | None = Field(
        None, gt=0, description="only products sold that lately; null: all that were ever sold"
    )
    blocked: tuple[str, ...] = Field((), description="product ids that are never recommended")
    min_price: float | None = Field(None, ge=0, description="last price at least this")
    max_price: float | None = Field(None, ge=0, description="last price at most this")

    def allowed(self, known: Known) -> NDArray[np.bool_] | None:
        """(products,) mask; None where no rule is set. A product without a price fails any price rule."""
        if self == Candidates():
            return None
        shelf = known.catalogue
        if not known.history.priced and (self.min_price, self.max_price) != (None, None):
            raise ConfigError(
                "candidates rule on prices, but the log has none: expected a price column; map "
                "source.columns.price or remove min_price and max_price"
            )
        mask = ~shelf["product"].isin(self.blocked).to_numpy()
        price = shelf["price"].to_numpy()
        if self.sold_within_days is not None:
            age = (known.cutoff - shelf["last_seen"].to_numpy()) / np.timedelta64(1, "D")
            mask &= age <= self.sold_within_days
        if self.min_price is not None:
            mask &= price >= self.min_price
        if self.max_price is not None:
            mask &= price <= self.max_price
        if not mask.any():
            raise ConfigError(
                f"candidates leave none of {len(mask):,} products at {str(known.cutoff)[:10]}: expected at "
                "least one; loosen sold_within_days, min_price, max_price or blocked"
            )
        return mask

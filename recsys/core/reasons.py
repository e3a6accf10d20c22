"""Why a product is in a list, as its recommender came to it: codes and numbers, no words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from recsys.core.ids import NOTHING


class Why(IntEnum):
    """What speaks for a product.

    NONE: nothing that can be told. WITH: bought by those who bought `products`, one of the customer's own.
    LIKE: described like `products`, one of the customer's own. OWN: the customer buys it. ALIKE: customers
    who buy alike bought it. BESTSELLER, SEGMENT: most bought by everyone, by the customer's segment, in the
    last `days` days (NaN: ever). NEAR: the model holds that the taste which `products`, one of the customer's
    own, meets is the one that this product meets.
    """

    NONE = 0
    WITH = 1
    LIKE = 2
    OWN = 3
    ALIKE = 4
    BESTSELLER = 5
    SEGMENT = 6
    NEAR = 7


@dataclass(frozen=True, eq=False)
class Reasons:
    """One reason for each place of lists (n, k).

    kinds: int8, of Why. products: int32, the customer's own product that speaks most for it, else NOTHING.
    days: float32, see Why.
    """

    kinds: NDArray[np.int8]
    products: NDArray[np.int32]
    days: NDArray[np.float32]

    @classmethod
    def none(cls, shape: tuple[int, ...]) -> Reasons:
        """Nothing said of any place."""
        return cls(
            np.zeros(shape, dtype=np.int8),
            np.full(shape, NOTHING, dtype=np.int32),
            np.full(shape, np.nan, dtype=np.float32),
        )

    @classmethod
    def all_of(cls, kind: Why, where: NDArray[np.bool_], days: float | None = None) -> Reasons:
        """The same kind at these places."""
        found = cls.none(where.shape)
        found.kinds[where] = kind
        found.days[where] = np.nan if days is None else days
        return found

    def elsewhere(self, other: Reasons) -> Reasons:
        """These, and where nothing is said those of `other`."""
        silent = self.kinds == Why.NONE
        return Reasons(
            np.where(silent, other.kinds, self.kinds),
            np.where(silent, other.products, self.products),
            np.where(silent, other.days, self.days),
        )

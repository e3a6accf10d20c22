"""A card for each segment: how large, worth how much, what sets it apart, what it buys, what to do.

A card of fewer customers than `least` withholds its figures: with so few, a figure is about persons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.segmentation import Segmentation
from recsys.segment.actions import ACTIONS, action
from recsys.segment.levels import levels
from recsys.segment.naming import ranks_of
from recsys.segment.profile import profile
from recsys.segment.vocabulary import described, value_of

LEAST = 20  # customers below which a card withholds its figures
FEW = 100  # customers below which a card warns that its figures move with a few of them
TRAITS, PRODUCTS = 3, 5
SMALL = 0.2  # standard deviations below which a difference is called small (Cohen 1988)
BUYERS = 5  # in the segment, before a product is said to be over-represented
SURE = 1.96


@dataclass(frozen=True)
class Trait:
    """difference: the segment's mean less everyone's, in everyone's standard deviations.

    Skewed features are compared on the log1p scale, as K-means sees them.
    """

    feature: str
    word: str
    difference: float


@dataclass(frozen=True)
class Lift:
    """A product bought by a larger share of the segment than of everyone else.

    lift: the one share over the other. low: the lower end of its 95 % interval (log ratio of two shares;
    Katz et al., Biometrics 1978).
    """

    product: str
    label: str
    lift: float
    low: float
    share: float
    buyers: int


@dataclass(frozen=True)
class Card:
    """Figures of one segment; all but the name and the warnings are absent where it is withheld."""

    segment: str
    customers: int | None = None
    customer_share: float = math.nan
    revenue: float = math.nan
    revenue_share: float = math.nan
    orders: int | None = None
    order_share: float = math.nan
    medians: dict[str, float] = field(default_factory=dict)
    apart: tuple[Trait, ...] = ()
    top_products: str = ""
    lifted: tuple[Lift, ...] = ()
    action: str = ""
    advice: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether there are too few customers to show figures of them."""
        return self.customers is None


def cards(known: Known, least: int = LEAST) -> tuple[Card, ...]:
    """One card per segment, in the order of their codes. Raises ValueError without segments."""
    found = known.segmentation
    if found is None:
        raise ValueError("the customers have no segments: call known.with_segments(...) first")
    rows = profile(known).to_dict("records")
    orders = sum(row["orders"] for row in rows)
    apart = _apart(found)
    ranks = ranks_of(found.features, found.codes, len(found.names))
    made = []
    for code, row in enumerate(rows):
        count = int(row["customers"])
        if count < least:
            said = f"fewer than {least} customers: figures are withheld" if count else "nobody is in it now"
            made.append(Card(row["segment"], warnings=(said,)))
            continue
        medians = {name: row[f"median_{name}"] for name in found.features}
        what = _action(found, ranks.loc[code], medians)
        made.append(
            Card(
                segment=row["segment"],
                customers=count,
                customer_share=row["customer_share"],
                revenue=row["revenue"],
                revenue_share=row["revenue_share"],
                orders=int(row["orders"]),
                order_share=row["orders"] / orders if orders else math.nan,
                medians=medians,
                apart=apart[code],
                top_products=row["top_products"],
                lifted=_lifted(known, code),
                action=what,
                advice=ACTIONS.get(what, ""),
                warnings=_warnings(count, found, code),
            )
        )
    return tuple(made)


def _action(found: Segmentation, ranks: pd.Series, medians: dict[str, float]) -> str:
    """What to do; nothing where recency, frequency or worth is no feature of the segments."""
    worth = value_of(found.features)
    if not {"recency", "frequency", worth} <= set(found.features):
        return ""
    shares = {"recency": ranks["recency"], "frequency": ranks["frequency"], "value": ranks[worth]}
    return action(shares, medians["frequency"] <= 1)


def _apart(found: Segmentation) -> list[tuple[Trait, ...]]:
    """Per segment its largest standardised differences, largest first; small ones are left out."""
    level = levels(found.features)
    spread = level.std(ddof=0)
    spread = spread.where(spread > 1e-9)  # what is alike for everyone sets nobody apart
    means = level.groupby(found.codes).mean().reindex(range(len(found.names)))
    differences = (means - level.mean()) / spread
    told = []
    for _, row in differences.iterrows():
        order = row.abs().sort_values(ascending=False, kind="stable")
        names = [name for name, size in order.items() if size >= SMALL][:TRAITS]
        told.append(tuple(Trait(str(name), _word(str(name), row[name]), float(row[name])) for name in names))
    return told


def _word(name: str, difference: float) -> str:
    try:
        feature = described(name)
    except ValueError:  # segments made elsewhere may have features of their own
        return f"{'more' if difference > 0 else 'less'} {name.replace('_', ' ')}"
    return feature.more if difference > 0 else feature.less


def _lifted(known: Known, code: int) -> tuple[Lift, ...]:
    """Products that the segment buys more than everyone else does, the surest first."""
    assert known.segmentation is not None
    mine = known.segmentation.codes == code
    inside, outside = int(mine.sum()), int((~mine).sum())
    if not outside:
        return ()
    bought = _buyers(known.history.bought, mine)
    others = known.history.buyers - bought
    at = np.flatnonzero(bought >= BUYERS)
    a, b = bought[at], np.maximum(others[at], 0.5)  # half a buyer where nobody else has it
    lift = (a / inside) / (b / outside)
    low = np.exp(np.log(lift) - SURE * np.sqrt(1 / a - 1 / inside + 1 / b - 1 / outside))
    sure = np.flatnonzero(low > 1)
    order = sure[np.lexsort((known.popularity_rank[at[sure]], -low[sure]))][:PRODUCTS]
    labels = known.catalogue["description"].fillna(known.catalogue["product"]).astype(str).str.strip()
    return tuple(
        Lift(
            product=str(known.catalogue["product"].iloc[at[one]]),
            label=str(labels.iloc[at[one]]),
            lift=float(lift[one]),
            low=float(low[one]),
            share=float(a[one] / inside),
            buyers=int(a[one]),
        )
        for one in order
    )


def _buyers(bought: sparse.csr_matrix, mine: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Distinct buyers of each product among some customers. Shape (products,)."""
    return np.bincount(bought[np.flatnonzero(mine)].indices, minlength=bought.shape[1])


def _warnings(count: int, found: Segmentation, code: int) -> tuple[str, ...]:
    said = []
    if count < FEW:
        said.append(f"{count} customers: a handful of them moves these figures")
    worth = value_of(found.features)
    if worth in found.features:
        own = np.sort(found.features[worth].to_numpy()[found.codes == code])[::-1]
        first = own[: max(1, count // 100)].sum() / own.sum() if own.sum() > 0 else 0.0
        if first >= 1 / 3:
            said.append(f"{first:.0%} of what it is worth comes from {_counted(max(1, count // 100))}")
    return tuple(said)


def _counted(number: int) -> str:
    return "one customer" if number == 1 else f"{number:,} customers"


def as_table(made: Sequence[Card]) -> pd.DataFrame:
    """Cards as rows: figures, medians, then sentences."""
    return pd.DataFrame(
        {
            "segment": card.segment,
            "customers": card.customers,
            "customer_share": card.customer_share,
            "revenue": card.revenue,
            "revenue_share": card.revenue_share,
            "orders": card.orders,
            "order_share": card.order_share,
            **{f"median_{name}": value for name, value in card.medians.items()},
            "apart": "; ".join(f"{one.word} ({one.feature} {one.difference:+.2f} sd)" for one in card.apart),
            "top_products": card.top_products,
            "lifted": "; ".join(f"{one.label} ({one.lift:.1f}x)" for one in card.lifted),
            "action": card.action,
            "warnings": "; ".join(card.warnings),
        }
        for card in made
    )

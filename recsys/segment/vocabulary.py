"""What can be said of a customer: each feature's unit, formula, scale, and words for a high and a low value.

Ages are days before the cutoff. An invoice is one purchase; returns are cancelled lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.core.errors import nearest


@dataclass(frozen=True)
class Feature:
    """One figure per customer.

    skewed: read on a log1p scale, since a few customers are far above the rest.
    more, less: what a segment is called when it stands out against one of the same name.
    """

    unit: str
    formula: str
    skewed: bool
    more: str
    less: str


FEATURES = {
    "recency": Feature("days", "age of the last invoice", True, "older", "newer"),
    "frequency": Feature("invoices", "distinct invoices", True, "often", "seldom"),
    "monetary": Feature("currency", "spend less returns, at least 0", True, "upper", "lower"),
    "basket_value": Feature("currency", "spend / invoices", True, "big-ticket", "small-ticket"),
    "basket_units": Feature("units", "units / invoices", True, "bulk", "piecemeal"),
    "products": Feature("products", "distinct products", True, "broad", "narrow"),
    "gap_mean": Feature(
        "days", "(age of the first - age of the last invoice) / (invoices - 1)", True, "slow", "quick"
    ),
    "gap_deviation": Feature(
        "days", "population standard deviation of the gaps; 0 below two gaps", True, "uneven", "even"
    ),
    "cancellation_rate": Feature(
        "share", "cancelled invoices / (invoices + cancelled invoices)", False, "cancelling", "keeping"
    ),
    "tenure": Feature("days", "age of the first invoice", False, "veteran", "young"),
    "repeat_share": Feature(
        "share", "products on two or more invoices / distinct products", False, "loyal", "varied"
    ),
    "units": Feature("units", "units bought", True, "many units", "few units"),
}
"""Where there is one invoice, gap_mean is its age: the gap is at least that long."""

BEHAVIOUR = tuple(name for name in FEATURES if name != "units")
RFM = ("recency", "frequency", "monetary")
WITHOUT_PRICES = {"monetary": "units", "basket_value": "basket_units"}
"""What stands in for money where the log has no prices."""

PRESETS = {"rfm": RFM, "behaviour": BEHAVIOUR}


def check_preset(name: str) -> None:
    """Raise ValueError unless `name` stands for a set of features."""
    if name not in PRESETS:
        hint = nearest(name, PRESETS)
        raise ValueError(f"features is {name!r}: expected rfm, behaviour or a list of feature names{hint}")


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError for a feature that does not exist or comes twice, or where there is none."""
    known = ", ".join(FEATURES)
    if not names:
        raise ValueError(f"features is empty: expected rfm, behaviour or some of {known}")
    for name in names:
        if name not in FEATURES:
            raise ValueError(
                f"no feature is called {name!r}{nearest(name, FEATURES)}; expected some of {known}"
            )
        if names.count(name) > 1:
            raise ValueError(f"feature {name!r} is listed {names.count(name)} times: expected once")


def chosen(choice: str | Iterable[str], *, priced: bool) -> tuple[str, ...]:
    """The names behind a choice; money is replaced by units where the log has no prices."""
    names = PRESETS[choice] if isinstance(choice, str) else tuple(choice)
    if priced:
        return names
    return tuple(dict.fromkeys(WITHOUT_PRICES.get(name, name) for name in names))


def value_of(names: Iterable[str]) -> str:
    """The feature that says what a customer is worth."""
    return "monetary" if "monetary" in set(names) else "units"

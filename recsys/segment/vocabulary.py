"""What can be said of a customer: each feature's unit, formula, scale, and words for a high and a low value.

Ages are days before the cutoff. An invoice is one purchase; returns are cancelled lines. A month is a
calendar month in which the customer bought or returned; its spend is less returns. Of a customer who only
returned, ages, weekday and hour are those of the cancelled invoices, and what is bought is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.core.errors import nearest


@dataclass(frozen=True)
class Feature:
    """One figure per customer.

    skewed: read on a log1p scale (below 0 mirrored), since a few customers are far above the rest.
    more, less: what a segment is called when it stands out against one of the same name.
    priced: needs prices. indicator: 0 or 1, which is not brought to a variance of 1.
    """

    unit: str
    formula: str
    skewed: bool
    more: str
    less: str
    priced: bool = False
    indicator: bool = False


FEATURES = {
    "recency": Feature("days", "age of the last invoice", True, "older", "newer"),
    "frequency": Feature("invoices", "distinct invoices", True, "often", "seldom"),
    "monetary": Feature("currency", "spend less returns, at least 0", True, "upper", "lower", priced=True),
    "net_spend": Feature(
        "currency",
        "spend less returns; below 0 where more came back",
        True,
        "upper net",
        "lower net",
        priced=True,
    ),
    "basket_value": Feature("currency", "spend / invoices", True, "big-ticket", "small-ticket", priced=True),
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
    "basket_lines": Feature("lines", "lines / invoices", True, "full-basket", "small-basket"),
    "cancellations": Feature("invoices", "cancelled invoices", True, "much cancelled", "little cancelled"),
    "month_spend": Feature(
        "currency", "mean spend of the months", True, "high months", "low months", priced=True
    ),
    "month_spend_deviation": Feature(
        "currency",
        "sample standard deviation of the months' spend; 0 for one month",
        True,
        "unsteady",
        "steady",
        priced=True,
    ),
    "month_spend_trend": Feature(
        "currency per month",
        "least-squares slope of the months' spend over the calendar; 0 for one month",
        True,
        "rising",
        "falling",
        priced=True,
    ),
    "weekday": Feature(
        "0 Monday to 6 Sunday",
        "weekday with most lines; of equals the earliest",
        False,
        "late-week",
        "early-week",
    ),
    "hour": Feature(
        "0 to 23", "hour with most lines; of equals the earliest", False, "late-day", "early-day"
    ),
    "weekend_share": Feature(
        "share", "invoices on Saturday or Sunday / invoices", False, "weekend", "weekday"
    ),
    "price_level": Feature(
        "currency per unit",
        "mean price of the lines with a price; 0 without one",
        True,
        "premium",
        "budget",
        priced=True,
    ),
    "discount_share": Feature(
        "share",
        "lines under 95 % of the product's median price / lines with a price; 0 without one",
        False,
        "bargain",
        "full-price",
        priced=True,
    ),
    "transactions": Feature("invoices", "invoices + cancelled invoices", True, "many deals", "few deals"),
    "transaction_value": Feature(
        "currency",
        "net_spend / transactions",
        True,
        "large deals",
        "small deals",
        priced=True,
    ),
    "net_units": Feature("units", "units less returned units", True, "many kept", "few kept"),
    "gap_over_lines": Feature(
        "days",
        "(day of the last - day of the first line) / (lines - 1), cancelled lines counted; unknown for one",
        True,
        "spread lines",
        "dense lines",
    ),
    "home_country": Feature(
        "0 or 1",
        "1 where the customer's last country is the largest",
        False,
        "home",
        "abroad",
        indicator=True,
    ),
    "coherence": Feature(
        "log ratio",
        "mean of log(share in the class of others that suits best / share in all) of the products bought",
        False,
        "kindred",
        "mixed",
    ),
    "likeness": Feature(
        "percent",
        "mean TF-IDF cosine of pairs of descriptions of products bought, times 100",
        True,
        "one-themed",
        "many-themed",
    ),
    "vogue": Feature(
        "log ratio",
        "mean of log(share of what others bought in the five weeks around / share in all) of products bought",
        False,
        "in-vogue",
        "timeless",
    ),
}
"""Where there is one invoice, gap_mean is its age: the gap is at least that long."""

GROUPS = {
    "families": "share of the lines that are of each product family",
    "countries": "1 for the customer's last country, one column for each of the largest",
    "attributes": "each mapped customer attribute: a number as it is, text as one 0/1 column for each value",
}
"""Names that stand for several columns, of which the fit says how many."""

RFM = ("recency", "frequency", "monetary")
BEHAVIOUR = (
    *RFM,
    *("basket_value", "basket_units", "products", "gap_mean", "gap_deviation"),
    *("cancellation_rate", "tenure", "repeat_share"),
)
REFERENCE = (
    *("recency", "transactions", "net_units", "net_spend", "transaction_value", "products", "gap_over_lines"),
    *("weekday", "hour", "home_country", "cancellations", "cancellation_rate"),
    *("month_spend", "month_spend_deviation", "month_spend_trend"),
)
FULL = (
    *BEHAVIOUR,
    *("basket_lines", "cancellations", "month_spend", "month_spend_deviation", "month_spend_trend"),
    *("weekday", "hour", "weekend_share", "price_level", "discount_share"),
    *("home_country", *GROUPS),
)
TASTE = ("coherence", "likeness", "vogue")
"""What kind of customer it is by what they buy; see taste.py."""
PRESETS = {"rfm": RFM, "behaviour": BEHAVIOUR, "reference": REFERENCE, "full": FULL, "taste": TASTE}
WITHOUT_PRICES = {
    "monetary": "units",
    "net_spend": "net_units",
    "basket_value": "basket_units",
    "transaction_value": "basket_units",
}
"""What stands in for money where the log has no prices; other priced features are left out."""

FAMILY, COUNTRY, ATTRIBUTE = "family ", "country ", "attribute "


def described(name: str) -> Feature:
    """The feature of a column, one of a group too."""
    if name in FEATURES:
        return FEATURES[name]
    value = name.partition(" ")[2]
    more, less = f"more {value}", f"less {value}"
    if name.startswith(FAMILY):
        return Feature("share", f"lines of the family {value} / lines", False, more, less)
    if name.startswith(COUNTRY) or "=" in value:
        return Feature("0 or 1", f"1 where it holds: {value}", False, more, less, indicator=True)
    if name.startswith(ATTRIBUTE):
        return Feature("as mapped", f"{value}; the median where it is unknown", False, more, less)
    raise ValueError(f"no feature is called {name!r}{nearest(name, [*FEATURES, *GROUPS])}")


def is_skewed(name: str) -> bool:
    """Whether a column is read on a log1p scale; one that is no feature is not."""
    return name in FEATURES and FEATURES[name].skewed


def check_preset(name: str) -> None:
    """Raise ValueError unless `name` stands for a set of features."""
    if name not in PRESETS:
        hint = nearest(name, PRESETS)
        known = ", ".join(PRESETS)
        raise ValueError(f"features is {name!r}: expected {known} or a list of feature names{hint}")


def check_names(names: Sequence[str]) -> None:
    """Raise ValueError for a feature that does not exist or comes twice, or where there is none."""
    every = [*FEATURES, *GROUPS]
    known = ", ".join(every)
    if not names:
        raise ValueError(f"features is empty: expected {', '.join(PRESETS)} or some of {known}")
    for name in names:
        if name not in every:
            raise ValueError(f"no feature is called {name!r}{nearest(name, every)}; expected some of {known}")
        if names.count(name) > 1:
            raise ValueError(f"feature {name!r} is listed {names.count(name)} times: expected once")


def chosen(choice: str | Iterable[str], *, priced: bool) -> tuple[str, ...]:
    """The names behind a choice; without prices, units stand in for money, or the feature is left out."""
    names = PRESETS[choice] if isinstance(choice, str) else tuple(choice)
    if priced:
        return names
    named = [WITHOUT_PRICES.get(name, name) for name in names]
    kept = [name for name in named if name in GROUPS or not FEATURES[name].priced]
    return tuple(dict.fromkeys(kept or ["units"]))


def value_of(names: Iterable[str]) -> str:
    """The feature that says what a customer is worth."""
    return "monetary" if "monetary" in set(names) else "units"

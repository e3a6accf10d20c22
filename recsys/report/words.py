"""What targets and metrics mean, in one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from recsys.core.currency import amount
from recsys.report.show import NONE, count, decimals, in_money, score, share

ALL = "all"
NO_HISTORY = "(no history)"
WITH_HISTORY = "everyone with history"
NEW_PRODUCTS = "new-products"

#: The order in which metrics stand in a table; in all of them more is better.
METRICS = {
    "precision": "Share of the k places in a list that hold a product the customer then bought.",
    "recall": "Share of the products the customer then bought that are in the list.",
    "map": "Mean average precision: like precision, but hits near the top of the list count more.",
    "ndcg": "Gain of the hits, discounted by the logarithm of their rank, over that of the ideal list.",
    "hit": "Share of customers with at least one hit in their list.",
    "mrr": "Mean of 1 / rank of the first hit; 0 without a hit.",
    "captured_spend": "Share of the customer's later spend, net of returns, on products in the list.",
    "coverage": "Share of the catalogue that appears in at least one list.",
}
#: What else is worth knowing of a list, in the order of the report: meaning, and how it is shown.
TELLING: dict[str, tuple[str, Callable[[float], str]]] = {
    "recall_repeat": (
        "Recall among what the customer had bought before: how well the list reminds.",
        score,
    ),
    "recall_explore": (
        "Recall among what the customer had never bought: how well the list finds something new.",
        score,
    ),
    "repeat_share": ("Share of the list that holds products the customer had bought before.", share),
    "revenue_per_1000": (
        "What was bought of 1,000 lists, had every customer with history been sent one: units bought and "
        "kept, times the last price before the cutoff. Who did not come back bought nothing.",
        count,
    ),
    "margin_per_1000": ("The same with what is left of the last price after the last cost.", count),
    "revenue": ("The same revenue in one judged list: of a customer who came back.", decimals),
    "margin": ("The same margin in one judged list.", decimals),
    "basket_value": (
        "The same revenue in one list that had a hit: what a customer bought of it who bought of it at all.",
        decimals,
    ),
    "category_precision": (
        "Share of the k places that hold a product of a category the customer then bought from.",
        score,
    ),
    "category_recall": ("Share of the categories the customer then bought from that are in the list.", score),
    "novelty": (
        "How little known the listed products are: mean of -log2 of the share of customers who had bought "
        "them. One more is half as many buyers.",
        decimals,
    ),
    "diversity": (
        "How different the listed products are: 1 minus the mean cosine of their descriptions (TF-IDF), over "
        "all pairs.",
        decimals,
    ),
    "popularity_lift": (
        "Mean share of customers who had bought the listed products, over the same mean of what the customer "
        "had bought; 1 is as popular as what they buy, more is popularity bias.",
        decimals,
    ),
    "price_ratio": (
        "Mean last price of the listed products over the mean price per unit that the customer had paid; "
        "cheap products bought by the dozen push it above 1.",
        decimals,
    ),
    "gini": (
        "How unequally the places of all lists go to the products of the catalogue: 0 is all alike, near 1 a "
        "few products hold all.",
        decimals,
    ),
}
OWN_SHARE = "own_share"
OWN_SHARE_MEANING = "Share of list places the recommender filled itself; popularity filled the rest."


@dataclass(frozen=True)
class Target:
    """What counts as a hit, and how to read it."""

    name: str
    title: str
    counts: str
    caution: str


_TARGETS = {
    "any": Target(
        "any",
        "Any purchase",
        "Everything the customer bought in the window counts, and lists may hold products bought before.",
        "This rewards predicting what would have been bought anyway: a high value is a good forecast, "
        "not yet additional sales.",
    ),
    "new": Target(
        "new",
        "New to the customer",
        "Only products the customer had never bought count, and lists leave out what was bought before.",
        "This leaves out every repeat purchase, however useful the reminder would have been.",
    ),
    NEW_PRODUCTS: Target(
        NEW_PRODUCTS,
        "Products new to the shop",
        "Only products first sold after the cutoff count, ranked from their descriptions.",
        "Only recommenders that can rank a product without sales take part.",
    ),
}


def target(name: str) -> Target:
    """The description of a target; an unknown one is shown by its name."""
    return _TARGETS.get(name) or Target(name, name, "", "")


#: Metrics, and features of customers, that are amounts.
AMOUNTS = {
    *("revenue_per_1000", "margin_per_1000", "revenue", "margin", "basket_value"),
    *("monetary", "net_spend", "transaction_value", "price_level"),
    *("month_spend", "month_spend_deviation", "month_spend_trend"),
}


def figure(metric: str, value: float, currency: str = "") -> str:
    """A value of this metric as a reader wants to see it."""
    shown = TELLING[metric][1](value) if metric in TELLING else score(value)
    return amount(shown, currency) if metric in AMOUNTS and shown != NONE else shown


def feature_label(name: str, currency: str = "") -> str:
    """A figure of customers as a heading, with its currency where it is an amount."""
    label = name.replace("_", " ")
    return in_money(label, currency) if name in AMOUNTS else label


def metric_label(name: str) -> str:
    """A metric as a column heading."""
    return name.replace("_", " ")

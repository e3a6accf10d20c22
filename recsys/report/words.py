"""What targets and metrics mean, in one line each."""

from __future__ import annotations

from dataclasses import dataclass

ALL = "all"
NO_HISTORY = "(no history)"
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


def metric_label(name: str) -> str:
    """A metric as a column heading."""
    return name.replace("_", " ")

"""What columns say of a product or a customer: description, category, country, cost, events, attributes."""

from __future__ import annotations

from dataclasses import dataclass, field

from recsys.ingest.guess.names import fit, personal, word_set, words_of
from recsys.ingest.guess.profile import Profile, depends
from recsys.ingest.source import TAKEN

NAMED = 0.6
OWNED = 0.98
"""Share of lines in which a product or customer has its usual value, for a column to be an attribute."""
VALUES = 200
"""An attribute of more values than that is none that groups can be told by."""
PURCHASES = word_set(
    """purchase purchased buy bought transaction order ordered sale sold kauf bestellung achat compra acquisto
    checkout"""
)
EVIDENCE = {
    **dict.fromkeys(("cart", "addtocart", "add_to_cart", "basket", "add-to-cart"), 0.3),
    **dict.fromkeys(("fav", "favorite", "wishlist", "like"), 0.2),
    **dict.fromkeys(("view", "click", "pv", "detail", "productview", "visit"), 0.1),
}
"""What such an event is worth beside a purchase."""


@dataclass(frozen=True)
class Traits:
    """Columns by role, and attributes by name; left_out: what was not mapped, and why."""

    roles: dict[str, tuple[Profile, str]]
    customer: dict[str, Profile]
    product: dict[str, Profile]
    left_out: list[str] = field(default_factory=list)


def traits(columns: list[Profile], customer: Profile, product: Profile, given: dict[str, Profile]) -> Traits:
    """columns: those without a role yet."""
    found = Traits({role: (one, "as you said") for role, one in given.items()}, {}, {})
    free = [one for one in columns if one not in given.values() and one.dates is None]
    for role, key, test in (
        ("event", None, lambda one: bool(events_of(one)[0])),
        ("description", product, lambda one: one.wordy),
        ("country", customer, lambda one: one.distinct <= VALUES * 2),
        ("cost", product, lambda one: one.numbers is not None),
        ("category", product, lambda one: 1 < one.distinct < product.distinct),
    ):
        if role in found.roles:
            continue
        named = [(fit(role, one.name), one) for one in free if test(one)]
        named = [pair for pair in named if pair[0] >= NAMED]
        for _, one in sorted(named, key=lambda pair: -pair[0]):
            share = 1.0 if key is None else depends(key.head, one.head)
            if share >= 0.5 or role == "cost":
                found.roles[role] = one, _why(role, share)
                free.remove(one)
                break
    if "description" not in found.roles:
        _unnamed_description(free, product, found)
    _attributes(free, customer, product, found)
    return found


def events_of(column: Profile) -> tuple[list[str], dict[str, float]]:
    """The values that are purchases, and what the others are worth."""
    values = column.texts.to_pylist() if column.distinct <= 30 else []
    bought = [value for value in values if value.lower() in PURCHASES]
    worth = {value: EVIDENCE[value.lower()] for value in values if value.lower() in EVIDENCE}
    return (bought, worth) if len(values) > 1 else ([], {})


def _why(role: str, share: float) -> str:
    whose = {"description": "a product has", "category": "a product has", "country": "a customer has"}
    return f"{whose[role]} one ({share:.0%} of lines)" if role in whose else ""


def _unnamed_description(free: list[Profile], product: Profile, found: Traits) -> None:
    for one in free:
        if one.wordy and one.distinct > 0.5 * product.distinct and depends(product.head, one.head) > OWNED:
            found.roles["description"] = one, "words, and a product has one"
            free.remove(one)
            return


def _attributes(free: list[Profile], customer: Profile, product: Profile, found: Traits) -> None:
    """What a customer or a product always has the same, in few enough values."""
    for one in free:
        if one.distinct < 2:
            continue
        of = {"product": depends(product.head, one.head), "customer": depends(customer.head, one.head)}
        whose = max(of, key=lambda key: of[key])
        owner = product if whose == "product" else customer
        if of[whose] < OWNED:
            continue
        if whose == "customer" and personal(one.name):
            found.left_out.append(f"{one.name!r} tells who a customer is: not mapped")
        elif (one.distinct > VALUES and one.numbers is None) or one.distinct > 0.5 * owner.distinct:
            continue
        elif max(fit(role, one.name) for role in ("price", "total", "quantity")) < NAMED:
            getattr(found, whose)[_free_name(one.name, found)] = one


def _free_name(name: str, found: Traits) -> str:
    """A name that no column of the log has."""
    plain = "_".join(words_of(name)) or "attribute"
    taken = {*TAKEN, "category", "cost", "country", *found.customer, *found.product}
    while plain in taken:
        plain += "_"
    return plain

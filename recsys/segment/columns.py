"""Which columns a fit found, and their figures at any cutoff: names and groups of names -> numbers.

A group stands for columns that only the log can tell: its product families, its largest countries, the
values of its customer attributes. They are settled once, so that a later customer is read by the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.errors import SegmentError
from recsys.core.fold import Known
from recsys.segment import vocabulary
from recsys.segment.families import OTHER, family_of, family_shares, learn_families
from recsys.segment.taste import taste
from recsys.segment.vocabulary import ATTRIBUTE, COUNTRY, FAMILY, TASTE

LARGEST = 5
"""Countries, and values of a text attribute, that get a column; the rest are 0 in all of them."""
NEEDS = {
    "families": ("descriptions", "source.columns.description"),
    "likeness": ("descriptions", "source.columns.description"),
    "countries": ("country", "source.columns.country"),
    "home_country": ("country", "source.columns.country"),
    "attributes": ("customer attribute", "source.customer_attributes"),
}
OF_CUSTOMERS = {"home_country", "countries", "attributes"}


@dataclass(frozen=True)
class Columns:
    """names: the columns, groups told apart. families: their words. home: the largest country.

    priced: whether money or units order the segments. medians: what stands for an unknown number of each
    attribute. absent: asked for, but not in the log.
    """

    names: tuple[str, ...]
    priced: bool = True
    families: tuple[str, ...] = ()
    home: str = ""
    medians: tuple[tuple[str, float], ...] = ()
    absent: tuple[str, ...] = ()

    @classmethod
    def of_texts(cls, texts: dict[str, Any]) -> Columns:
        """What was written as JSON: its lists are tuples again."""
        held = {name: tuple(value) if isinstance(value, list) else value for name, value in texts.items()}
        return cls(**held | {"medians": tuple((name, value) for name, value in texts["medians"])})

    def of(self, known: Known) -> pd.DataFrame:
        """The columns, and those that name and order segments; row = customer code, float64."""
        from recsys.segment.features import features

        naming = vocabulary.chosen("rfm", priced=self.priced)
        wanted = list(dict.fromkeys((*self.names, *naming)))
        apart = {"home_country", *TASTE}
        plain = [name for name in wanted if name in vocabulary.FEATURES and name not in apart]
        frame = features(known, plain)
        if set(wanted) != set(plain):
            shares = pd.concat([self._shares(known), taste(known, wanted)], axis=1)
            others = [name for name in wanted if name not in plain]
            made = {name: shares[name] if name in shares else self._indicator(known, name) for name in others}
            frame = pd.concat([frame, pd.DataFrame(made, index=frame.index)], axis=1)
        return frame[wanted]

    def _shares(self, known: Known) -> pd.DataFrame:
        columns = [name for name in self.names if name.startswith(FAMILY)]
        if not columns:
            return pd.DataFrame()
        of_product = family_of(known.catalogue["description"].tolist(), self.families)
        lines = known.history.lines
        frame = pd.DataFrame(
            {"customer": lines["customer"], "family": of_product[lines["product"].to_numpy()]}, copy=False
        )
        shares = family_shares(nw.from_native(frame, eager_only=True), columns).to_native()
        of_customer = shares.set_index("customer").reindex(
            range(len(known.history.customers)), fill_value=0.0
        )
        return of_customer[columns].reset_index(drop=True)

    def _indicator(self, known: Known, name: str) -> NDArray[np.float64]:
        """home_country, a country's column or an attribute's. Shape (customers,)."""
        held = known.history.customer_attributes
        if name == "home_country":
            return _is(held["country"], self.home)
        value = name.partition(" ")[2]
        if name.startswith(COUNTRY):
            return _is(held["country"], value)
        attribute, equals, level = value.partition("=")
        if equals:
            return _is(held[attribute], level)
        return held[attribute].fillna(dict(self.medians)[attribute]).to_numpy(dtype=np.float64)


def learn_columns(choice: str | Iterable[str], known: Known, families: int) -> Columns:
    """The columns behind a choice. families: how many at most.

    Raises SegmentError where a list names what the log does not hold; a preset goes without and says so.
    """
    asked = vocabulary.chosen(choice, priced=known.history.priced)
    lacking = {name for name in asked if name in NEEDS and not _held(known, name)}
    if lacking and not isinstance(choice, str):
        name = next(name for name in asked if name in lacking)
        what, key = NEEDS[name]
        raise SegmentError(
            f"segments.features names {name!r}, but the log has no {what}: expected a mapped column; "
            f"set {key}, or take {name} out"
        )
    names = [name for name in asked if name not in lacking]
    words: tuple[str, ...] = ()
    if "families" in names:
        words = learn_families(known.catalogue["description"].tolist(), families)
    held = known.history.customer_attributes if set(names) & OF_CUSTOMERS else pd.DataFrame()
    ranked = _largest(held["country"], len(held)) if "country" in held else ()
    columns: list[str] = []
    for name in names:
        columns += {
            "families": [FAMILY + word for word in (*words, OTHER)],
            "countries": [COUNTRY + country for country in ranked[:LARGEST]],
            "attributes": _attribute_columns(held) if "attributes" in names else [],
        }.get(name, [name])
    numbers = [name for name in _attributes(held) if pd.api.types.is_numeric_dtype(held[name].dtype)]
    medians = tuple((name, _median(held[name])) for name in numbers)
    absent = tuple(name for name in asked if name in lacking)
    home = ranked[0] if ranked else ""
    return Columns(tuple(columns), known.history.priced, words, home, medians, absent)


def _held(known: Known, name: str) -> bool:
    attributes = known.history.customer_columns
    if name in ("families", "likeness"):
        return known.described()
    if name == "attributes":
        return bool(set(attributes) - {"country"})
    return "country" in attributes and bool(known.history.customer_attributes["country"].notna().any())


def _attributes(held: pd.DataFrame) -> list[str]:
    return [str(name) for name in held if name != "country"]


def _attribute_columns(held: pd.DataFrame) -> list[str]:
    found: list[str] = []
    for name in _attributes(held):
        if pd.api.types.is_numeric_dtype(held[name].dtype):
            found.append(ATTRIBUTE + name)
        else:
            found += [f"{ATTRIBUTE}{name}={level}" for level in _largest(held[name], LARGEST)]
    return found


def _largest(values: pd.Series, most: int) -> tuple[str, ...]:
    """The most frequent values, of equals the first by name."""
    counted = values.dropna().astype(str).value_counts()
    return tuple(sorted(counted.index, key=lambda name: (-counted[name], name))[:most])


def _median(values: pd.Series) -> float:
    return float(values.median()) if values.notna().any() else 0.0


def _is(values: pd.Series, wanted: str) -> NDArray[np.float64]:
    return (values.astype(object) == wanted).to_numpy(dtype=np.float64)

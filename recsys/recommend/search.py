"""Where better values of a recommender's fields may be found: declared on the fields, read by `recsys tune`.

    neighbours: Annotated[int, Between(20, 1000, log=True)] = Field(100, ...)

`when` names another field and the values of it with which this one means anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

When = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Between:
    """A number from low to high, both included. log: by magnitude. or_none: or none at all.

    each_of: a tuple of such numbers, one for each entry of that field.
    """

    low: float
    high: float
    log: bool = False
    or_none: bool = False
    each_of: str = ""
    when: When | None = None


@dataclass(frozen=True)
class Among:
    """One of some values; a config that names one has chosen, and it stays."""

    values: tuple[Any, ...]
    when: When | None = None


@dataclass(frozen=True)
class Weightings:
    """How a purchase weighs, with the half-life where it decays; a kind that a config names stays."""

    kinds: tuple[str, ...] = ("binary", "count", "log", "decay")
    half_life: Between = Between(14, 365, log=True)
    when: When | None = None


Dimension = Between | Among | Weightings


def space(model: type[BaseModel]) -> dict[str, Dimension]:
    """The searched fields of a recommender; one that depends on another comes after it."""
    found = {name: one for name, field in model.model_fields.items() for one in _declared(field.metadata)}
    return dict(sorted(found.items(), key=lambda item: item[1].when is not None))


def _declared(metadata: list[Any]) -> Iterator[Dimension]:
    return (one for one in metadata if isinstance(one, Between | Among | Weightings))


def told(one: Dimension) -> str:
    """The dimension in a few words: 20 to 1000, by magnitude."""
    if isinstance(one, Weightings):
        half_life = f"{one.half_life.low:g} to {one.half_life.high:g} days"
        return f"{', '.join(one.kinds)} (half-life {half_life})"
    if isinstance(one, Among):
        return ", ".join("null" if value is None else str(value).lower() for value in one.values)
    return f"{one.low:g} to {one.high:g}" + (", by magnitude" if one.log else "")

"""The `source:` section of a config: where the lines are, and which column plays which role."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _texts(given: Any) -> Any:
    """Said once, and not once for each type that it might have been."""
    held = list(given) if isinstance(given, list | tuple) else [given]
    if given is not None and not (held and all(isinstance(text, str) and text for text in held)):
        quotes = "; put numbers in quotes" if any(isinstance(text, int | float) for text in held) else ""
        raise ValueError(f"{given!r}: expected a name or a list of names{quotes}")
    return given


Names = Annotated[str | list[str], BeforeValidator(_texts)]
"""A column name, or names of which the first that the file has is used."""

TAKEN = (
    *("customer", "product", "invoice", "basket", "time", "quantity", "price", "total", "description"),
    *("event", "weight", "worth", "repeated"),
)
"""Names an attribute cannot have: columns of the log itself."""


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError(f"encoding {name!r} is unknown: expected utf-8, cp1252, latin-1 ...") from None
    return name


def _usable_format(text: str) -> str:
    if text not in ("unix", "unix-ms"):
        try:
            datetime.strptime("", text)
        except ValueError as error:
            if "does not match" not in str(error):
                raise ValueError(f"date_format {text!r} cannot be used: {error}") from None
    return text


def _one_of(*marks: str | None) -> Callable[[Any], Any]:
    """Pydantic's own list of choices cannot be read where the choices are punctuation."""

    def checked(given: Any) -> Any:
        if given not in marks:
            shown = ["null" if mark is None else f'"{mark}"' for mark in marks]
            raise ValueError(f"{given!r} is unknown: expected {', '.join(shown[:-1])} or {shown[-1]}")
        return given

    return checked


class Columns(BaseModel):
    """Which column plays which role; a list names alternatives, and the first one present is used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer: Names = Field(description="who bought; an id")
    product: Names = Field(description="what was bought; an id")
    time: Names = Field(description="when")
    invoice: Names | None = Field(None, description="lines of one purchase; absent: a customer's day")
    quantity: Names | None = Field(None, description="units; absent: 1")
    price: Names | None = Field(None, description="currency per unit")
    total: Names | None = Field(None, description="currency per line, in place of price")
    description: Names | None = Field(None, description="the product in words")
    category: Names | None = Field(None, description="product attribute; text")
    cost: Names | None = Field(None, description="product attribute; what the shop pays per unit")
    country: Names | None = Field(None, description="customer attribute; text")
    event: Names | None = Field(None, description="view, cart, purchase ...; see source.events")

    @model_validator(mode="after")
    def _one_kind_of_money(self) -> Columns:
        if self.price is not None and self.total is not None:
            raise ValueError(
                "columns.price and columns.total are both set: expected the price per unit or the total per "
                "line; remove one of them"
            )
        return self

    def names(self, role: str) -> list[str]:
        """The column names a role may have; empty where it is not mapped."""
        value = getattr(self, role)
        return [] if value is None else [value] if isinstance(value, str) else list(value)


class Events(BaseModel):
    """Which event values are purchases, and what the others are worth beside one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purchase: Names = Field("purchase", description="values that count as a purchase")
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="other values and their weight as evidence, a purchase being 1"
    )

    @property
    def purchases(self) -> list[str]:
        """The values that count as a purchase."""
        return [self.purchase] if isinstance(self.purchase, str) else list(self.purchase)

    @model_validator(mode="after")
    def _disjoint(self) -> Events:
        both = sorted(set(self.purchases) & set(self.weights))
        if both:
            raise ValueError(f"events.weights holds {both[0]!r}, which events.purchase holds too: remove one")
        return self


def _columns(given: Any) -> Any:
    held = list(given.values()) if isinstance(given, Mapping) else given
    if not isinstance(held, list | tuple) or not all(isinstance(text, str) and text for text in held):
        raise ValueError(f"{given!r}: expected [column, ...] or {{name: column}}")
    return given


def _free(attributes: list[str] | dict[str, str]) -> list[str] | dict[str, str]:
    for name in attributes:
        if name in TAKEN:
            raise ValueError(f"attribute {name!r} has the name of a column of the log: name it otherwise")
    return attributes


Attributes = Annotated[list[str] | dict[str, str], BeforeValidator(_columns), AfterValidator(_free)]
"""Columns to carry along: their names, or {name: column}."""


class Source(BaseModel):
    """Where the lines come from and how they are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["csv", "parquet", "xlsx", "sql"]
    path: Names | None = Field(
        None, description="a file, or several: a line of an invoice that two of them hold counts once"
    )
    sheet: str | None = Field(None, description="xlsx: the sheet; absent: the first")
    url: str | None = Field(None, description="sql: any SQLAlchemy URL; ${NAME} is read from the environment")
    query: str | None = Field(None, description="sql: one SELECT")
    columns: Columns
    customer_attributes: Attributes = Field(default_factory=list)
    product_attributes: Attributes = Field(default_factory=list)
    separator: str = Field(",", min_length=1, max_length=1, description="csv: between two values")
    decimal: Annotated[Literal[".", ","], BeforeValidator(_one_of(".", ","))] = Field(
        ".", description="decimal mark in numbers written as text"
    )
    thousands: Annotated[
        Literal[".", ",", " ", "'"] | None, BeforeValidator(_one_of(None, ".", ",", " ", "'"))
    ] = Field(None, description="mark between groups of digits")
    encoding: Annotated[str, AfterValidator(_known_encoding)] = Field("utf-8", description="csv")
    date_format: Annotated[str, AfterValidator(_usable_format)] | None = Field(
        None, description="strptime, unix or unix-ms; absent: ISO or an unambiguous common format"
    )
    events: Events | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Source:
        for field in ("path",) if self.kind == "sql" else ("url", "query"):
            if getattr(self, field) is not None:
                raise ValueError(f"{field} is set, but kind is {self.kind}: remove source.{field}")
        for field in ("url", "query") if self.kind == "sql" else ("path",):
            if getattr(self, field) is None:
                raise ValueError(f"{field} is absent: kind {self.kind} needs it; set source.{field}")
        if self.sheet is not None and self.kind != "xlsx":
            raise ValueError(f"sheet is set, but kind is {self.kind}: remove source.sheet")
        if self.thousands == self.decimal:
            raise ValueError(f"thousands and decimal are both {self.decimal!r}: expected two marks")
        if self.events is not None and self.columns.event is None:
            raise ValueError("events is set, but no column is: set source.columns.event")
        twice = {*self.customer_columns} & {*self.product_columns}
        if twice:
            raise ValueError(f"attribute {min(twice)!r} is given to customers and to products: remove one")
        return self

    @property
    def paths(self) -> list[str]:
        """The files as given, in order."""
        return [] if self.path is None else [self.path] if isinstance(self.path, str) else list(self.path)

    @property
    def customer_columns(self) -> dict[str, list[str]]:
        """Customer attributes: name -> columns it may come from; `country` is one where it is mapped."""
        return self._attributes(["country"], self.customer_attributes)

    @property
    def product_columns(self) -> dict[str, list[str]]:
        """Product attributes: name -> columns it may come from; `category` and `cost` where mapped."""
        return self._attributes(["category", "cost"], self.product_attributes)

    def _attributes(self, roles: list[str], given: list[str] | dict[str, str]) -> dict[str, list[str]]:
        found = {role: self.columns.names(role) for role in roles if self.columns.names(role)}
        pairs = given.items() if isinstance(given, dict) else ((name, name) for name in given)
        return found | {name: [column] for name, column in pairs}

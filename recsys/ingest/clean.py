"""The `clean:` section of a config: which lines go, rule by rule."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"product_code {text!r} is no regular expression: {error}") from None
    return text


class Cancellations(BaseModel):
    """Lines of invoices that start with the prefix.

    drop: they leave the purchases and are set aside for features and money. net: also, each takes its units
    off the customer's latest earlier purchase of the product. keep: this rule is off; lines with a negative
    quantity are then the quantity rule's business.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["drop", "net", "keep"] = "drop"
    prefix: str = Field("C", min_length=1)


class Floor(BaseModel):
    """The least value that stays; without one, whatever is more than 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: float | None = None


def _floor(value: Any) -> Any:
    return Floor() if value is True else None if value is False else value


def _cancellations(value: Any) -> Any:
    return Cancellations() if value is True else None if value is False else value


class Clean(BaseModel):
    """Rules in their order; a rule whose column is not mapped is off. A missing value counts as 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duplicates: bool = Field(True, description="lines identical in every file column; needs an invoice")
    missing_customer: bool = Field(True, description="false: refuse a log that has such lines")
    cancellations: Annotated[Cancellations | None, BeforeValidator(_cancellations)] = Field(
        default_factory=Cancellations, description="{mode: drop|net|keep, prefix}, or false for keep"
    )
    quantity: Annotated[Floor | None, BeforeValidator(_floor)] = Field(
        default_factory=Floor, description="units <= 0 go; {min: units}; or false"
    )
    price: Annotated[Floor | None, BeforeValidator(_floor)] = Field(
        default_factory=Floor, description="prices <= 0 go; {min: price}; or false"
    )
    product_code: Annotated[str, AfterValidator(_pattern)] | None = Field(
        None, description="a regular expression; products that do not match go"
    )

    @property
    def prefix(self) -> str | None:
        """What cancelled invoices start with; None where they are kept."""
        rule = self.cancellations
        return None if rule is None or rule.mode == "keep" else rule.prefix

    @property
    def nets(self) -> bool:
        """Whether cancellations take units off purchases."""
        return self.cancellations is not None and self.cancellations.mode == "net"

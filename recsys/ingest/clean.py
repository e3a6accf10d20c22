"""The `clean:` section of a config: which lines go, rule by rule."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


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


class Clean(BaseModel):
    """Rules in their order; a rule whose column is not mapped is off. A missing value counts as 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duplicates: bool = Field(True, description="lines identical in every file column; needs an invoice")
    missing_customer: bool = Field(True, description="false: refuse a log that has such lines")
    cancellations: bool | Cancellations = Field(
        Cancellations(), description="{mode: drop|net|keep, prefix}; false is keep"
    )
    quantity: bool | Floor = Field(True, description="units <= 0 go; {min: units} where fewer go")
    price: bool | Floor = Field(True, description="prices <= 0 go; {min: price} where lower ones go")
    product_code: Annotated[str, AfterValidator(_pattern)] | None = Field(
        None, description="a regular expression; products that do not match go"
    )

    @property
    def returns(self) -> Cancellations | None:
        """What to do with cancellations; None where they are kept."""
        rule = Cancellations() if self.cancellations is True else self.cancellations
        return None if isinstance(rule, bool) or rule.mode == "keep" else rule

    def floor(self, column: Literal["quantity", "price"]) -> Floor | None:
        """The least that stays; None where the rule is off."""
        rule: bool | Floor = getattr(self, column)
        return (Floor() if rule else None) if isinstance(rule, bool) else rule

"""The `clean:` section of a config: which lines go, rule by rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

    drop: they leave the purchases; those with negative units are set aside as returns, which features and
    money are net of. net: also, each takes its units off the customer's latest earlier purchase of the
    product. keep: the prefix means nothing. Such a line is then a purchase where its units are positive;
    where they are negative the quantity rule takes it, or, with `quantity: false`, it is set aside as a
    return (`returns` in the ledger), as are negative units without the prefix. A return is never a purchase.

    returners: customers who only have returns left are grouped into segments like everyone else; they are
    no buyers, so nobody is judged, counted or served for it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Literal["drop", "net", "keep"] = "drop"
    prefix: str = Field("C", min_length=1)
    returners: bool = False


class Floor(BaseModel):
    """The least value that stays; without one, whatever is more than 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: float | None = None


def _floor(given: Any) -> Any:
    """One type instead of several, so that a mistake is told once."""
    if isinstance(given, bool):
        return Floor() if given else None
    if given is None or isinstance(given, Mapping | Floor):
        return given
    raise ValueError(f"{given!r}: expected true, false or {{min: NUMBER}}")


def _cancellations(given: Any) -> Any:
    if isinstance(given, bool):
        return Cancellations(mode="drop" if given else "keep")
    if isinstance(given, Mapping | Cancellations):
        return given
    raise ValueError(
        f"{given!r}: expected true, false or {{mode: drop|net|keep, prefix: C, returners: false}}"
    )


FloorRule = Annotated[Floor | None, BeforeValidator(_floor, json_schema_input_type=bool | Floor | None)]


class Clean(BaseModel):
    """Rules in their order; a rule whose column is not mapped is off. A missing value counts as 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duplicates: bool = Field(True, description="lines identical in every file column; needs an invoice")
    missing_customer: bool = Field(True, description="false: refuse a log that has such lines")
    cancellations: Annotated[
        Cancellations, BeforeValidator(_cancellations, json_schema_input_type=bool | Cancellations)
    ] = Field(
        Cancellations(), description="{mode: drop|net|keep, prefix, returners}; true is drop, false is keep"
    )
    quantity: FloorRule = Field(
        Floor(), description="units <= 0 go; {min: units}: fewer go; false: off, negative ones are returns"
    )
    price: FloorRule = Field(Floor(), description="prices <= 0 go; {min: price}: lower ones go; false: off")
    product_code: Annotated[str, AfterValidator(_pattern)] | None = Field(
        None, description="a regular expression; products that do not match go"
    )
    missing_description: bool = Field(False, description="true: lines without a description go")
    descriptions: tuple[str, ...] = Field(
        (), description="lines with one of these descriptions go; letter for letter, without outer blanks"
    )

    @property
    def returns(self) -> Cancellations | None:
        """What to do with cancellations; None where they are kept."""
        return None if self.cancellations.mode == "keep" else self.cancellations

    def floor(self, column: Literal["quantity", "price"]) -> Floor | None:
        """The least that stays; None where the rule is off."""
        return self.quantity if column == "quantity" else self.price

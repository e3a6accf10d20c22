"""Baskets, customers and where they are."""

from __future__ import annotations

from recsys.report.document import Block, Section
from recsys.report.look.noun import Inspection
from recsys.report.look.parts import chart, counts, quantiles, with_money


def baskets(found: Inspection) -> Section:
    """How many products an invoice has."""
    table = counts("Invoices by number of products", found.baskets, "Products", ["invoices", "share"])
    spread = quantiles("Products in an invoice", {"Products": found.basket_quantiles})
    return Section(
        "Baskets", (chart("Invoices by number of products", table, found.baskets, "invoices"), spread)
    )


def customers(found: Inspection) -> Section:
    """How often a customer comes, and after how many days again."""
    table = counts("Customers by number of purchases", found.purchases, "Purchases", ["customers", "share"])
    spread = {"Purchases": found.purchase_quantiles}
    if found.between:
        spread["Days to the next"] = found.between
    drawn: Block = chart("Customers by number of purchases", table, found.purchases, "customers")
    return Section("Customers", (drawn, quantiles("Purchases of a customer, and days between two", spread)))


def countries(found: Inspection) -> Section | None:
    """Purchases per country, where it is known."""
    if found.countries.empty:
        return None
    columns = with_money(("lines", "customers", "invoices", "revenue"), found.priced)
    table = counts("Purchases per country", found.countries, "Country", columns, currency=found.currency)
    return Section("Countries", (chart("Lines per country", table, found.countries, "lines"),))

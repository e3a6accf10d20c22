"""Which sections make the page of a log, and in which order: what it means first."""

from __future__ import annotations

from recsys.report.document import Page
from recsys.report.look.cleaning import cleaning, gaps
from recsys.report.look.meaning import glance, meaning, reading
from recsys.report.look.noun import Inspection
from recsys.report.look.people import baskets, countries, customers
from recsys.report.look.products import prices, products
from recsys.report.look.times import times


def page_of_log(found: Inspection) -> Page:
    """The whole page."""
    made = (
        glance(found),
        meaning(found),
        times(found),
        reading(found),
        cleaning(found),
        gaps(found),
        baskets(found),
        customers(found),
        countries(found),
        products(found),
        prices(found),
    )
    sections = tuple(section for section in made if section)
    label = "A simulated shop: its figures are not how real customers behave." if found.simulated else ""
    return Page(found.name, f"A look at {found.source}", label, sections, about="a look at the log")

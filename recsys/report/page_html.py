"""A page as one HTML file: no script, no request, every name escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recsys.report.chart import HEIGHT, WIDTH
from recsys.report.document import Page
from recsys.report.show import clean

TEMPLATES = Path(__file__).parent / "templates"

#: Shades of a cell; the style sheet has a colour for each.
HEATS = 7


def html(page: Page) -> str:
    """The whole page."""
    style = (TEMPLATES / "style.css").read_text("utf-8")
    return _environment().get_template("report.html.j2").render(page=page, style=style)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters["shade"] = shade
    environment.filters["across"] = _across
    environment.filters["down"] = _down
    return environment


def shade(heat: float) -> int:
    """0 to HEATS; only the best of a column has the last."""
    return HEATS if heat >= 1 else min(int(heat * HEATS), HEATS - 1)


def _across(x: float, by: float = 0) -> str:
    """0 to 1 as pixels of a chart, from its left edge."""
    return f"{64 + x * WIDTH + by:.1f}"


def _down(y: float) -> str:
    """0 to 1 as pixels of a chart, from its upper edge: more is higher."""
    return f"{12 + (1 - y) * HEIGHT:.1f}"


def _finalize(value: Any) -> Any:
    """Every name on one line, without marks that turn the writing; what is Markup already was cleaned.

    A percent sign stays with its figure.
    """
    return clean(value).replace(" %", "\u00a0%") if type(value) is str else value

"""A page as one HTML file: no request, every name escaped, whole with scripts off."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from recsys.report.document import Page, pictures
from recsys.report.drawing import library, quiet, svg
from recsys.report.show import clean

TEMPLATES = Path(__file__).parent / "templates"

#: Shades of a cell; the style sheet has a colour for each.
HEATS = 7


def html(page: Page) -> str:
    """The whole page; the charts' library is in it once, where there is a chart."""
    style = (TEMPLATES / "style.css").read_text("utf-8")
    script = library() if any(True for _ in pictures(page)) else ""
    template = _environment().get_template("report.html.j2")
    return template.render(page=page, style=style, library=script, policy=_policy(script))


def _policy(script: str) -> str:
    """What a browser may do with the page: show it, run this script and no other, and ask for nothing."""
    allowed = ["default-src 'none'", "style-src 'unsafe-inline'"]
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        allowed.append(f"script-src 'sha256-{digest}' 'unsafe-eval'")  # Vega compiles its expressions
    return "; ".join(allowed)


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
    environment.filters["drawn"] = lambda spec: Markup(svg(spec))
    environment.filters["quiet"] = lambda spec: Markup(quiet(spec))
    return environment


def shade(heat: float) -> int:
    """0 to HEATS; only the best of a column has the last."""
    return HEATS if heat >= 1 else min(int(heat * HEATS), HEATS - 1)


def _finalize(value: Any) -> Any:
    """Every name on one line, without marks that turn the writing; what is Markup already was cleaned.

    A percent sign stays with its figure.
    """
    return clean(value).replace(" %", "\u00a0%") if type(value) is str else value

"""What all charts share: the page's own colours, so that they follow light, dark and print; plain data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import wraps
from typing import Any, ParamSpec, cast

import altair as alt
import numpy as np
from altair.utils.schemapi import debug_mode

from recsys.report import artist
from recsys.report.show import clean

INK, SOFT, LINE, PAPER = "var(--ink)", "var(--soft)", "var(--line)", "var(--paper)"
MARK, ACCENT, LOST = "var(--mark)", "var(--accent)", "var(--lost)"

# After Okabe and Ito's palette, told apart by those who do not see all colours; each stands out from light
# paper and from dark by 3 to 1. Beyond eight, hues between them.
COLOURS = (
    *("#0072b2", "#c07f00", "#009e73", "#cc79a7", "#3b93cc", "#d55e00", "#7f7f7f", "#958800"),
    *("#5b6ee1", "#a0522d", "#4f9a3d", "#c2529b", "#2f8f9d", "#b5651d", "#7a68a6", "#6f8f2e"),
)
FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
GRAMMAR = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])  # as vl-convert names it: 6.1
WIDTH, HEIGHT = 640, 260  # of a plot, in pixels
STEP = 22  # from one row to the next

Spec = str
"""A Vega-Lite specification as JSON text: one value for who draws it now and who draws it in a browser."""

Chart = alt.Chart | alt.LayerChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart | alt.FacetChart


P = ParamSpec("P")


def data(rows: Iterable[Mapping[str, Any]]) -> alt.InlineData:
    """Rows as a chart holds them; an unknown number is null, others keep six digits."""
    return alt.InlineData(values=[{name: _plain(value) for name, value in row.items()} for row in rows])


def chart(build: Callable[P, Chart]) -> Callable[P, Spec]:
    """A function that builds a chart gives its specification, in the colours and letters of the page.

    What is built here is not checked against Vega-Lite's schema every time, which is most of the work: the
    tests do it once, by `__wrapped__`.
    """

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> Spec:
        with debug_mode(False):
            made = styled(build(*args, **kwargs)).to_dict(validate=False)
        spec = clean(json.dumps(made, ensure_ascii=False, separators=(",", ":")))
        artist.begin(still(spec))
        return spec

    return built


def ready() -> None:
    """Have somebody ready who draws, warm from a first chart without a mark."""
    artist.call()
    artist.begin(still('{"data": {"values": []}, "mark": "point"}'))


def still(spec: Spec) -> artist.Job:
    """What is drawn without a browser, in a font that nobody has: it leaves room for any that a reader has,
    and no two machines draw otherwise.
    """
    return spec.replace(json.dumps(FONT), '"none"'), GRAMMAR


def styled(drawn: Chart) -> Chart:
    """The chart in the colours and letters of the page."""
    return cast(
        Chart,
        drawn.configure(
            background="transparent",
            font=FONT,
            padding={"left": 12, "right": 8, "top": 6, "bottom": 4},
            view=alt.ViewConfig(stroke=None),
            axis=alt.AxisConfig(
                labelColor=painted(SOFT),
                titleColor=painted(SOFT),
                gridColor=painted(LINE),
                domainColor=painted(LINE),
                tickColor=painted(LINE),
                labelFontSize=12,
                titleFontSize=12,
                titleFontWeight="normal",
                titlePadding=8,
                labelLimit=220,
                labelPadding=5,
                labelFlush=False,
            ),
            legend=alt.LegendConfig(
                labelColor=painted(INK),
                titleColor=painted(SOFT),
                labelFontSize=12,
                labelLimit=260,
                orient="bottom",
                columns=3,
                symbolOpacity=1,
            ),
            title=alt.TitleConfig(color=painted(INK), fontSize=12, fontWeight="normal"),
            text=alt.MarkConfig(color=painted(INK), fontSize=12),
        ),
    )


def painted(colour: str) -> Any:
    """A colour of the page, which Altair's types take for no colour."""
    return colour


def colours(names: Iterable[str], there: Collection[str] | None = None) -> alt.Scale:
    """A colour for each name, in order; only those `there` are shown, each in its own colour."""
    pairs = [
        (clean(name), COLOURS[at % len(COLOURS)])
        for at, name in enumerate(names)
        if there is None or name in there
    ]
    return alt.Scale(domain=[name for name, _ in pairs], range=[colour for _, colour in pairs])


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value

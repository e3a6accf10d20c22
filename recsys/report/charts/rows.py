"""Charts with a row for each name: bars, shares side by side, estimates with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt

from recsys.report.charts.style import (
    ACCENT,
    INK,
    LOST,
    MARK,
    PAPER,
    SOFT,
    STEP,
    Chart,
    chart,
    colours,
    data,
    painted,
)
from recsys.report.document import Bar


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval. text: the figures in words. strong: stands out."""

    label: str
    value: float
    low: float
    high: float
    text: str
    strong: bool = False


@chart
def bars(of: str, shown: Sequence[Bar]) -> Chart:
    """A bar for each row with its figure beside it; of: what the figures count."""
    rows = [
        {"name": bar.label, "start": bar.start, "end": bar.end, "text": bar.text, "lost": bar.lost}
        for bar in shown
    ]
    base = alt.Chart(data(rows)).encode(y=_names())
    # Some room for the figures, which stand beyond the longest bar.
    across = alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, _most(shown)], nice=False))
    drawn = base.mark_bar(height=STEP - 6).encode(
        x=across,
        x2=alt.X2("end:Q"),
        color=alt.condition("datum.lost", alt.value(LOST), alt.value(MARK)),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=of)],
    )
    figures = base.mark_text(align="left", dx=6).encode(x=alt.X("end:Q"), text=alt.Text("text:N"))
    return alt.layer(drawn, figures).properties(width=300, height=alt.Step(STEP))


@chart
def grouped(names: Sequence[str], shares: Mapping[str, Sequence[float]]) -> Chart:
    """Bars of each name's share of several things; shares: what -> one for each name, 0 to 1."""
    rows = [
        {"name": name, "what": what, "share": values[at], "text": f"{values[at]:.0%}"}
        for what, values in shares.items()
        for at, name in enumerate(names)
        if values[at] == values[at]
    ]
    base = alt.Chart(data(rows)).encode(
        y=_names(paddingInner=0.25),
        yOffset=alt.YOffset("what:N", sort=None, scale=alt.Scale(paddingInner=0.1)),
        x=alt.X("share:Q", axis=None, scale=alt.Scale(nice=False)),
    )
    drawn = base.mark_bar().encode(
        color=alt.Color("what:N", title=None, scale=colours(shares)),
        tooltip=[
            alt.Tooltip("name:N", title=" "),
            alt.Tooltip("what:N", title="share of"),
            alt.Tooltip("share:Q", format=".1%"),
        ],
    )
    figures = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("text:N"))
    height = len(names) * 15 * len(shares) + len(names) * 6
    return alt.layer(drawn, figures).properties(width=420, height=height)


@chart
def estimates(of: str, shown: Sequence[Estimate], *, form: str = "~g") -> Chart:
    """A dot for each row with the interval around it, beside a line at zero; form: as d3 writes numbers."""
    rows = [
        {
            "name": one.label,
            "value": one.value,
            "low": one.low,
            "high": one.high,
            "text": one.text,
            "strong": one.strong,
        }
        for one in shown
    ]
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("name:N", sort=None, axis=None),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=of)],
    )
    paint = alt.condition("datum.strong", alt.value(ACCENT), alt.value(MARK))
    across = alt.X("low:Q", title=of, axis=alt.Axis(tickCount=6, format=form, domain=False))
    # Each name stands above its interval: beside it, a phone would show the names alone.
    names = base.mark_text(align="left", dy=-STEP * 2 / 3, fill=INK, limit=400).encode(
        x=alt.value(4), text=alt.Text("name:N")
    )
    whiskers = base.mark_rule(strokeWidth=2).encode(x=across, x2=alt.X2("high:Q"), color=paint)
    dots = base.mark_point(size=60, opacity=1, filled=False, strokeWidth=2).encode(
        x=alt.X("value:Q"),
        stroke=paint,
        fill=alt.condition("datum.strong", alt.value(ACCENT), alt.value(PAPER)),
    )
    rule = alt.Chart(data([{"at": 0}])).mark_rule(color=painted(SOFT)).encode(x=alt.X("at:Q"))
    return alt.layer(rule, names, whiskers, dots).properties(width=420, height=alt.Step(2 * STEP))


def _names(**scale: float) -> alt.Y:
    """A row for each name, in the order given."""
    return alt.Y(
        "name:N",
        sort=None,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, grid=False, labelColor=painted(INK), labelLimit=220),
        scale=alt.Scale(**scale),  # type: ignore[arg-type]
    )


def _most(shown: Sequence[Bar]) -> float:
    return max([bar.end for bar in shown if bar.end == bar.end], default=0.0) or 1.0

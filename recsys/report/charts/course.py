"""Charts of what goes on over time: days, windows, ages of lists; and of numbers of segments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import altair as alt
import pandas as pd

from recsys.report.charts.labels import Point, places
from recsys.report.charts.style import (
    ACCENT,
    COLOURS,
    HEIGHT,
    INK,
    MARK,
    SOFT,
    WIDTH,
    Chart,
    chart,
    data,
    painted,
)

_WEEK = 7


@dataclass(frozen=True)
class Step:
    """A point of a line, the ends of its interval where it has one, and the figures in words."""

    at: float
    value: float
    text: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Course:
    """A line with its name; strong: stands out."""

    label: str
    steps: tuple[Step, ...]
    strong: bool = False


@chart
def daily(days: pd.DataFrame, around: Sequence[float], *, each: bool) -> Chart:
    """Lines of each day (`each`), thin, and the mean around it, strong; days: day (2024-01-31), lines."""
    rows = days.assign(around=list(around))[["day", "lines", "around"]].to_dict("records")
    base = alt.Chart(data(rows if each else rows[::_WEEK])).encode(
        x=alt.X(
            "day:T",
            title=None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%b %Y", grid=False, tickCount=8, labelOverlap=True),
        ),
        tooltip=[
            alt.Tooltip("day:N", title="day"),
            alt.Tooltip("lines:Q", format=",.0f"),
            alt.Tooltip("around:Q", title="mean of seven days", format=",.0f"),
        ],
    )
    height = alt.Axis(tickCount=5, domain=False, ticks=False, format=",.0f")
    strong = base.mark_line(color=ACCENT, strokeWidth=2).encode(
        y=alt.Y("around:Q", title="lines", axis=height)
    )
    thin = base.mark_line(color=MARK, strokeWidth=0.8).encode(y=alt.Y("lines:Q"))
    told = base.mark_rule(strokeWidth=6, opacity=0)  # not seen: tells a pointer of the nearest day
    layers = (thin, strong, told) if each else (strong, told)
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


@chart
def courses(
    across: str, up: str, shown: Sequence[Course], *, ticks: Sequence[str] = (), form: str = "~g"
) -> Chart:
    """Lines with their names at the end; strong ones above, with intervals where their steps have them.

    across, up: what the axes measure. ticks: the texts of steps 0, 1, ... where `at` counts them. form: of
    the values, as d3 writes numbers.
    """
    ordered = sorted(shown, key=lambda course: course.strong)
    ends = sorted({step.at for course in ordered for step in course.steps})
    room = (ends[-1] - ends[0] or 1.0) * 0.32  # for the names
    domain = (ends[0], ends[-1] + room)
    held = _padded([value for course in ordered for step in course.steps for value in _values(step)])
    base = alt.Chart(data(_rows(ordered))).encode(
        x=alt.X(
            "at:Q",
            title=across or None,
            scale=alt.Scale(domain=list(domain), nice=False),
            axis=alt.Axis(values=ends, grid=False, domain=False, **_texts(ticks)),
        ),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=up)],
    )
    height = alt.Y(
        "value:Q",
        title=up,
        scale=alt.Scale(domain=list(held), nice=False, zero=False),
        axis=alt.Axis(tickCount=5, domain=False, ticks=False, format=form),
    )
    paint = alt.Color("colour:N", scale=None, legend=None)
    thick = alt.StrokeWidth("strong:O", scale=alt.Scale(domain=[False, True], range=[1.2, 2.2]), legend=None)
    layers = [
        base.mark_line().encode(y=height, color=paint, detail=alt.Detail("name:N"), strokeWidth=thick),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.4)
        .encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=paint),
        base.mark_point(filled=True, size=34, opacity=1).encode(y=alt.Y("value:Q"), color=paint),
    ]
    if held[0] < 0 < held[1]:
        layers.insert(0, alt.Chart(data([{"at": 0}])).mark_rule(color=painted(SOFT)).encode(y=alt.Y("at:Q")))
    named = _named(ordered, domain, held)
    layers.append(
        alt.Chart(data(named))
        .mark_text(align="left", dx=9, dy=alt.expr("datum.down"))
        .encode(
            x=alt.X("at:Q"),
            y=alt.Y("value:Q"),
            text=alt.Text("name:N"),
            color=alt.condition("datum.strong", alt.value(INK), alt.value(SOFT)),
        )
    )
    return alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)


@chart
def elbow(evidence: pd.DataFrame) -> Chart:
    """Inertia and silhouette for each number of segments; the ring is the one that was chosen."""
    return alt.hconcat(_bent(evidence, "inertia"), _bent(evidence, "silhouette"), spacing=40)


def _bent(evidence: pd.DataFrame, name: str) -> alt.LayerChart:
    rows = evidence[["k", name]].assign(chosen=evidence["chosen"].astype(bool)).to_dict("records")
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "k:Q",
            title="segments",
            scale=alt.Scale(zero=False, nice=False, padding=12),
            axis=alt.Axis(values=evidence["k"].tolist(), grid=False, format="d"),
        ),
        y=alt.Y(
            f"{name}:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5, format=",.4~f")
        ),
        tooltip=[alt.Tooltip("k:Q", title="segments"), alt.Tooltip(f"{name}:Q", format=",.4~g")],
    )
    line = base.mark_line(color=ACCENT)
    dots = base.mark_point(filled=True, size=40, opacity=1, color=ACCENT)
    ring = base.transform_filter("datum.chosen").mark_point(
        size=220, filled=False, strokeWidth=2, color=COLOURS[5]
    )
    drawn = alt.layer(line, dots, ring, title=name).properties(width=260, height=180)
    return cast(alt.LayerChart, drawn)


def _rows(shown: Sequence[Course]) -> list[dict[str, object]]:
    """Steps; strong lines have colours of their own where there are several, the others are pale."""
    strong = [course.label for course in shown if course.strong]
    several = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(strong)}
    paint = several if len(strong) > 1 else dict.fromkeys(strong, ACCENT)
    return [
        {
            "name": course.label,
            "at": step.at,
            "value": step.value,
            "low": step.low,
            "high": step.high,
            "text": step.text,
            "strong": course.strong,
            "colour": paint.get(course.label, MARK),
        }
        for course in shown
        for step in course.steps
    ]


def _values(step: Step) -> list[float]:
    return [value for value in (step.value, step.low, step.high) if value is not None and value == value]


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """From zero where nothing is below it, with a little room beyond what differs from it."""
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.06 * (high - low) or 1.0
    return (low - room if low < 0 else 0.0), (high + room if high > 0 or low == 0 else 0.0)


def _texts(ticks: Sequence[str]) -> dict[str, Any]:
    """A Vega expression that writes step n as its text."""
    return {"labelExpr": f"{json.dumps(list(ticks))}[datum.value]"} if ticks else {}


def _named(
    shown: Sequence[Course], across: tuple[float, float], up: tuple[float, float]
) -> list[dict[str, object]]:
    """The names of lines at their ends, those for which there is room."""
    steps = [(course, step) for course in shown for step in course.steps]
    points = [
        Point(
            (step.at - across[0]) / (across[1] - across[0]) * WIDTH,
            (up[1] - step.value) / (up[1] - up[0]) * HEIGHT,
            course.label if step is course.steps[-1] else "",
            course.strong,
        )
        for course, step in steps
    ]
    found = places(points, WIDTH, HEIGHT, either_side=False)
    return [
        {
            "name": course.label,
            "at": step.at,
            "value": step.value,
            "down": place.down,
            "strong": course.strong,
        }
        for (course, step), place in zip(steps, found, strict=True)
        if place is not None
    ]

"""Charts of how segments differ: radars, outlines of each figure, silhouettes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.report.charts.style import COLOURS, INK, LINE, SOFT, Chart, chart, colours, data, painted

_ACROSS = 3  # small charts side by side
_BINS = 24
_RADIUS = 78.0  # of a radar, in pixels
_DRAWN = 160  # silhouettes of a segment, at most


@chart
def radar(names: Sequence[str], features: Sequence[str], levels: NDArray[np.float64]) -> Chart:
    """One small radar for each segment; levels: (segments, features), standard deviations from the mean."""
    reach = max(1.0, float(np.nanmax(np.abs(levels))))
    held = [
        _radar(name, features, levels[at], reach, COLOURS[at % len(COLOURS)]) for at, name in enumerate(names)
    ]
    return alt.concat(*held, columns=_ACROSS, spacing=18)


@chart
def histograms(
    frame: pd.DataFrame, codes: NDArray[np.integer], names: Sequence[str], logged: Collection[str]
) -> Chart:
    """How each feature is spread within each segment: outlines of one area, `logged` ones on a log scale."""
    there = [names[code] for code in np.unique(codes)]
    held = []
    for name in frame:
        values = frame[name].to_numpy(dtype=float)
        log = name in logged and bool(values.min() >= 0)
        shown = np.log10(values + 1) if log else values
        known = shown[np.isfinite(shown)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
        axis: dict[str, Any] = {"tickCount": 4, "format": "~s"}
        if log:
            steps = [step for step in range(math.floor(low), math.ceil(high) + 1) if low <= step <= high]
            axis = {"values": steps, "labelExpr": "format(pow(10, datum.value), '~s')"}
        held.append(
            alt.Chart(data(_outlines(shown, codes, names, edges)), title=str(name).replace("_", " "))
            .mark_line(interpolate="step-after", strokeWidth=1.4)
            .encode(
                x=alt.X(
                    "at:Q",
                    title=None,
                    scale=alt.Scale(domain=[edges[0], edges[-1]], nice=False),
                    axis=alt.Axis(grid=False, labelOverlap=True, **axis),
                ),
                y=alt.Y("height:Q", title=None, axis=None),
                color=alt.Color("name:N", title=None, sort=None, scale=colours(names, there)),
                tooltip=alt.Tooltip("name:N", title=" "),
            )
            .properties(width=190, height=110)
        )
    return alt.concat(*held, columns=_ACROSS, spacing=22)


@chart
def silhouettes(values: NDArray[np.float64], codes: NDArray[np.integer], names: Sequence[str]) -> Chart:
    """Customers' silhouettes, sorted within the segment; the dashed line is the mean."""
    rows: list[dict[str, object]] = []
    texts: list[dict[str, object]] = []
    top, gap = 0.0, max(5.0, len(values) / 100)
    for code in np.unique(codes).tolist():
        own = np.sort(values[codes == code])[::-1]
        # As many steps as can be told apart, each at its place among all.
        picked = np.unique(np.linspace(0, len(own) - 1, min(len(own), _DRAWN)).round().astype(int))
        rows += [{"name": names[code], "value": own[at], "row": top + at} for at in picked.tolist()]
        rows.append({"name": names[code], "value": own[-1], "row": top + len(own)})
        texts.append({"name": names[code], "at": min(0.0, float(values.min())), "row": top + len(own) / 2})
        top += len(own) + gap
    across = alt.X("value:Q", title="silhouette", axis=alt.Axis(grid=False, tickCount=6))
    down = alt.Y("row:Q", axis=None, scale=alt.Scale(reverse=True, nice=False, domain=[0, top]))
    areas = (
        alt.Chart(data(rows))
        .mark_area(orient="horizontal", opacity=0.85)
        .encode(
            x=across,
            y=down,
            color=alt.Color("name:N", scale=colours(names), legend=None),
            tooltip=alt.Tooltip("name:N", title=" "),
        )
    )
    words = (
        alt.Chart(data(texts))
        .mark_text(align="right", dx=-8, limit=200)
        .encode(x=alt.X("at:Q"), y=alt.Y("row:Q"), text=alt.Text("name:N"))
    )
    mean = (
        alt.Chart(data([{"mean": float(values.mean())}]))
        .mark_rule(strokeDash=[4, 3], color=painted(INK))
        .encode(x=alt.X("mean:Q"), tooltip=alt.Tooltip("mean:Q", format=".3f"))
    )
    return alt.layer(areas, mean, words).properties(width=420, height=340)


def _radar(
    name: str, features: Sequence[str], levels: NDArray[np.float64], reach: float, colour: str
) -> alt.LayerChart:
    """The mean of all customers is the dotted ring at half the radius."""
    angles = [2 * math.pi * at / len(features) for at in range(len(features))]
    shape = [
        _at(angle, _RADIUS * (1 + level / reach) / 2)
        for angle, level in zip(angles, levels.tolist(), strict=True)
    ]
    ring, rim = ([_at(angle, radius) for angle in angles] for radius in (_RADIUS / 2, _RADIUS))
    wide, high = _RADIUS + 66, _RADIUS + 24
    across = alt.X("x:Q", scale=alt.Scale(domain=[-wide, wide], nice=False), axis=None)
    up = alt.Y("y:Q", scale=alt.Scale(domain=[-high, high], nice=False), axis=None)

    def around(points: list[tuple[float, float]], **style: Any) -> alt.Chart:
        rows = [{"x": x, "y": y, "order": at} for at, (x, y) in enumerate([*points, points[0]])]
        return alt.Chart(data(rows)).mark_line(**style).encode(x=across, y=up, order=alt.Order("order:Q"))

    spokes = data({"x": 0, "y": 0, "x2": x, "y2": y} for x, y in rim)
    corners = data(
        {"x": x, "y": y, "name": feature, "level": f"{level:+.2f}".replace("-", "\u2212")}
        for (x, y), feature, level in zip(shape, features, levels.tolist(), strict=True)
    )
    texts = data(_text(feature, angle) for feature, angle in zip(features, angles, strict=True))
    drawn = alt.layer(
        alt.Chart(spokes)
        .mark_rule(color=painted(LINE))
        .encode(x=across, y=up, x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q")),
        around(rim, color=LINE, strokeWidth=1),
        around(ring, color=SOFT, strokeWidth=1, strokeDash=[2, 3]),
        around(shape, color=colour, strokeWidth=1.8, fill=colour, fillOpacity=0.25),
        alt.Chart(corners)
        .mark_point(filled=True, size=26, opacity=1, color=painted(colour))
        .encode(
            x=across,
            y=up,
            tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("level:N", title="deviations")],
        ),
        *(
            alt.Chart(texts)
            .transform_filter(f"datum.align == '{side}'")
            .mark_text(fontSize=11, color=painted(SOFT), align=side, baseline="middle")
            .encode(x=across, y=up, text=alt.Text("name:N"))
            for side in ("left", "center", "right")
        ),
        title=alt.Title(name, anchor="middle"),
    ).properties(width=2 * wide, height=2 * high)
    return cast(alt.LayerChart, drawn)


def _at(angle: float, radius: float) -> tuple[float, float]:
    """The first at the top, then clockwise."""
    return radius * math.sin(angle), radius * math.cos(angle)


def _text(feature: str, angle: float) -> dict[str, object]:
    x, y = _at(angle, _RADIUS + 9)
    side = "center" if abs(math.sin(angle)) < 0.3 else "left" if x > 0 else "right"
    return {"x": x, "y": y, "name": feature, "align": side}


def _outlines(
    shown: NDArray[np.float64],
    codes: NDArray[np.integer],
    names: Sequence[str],
    edges: NDArray[np.float64],
) -> Iterator[dict[str, object]]:
    """Steps of each segment's histogram, all of one area."""
    for code, name in enumerate(names):
        own = shown[(codes == code) & np.isfinite(shown)]
        if len(own):
            heights = np.histogram(own, edges, density=True)[0].tolist()
            for at, height in zip(edges.tolist(), [*heights, 0.0], strict=True):
                yield {"at": at, "height": height, "name": name}

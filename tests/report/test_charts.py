"""Charts: valid Vega-Lite, figures where they belong, names as text; labels that do not lie on each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from recsys.report import drawing
from recsys.report.charts.bands import transitions
from recsys.report.charts.course import Course, Step, courses, daily, elbow
from recsys.report.charts.labels import Point, places
from recsys.report.charts.rows import Estimate, bars, estimates, grouped
from recsys.report.charts.spots import Bubble, Spot, bubbles, crowd, frontier
from recsys.report.charts.spread import histograms, radar, silhouettes
from recsys.report.charts.style import COLOURS, Spec, colours, data, styled
from recsys.report.document import Bar

EVIL = '</script><img src=x onerror="alert(1)"> var(--zzz) & \u202e"evil'
NAMES = ["Big", EVIL, "Small"]
RNG = np.random.default_rng(3)
CODES = np.repeat([0, 1, 2], 40)
CLOUD = RNG.normal(size=(120, 3)) + CODES[:, None]
MOVED = pd.DataFrame(
    [("Big", "Big", 60), ("Big", "Small", 20), ("Small", "Big", 5), ("Small", "Small", 15)],
    columns=["from", "to", "customers"],
)
TRIED = pd.DataFrame(
    {"k": [4, 5, 6], "inertia": [90.0, 70.0, 60.0], "silhouette": [0.3, 0.4, 0.35], "chosen": [0, 1, 0]}
)
DAYS = pd.DataFrame({"day": ["2024-01-01", "2024-01-02", "2024-01-03"], "lines": [4.0, 0.0, 8.0]})
RISING = Course(EVIL, (Step(0, 0.1, "a"), Step(28, 0.2, "b", 0.1, 0.3)), strong=True)
FALLING = Course("falls", (Step(0, 0.1, "a"), Step(28, -0.2, "b")))

CHARTS: dict[str, tuple[Callable[..., Spec], tuple[Any, ...], dict[str, Any]]] = {
    "bars": (bars, ("lines", [Bar("read", 0, 8, "8"), Bar(EVIL, 6, 8, "2", lost=True)]), {}),
    "no bars": (bars, ("lines", []), {}),
    "grouped": (grouped, (NAMES, {"customers": [0.5, 0.3, 0.2], "revenue": [0.7, float("nan"), 0.3]}), {}),
    "estimates": (
        estimates,
        ("gain", [Estimate(EVIL, 0.1, -0.1, 0.3, "so"), Estimate("b", 1, 0, 2, "so")]),
        {},
    ),
    "daily": (daily, (DAYS, [4.0, 4.0, 4.0]), {"each": True}),
    "weekly": (daily, (DAYS, [4.0, 4.0, 4.0]), {"each": False}),
    "courses": (courses, ("days", "change", [RISING, FALLING]), {"form": ".0%"}),
    "one point": (courses, ("", "map", [Course("a", (Step(0, 0.0, "x"),))]), {"ticks": [EVIL]}),
    "elbow": (elbow, (TRIED,), {}),
    "frontier": (
        frontier,
        ("seconds", "map", [Spot("a", 0.0, 0.1, "x", strong=True), Spot(EVIL, 9.0, 0.3, "y", edge=True)]),
        {"least": 0.001},
    ),
    "bubbles": (bubbles, ("days", "spent", [Bubble("a", 5, 0, 10, "x"), Bubble(EVIL, 50, 400, 20, "y")]), {}),
    "plane": (crowd, (CLOUD[:, :2], CODES, NAMES, ["one", "two"]), {}),
    "axes": (crowd, (CLOUD, CODES, NAMES, ["one", "two", "three"]), {}),
    "radar": (radar, (NAMES, ["recency", EVIL, "spend"], np.array([[1.0, -1, 0], [0, 2, 0], [0, 0, 0]])), {}),
    "histograms": (histograms, (pd.DataFrame({"spend": np.arange(120.0)}), CODES, NAMES, {"spend"}), {}),
    "silhouettes": (silhouettes, (RNG.uniform(-0.2, 0.6, 120), CODES, NAMES), {}),
    "transitions": (transitions, (MOVED, ["Big", "Small"]), {}),
}
every = pytest.mark.parametrize("name", CHARTS)


def spec(name: str) -> Spec:
    build, given, more = CHARTS[name]
    return build(*given, **more)


def rows(made: Spec | dict[str, Any], *way: str | int) -> list[dict[str, Any]]:
    """The data of a part of the chart: rows(made, "layer", 0)."""
    whole = json.loads(made) if isinstance(made, str) else made
    part = whole
    for step in way:
        part = part[step]
    held: list[dict[str, Any]] = whole["datasets"][part.get("data", whole.get("data"))["name"]]
    return held


def letters(text: str) -> list[str]:
    """The words of a drawing, which must be well-formed."""
    tree = ElementTree.fromstring(text)
    return [node.text or "" for node in tree.iter() if node.tag.endswith("text")]


@every
def test_it_is_valid_vega_lite(name: str) -> None:
    build, given, more = CHARTS[name]
    made = styled(build.__wrapped__(*given, **more)).to_dict(validate=True)  # type: ignore[attr-defined]
    assert json.loads(spec(name)) == json.loads(json.dumps(made, ensure_ascii=False).replace("\u202e", ""))


@every
def test_it_holds_its_data_and_asks_for_none(name: str) -> None:
    assert '"url"' not in spec(name)
    assert "NaN" not in spec(name)
    assert json.loads(spec(name), parse_constant=pytest.fail)


@every
def test_it_is_drawn_with_names_as_text(name: str) -> None:
    drawn = drawing.svg(spec(name))
    nodes = list(ElementTree.fromstring(drawn).iter())
    assert {node.tag for node in nodes} <= {
        "svg",
        "g",
        "path",
        "rect",
        "text",
        "line",
        "title",
        "defs",
        "clipPath",
    }
    assert not [key for node in nodes for key in node.attrib if key.startswith(("on", "role", "aria"))]
    assert "\u202e" not in drawn + spec(name)
    assert "NaN" not in drawn
    assert (name == "no bars") or any(letters(drawn))


@every
def test_it_is_drawn_the_same_again(name: str) -> None:
    again = drawing.svg.__wrapped__(spec(name))
    assert drawing.svg(spec(name)) == again


@every
def test_it_may_stand_in_a_page(name: str) -> None:
    held = drawing.quiet(spec(name))
    assert "<" not in held
    assert json.loads(held) == json.loads(spec(name))


@every
def test_alone_it_has_colours_of_its_own(name: str) -> None:
    text = drawing.standalone(spec(name))
    assert re.findall(r'="var\(', text) == []
    assert "xmlns=" in text
    letters(text)


def test_two_drawings_share_no_inner_name() -> None:
    one, other = (drawing.svg(spec(name)) for name in ("radar", "axes"))
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (one, other)]
    assert not ids[0] & ids[1]


def test_bars_are_as_long_as_their_figures() -> None:
    drawn = drawing.svg(
        bars("lines", [Bar("a", 0, 8, "8"), Bar("b", 6, 8, "2", lost=True), Bar("c", 0, 4, "4")])
    )
    boxes = re.findall(r'd="M([\d.]+),[\d.]+h([\d.]+)v[\d.]+h-[\d.]+Z" fill="([^"]+)"', drawn)
    starts, lengths, paints = zip(*boxes, strict=True)
    unit = float(lengths[0]) / 8
    assert [float(one) / unit for one in lengths] == pytest.approx([8, 2, 4], abs=0.01)
    assert [float(one) / unit for one in starts] == pytest.approx([0, 6, 0], abs=0.01)
    assert paints == ("var(--mark)", "var(--lost)", "var(--mark)")
    assert letters(drawn)[-3:] == ["8", "2", "4"]


def test_bands_are_as_wide_as_their_customers() -> None:
    flow, ends = (rows(spec("transitions"), "layer", at) for at in (0, 1))
    wide = {row["band"]: row["high"] - row["low"] for row in flow}
    assert wide == pytest.approx(
        {"Big → Big": 0.6, "Big → Small": 0.2, "Small → Big": 0.05, "Small → Small": 0.15}, abs=1e-5
    )
    # On each side bands lie within their bar, side by side: Big's are 80 and 65 of 100.
    for side, x in (("from", 0.0), ("to", 1.0)):
        bar = next(row for row in ends if row["side"] == side and row["name"] == "Big")
        mine = sorted(
            (row["low"], row["high"])
            for row in flow
            if row["x"] == x and row["band"].split(" → ")[0 if side == "from" else 1] == "Big"
        )
        assert (mine[0][0], mine[-1][1]) == pytest.approx((bar["low"], bar["high"]), abs=1e-5)
        assert all(one[1] == pytest.approx(other[0], abs=1e-5) for one, other in pairwise(mine))


def test_histograms_have_one_area() -> None:
    values = rows(spec("histograms"), "concat", 0)
    for name in {row["name"] for row in values}:
        own = [row for row in values if row["name"] == name]
        area = sum(a["height"] * (b["at"] - a["at"]) for a, b in pairwise(own))
        assert area == pytest.approx(1, abs=1e-3)


def test_a_radar_has_the_mean_at_half_its_radius() -> None:
    ring, shape = (rows(spec("radar"), "concat", 0, "layer", at) for at in (2, 3))
    assert {round(float(np.hypot(row["x"], row["y"])), 3) for row in ring} == {39.0}
    assert np.hypot(shape[0]["x"], shape[0]["y"]) == pytest.approx(39 * 1.5, abs=1e-3)  # +1 of at most 2
    assert np.hypot(shape[1]["x"], shape[1]["y"]) == pytest.approx(39 * 0.5, abs=1e-3)


def test_three_directions_keep_distances_across_the_line_of_sight() -> None:
    """Points moved along the line of sight fall on each other; z goes up."""
    spread = np.array([[0.0, 0, 0], [0, 0, 1.0], [1, 0, 0], [0, 1, 0]])
    made = crowd(spread, np.zeros(4, dtype=int), ["a"], ["x", "y", "z"])
    at = np.array([[row["x"], row["y"]] for row in rows(made, "layer", 0)])
    assert at[0] == pytest.approx([0, 0])
    assert at[1] == pytest.approx([0, np.cos(np.radians(25))], abs=1e-3)
    # An orthogonal view: the squared lengths of the three directions add up to two.
    assert (at[1:] ** 2).sum() == pytest.approx(2, abs=5e-3)


def test_each_keeps_its_colour_where_others_are_left_out() -> None:
    scale = colours(["a", "b", "c"], there={"a", "c"}).to_dict()
    assert scale == {"domain": ["a", "c"], "range": [COLOURS[0], COLOURS[2]]}


def test_data_are_plain() -> None:
    (row,) = data([{"a": np.float64("nan"), "b": np.int32(3), "c": 1 / 3, "d": "x\u202ey\nz", "e": True}])[
        "values"
    ]
    assert row == {"a": None, "b": 3, "c": 0.333333, "d": "xy z", "e": True}


def test_labels_do_not_lie_on_each_other() -> None:
    points = [Point(320, 130 + 2.6 * at, f"recommender-{at}", strong=at == 3) for at in range(12)]
    found = places(points, 640, 260)
    assert found[3] is not None
    assert found[3].down == 0
    shown = [
        (point.y + place.down, place.leftwards) for point, place in zip(points, found, strict=True) if place
    ]
    for side in (True, False):
        heights = sorted(y for y, left in shown if left is side)
        assert all(b - a >= 13 for a, b in pairwise(heights))
    assert 2 <= len(shown) < 12
    (edge,) = places([Point(627, 130, "at the edge")], 640, 260)
    assert edge is not None
    assert edge.leftwards


def test_labels_keep_to_the_side_that_lines_do_not_come_from() -> None:
    points = [Point(448, 130 + 5 * at, "name") for at in range(3)]
    assert any(place and place.leftwards for place in places(points, 640, 260))
    assert not any(place and place.leftwards for place in places(points, 640, 260, either_side=False))


def test_the_library_is_kept(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "kept"))
    first = drawing.library()
    (kept,) = (tmp_path / "kept").iterdir()
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    kept.write_text("mine();</script><!--", "utf-8")
    again = drawing.library()
    assert again.startswith("mine();<\\/script><\\!--")
    assert "vegaEmbed" in first
    assert "</script" not in first.lower()
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(kept / "not a folder"))
    assert drawing.library() == first

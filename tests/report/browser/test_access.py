"""Every kind of page for those who use a keyboard, a screen reader or a dark screen."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import pairwise

import pytest

from .conftest import KINDS, Open
from .looking import Seen

every = pytest.mark.parametrize("kind", KINDS)


@cache
def axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def findings(seen: Seen, *rules: str) -> list[str]:
    """What axe-core has against the page, grave or not; of these rules, or of all."""
    seen.page.evaluate(axe())
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = seen.page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['html'][:120]}"
        for one in found
        for node in one["nodes"]
    ]


@every
def test_axe_finds_nothing_in_the_light_nor_in_the_dark(visit: Open, kind: str) -> None:
    """On a phone, where tables scroll. Of each table two rows, for axe is slow to find what lies behind a
    letter; test_pages.py asks that of all cells.
    """
    seen = visit(kind, width=360)
    seen.open_details()
    seen.page.evaluate("document.querySelectorAll('tbody tr:nth-child(n + 3)').forEach(it => it.remove())")
    assert findings(seen) == []
    seen.page.emulate_media(color_scheme="dark")
    assert findings(seen, "color-contrast") == []


def test_axe_finds_what_is_wrong(visit: Open) -> None:
    seen = visit("log")
    seen.page.evaluate("document.querySelector('main p').style.color = '#ccc'")
    assert any(one.startswith("serious color-contrast") for one in findings(seen))


@every
def test_the_first_stop_of_the_keyboard_leads_to_the_content(visit: Open, kind: str) -> None:
    seen = visit(kind)
    link = seen.page.get_by_role("link", name="Skip to the content")
    hidden = link.bounding_box()
    assert hidden is not None
    assert hidden["y"] + hidden["height"] <= 0
    seen.page.keyboard.press("Tab")
    assert seen.tell("document.activeElement.getAttribute('href')") == "#main"
    assert seen.tell("document.activeElement.getBoundingClientRect().top") >= 0
    seen.page.keyboard.press("Enter")
    seen.page.keyboard.press("Tab")
    assert seen.tell("document.activeElement.closest('main') !== null")


@every
def test_focus_goes_down_the_page_and_is_seen(visit: Open, kind: str) -> None:
    seen = visit(kind, width=360)
    assert seen.tell("all('[tabindex]').filter(it => it.tabIndex > 0).map(place)") == []
    stops = seen.tell("all('a, summary, [tabindex=\"0\"]').filter(shown).length")
    reached = []
    for _ in range(min(stops, 40)):
        seen.page.keyboard.press("Tab")
        reached.append(
            seen.tell(
                "[all('*').indexOf(document.activeElement), "
                "parseFloat(getComputedStyle(document.activeElement).outlineWidth), "
                "getComputedStyle(document.activeElement).outlineStyle, place(document.activeElement)]"
            )
        )
    assert [at for at, *_ in reached] == sorted(at for at, *_ in reached)
    assert [what for _, width, style, what in reached if width < 2 or style == "none"] == []


@every
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_details_open_by_keyboard(visit: Open, kind: str, key: str) -> None:
    seen = visit(kind)
    summary = seen.page.locator("details > summary").first
    summary.focus()
    assert not seen.tell("document.querySelector('details').open")
    seen.page.keyboard.press(key)
    assert seen.tell("document.querySelector('details').open")


def test_a_table_scrolls_by_keyboard(visit: Open) -> None:
    seen = visit("run", width=360)
    box = seen.page.locator(".scroll").first
    box.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.wait_for_function("document.activeElement.scrollLeft > 0")


@every
def test_headings_are_an_outline(visit: Open, kind: str) -> None:
    """One first heading, and no level is left out on the way down."""
    levels = visit(kind).tell("all('h1, h2, h3, h4, h5, h6').map(it => Number(it.tagName[1]))")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))

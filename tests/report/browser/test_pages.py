"""Every kind of page in a real browser: whole by itself, drawn, and a table behind each drawing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import KINDS, Open

every = pytest.mark.parametrize("kind", KINDS)
alive = pytest.mark.parametrize("scripts", [True, False], ids=["alive", "still"])
MOST = 3_000_000  # bytes
MARKS_STAND_OUT = 3.0  # WCAG 2.2, 1.4.11: parts of a graphic beside what is next to them
LETTERS_STAND_OUT = 4.5  # WCAG 2.2, 1.4.3


@every
def test_it_asks_for_nothing_and_complains_of_nothing(visit: Open, kind: str) -> None:
    seen = visit(kind)
    assert seen.asked == [seen.url]
    assert seen.said == []


@every
def test_it_is_no_larger_than_a_mail_may_be(pages: dict[str, Path], kind: str) -> None:
    assert pages[kind].stat().st_size <= MOST


@every
def test_it_is_the_same_with_scripts_off(visit: Open, kind: str) -> None:
    on, off = visit(kind), visit(kind, java_script_enabled=False)
    on.bring_to_life()
    for seen in (on, off):
        assert seen.page.locator("figure .drawing svg").count() == on.page.locator(".drawing").count()
    assert on.page.locator("main p, main td, main summary").all_inner_texts() == (
        off.page.locator("main p, main td, main summary").all_inner_texts()
    )
    drawn = "figure .drawing svg text"
    assert sorted(on.page.locator(drawn).all_text_contents()) == sorted(
        off.page.locator(drawn).all_text_contents()
    )


@every
def test_a_chart_tells_a_pointer_its_figures(visit: Open, kind: str) -> None:
    seen = visit(kind)
    seen.bring_to_life()
    mark = seen.page.locator(".drawing.live svg .mark-rect path, .drawing.live svg .mark-symbol path").first
    mark.scroll_into_view_if_needed()
    mark.hover()
    tip = seen.page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert len(tip.inner_text()) > 5
    assert seen.asked == [seen.url]
    assert seen.said == []


@every
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_so_that_they_stand_out(look: Open, kind: str, scheme: str) -> None:
    seen = look(kind, scheme=scheme)
    assert seen.tell("all(DRAWINGS).length") > 0
    assert seen.tell("all(DRAWINGS).filter(it => !sized(it)).map(place)") == []
    blank = f"it => !all(MARKS, it).some(one => sized(one) && standsOut(one) >= {MARKS_STAND_OUT})"
    assert seen.tell(f"all(DRAWINGS).filter({blank}).map(place)") == []
    faint = f"it => sized(it) && standsOut(it) < {MARKS_STAND_OUT}"
    frame = '[stroke="var(--line)"]'
    marks = f":is(.mark-rect, .mark-symbol, .mark-line) > path:not({frame})"
    assert seen.tell(f"all('.drawing {marks}').filter({faint}).map(place)") == []
    pale = f"it => standsOut(it) < {LETTERS_STAND_OUT}"
    assert seen.tell(f"letters().filter({pale}).map(place)") == []


@every
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_what_is_behind_them(look: Open, kind: str, scheme: str) -> None:
    seen = look(kind, scheme=scheme)
    words = (
        "all('body *:not(svg *)').filter(it => [...it.childNodes].some(one => one.nodeType === 3 "
        "&& one.textContent.trim()) && !it.closest('.skip, svg, style'))"
    )
    pale = f"it => contrast(channels(getComputedStyle(it).color), behind(it)) < {LETTERS_STAND_OUT}"
    assert seen.tell(f"{words}.length") > 50
    assert seen.tell(f"{words}.filter({pale}).map(place)") == []


@every
def test_a_table_stands_behind_every_chart(look: Open, kind: str) -> None:
    seen = look(kind)
    behind = """it => {
      const figure = it.closest('figure');
      const next = [figure, figure.nextElementSibling].filter(Boolean);
      return next.some(one => all('table tbody tr', one).length > 0);
    }"""
    assert seen.tell(f"all(DRAWINGS).filter(it => !({behind})(it)).map(place)") == []


@every
@alive
def test_labels_of_a_chart_do_not_lie_on_each_other(look: Open, kind: str, scripts: bool) -> None:
    seen = look(kind, scripts=scripts)
    overlap = """it => {
      const boxes = letters(it)
        .map(one => [one.textContent, one.getBoundingClientRect()]);
      return boxes.flatMap(([text, a], at) => boxes.slice(at + 1)
        .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
          && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
        .map(([other]) => `${place(it)}: ${text} / ${other}`));
    }"""
    assert seen.tell(f"all(DRAWINGS).flatMap({overlap})") == []


@every
@alive
def test_letters_of_a_chart_are_not_cut_at_its_edge(look: Open, kind: str, scripts: bool) -> None:
    seen = look(kind, scripts=scripts)
    cut = """it => {
      const box = it.closest('svg').getBoundingClientRect(), own = it.getBoundingClientRect();
      return own.top < box.top - 1 || own.bottom > box.bottom + 1
        || own.left < box.left - 1 || own.right > box.right + 1;
    }"""
    assert seen.tell(f"letters().filter({cut}).map(place)") == []


@every
@pytest.mark.parametrize("wide", [360, 768])
def test_nothing_but_a_tables_own_box_scrolls_sideways(look: Open, kind: str, wide: int) -> None:
    seen = look(kind, width=wide)
    assert seen.tell("document.documentElement.scrollWidth") <= wide
    spills = f"""it => {{
      const box = it.getBoundingClientRect();
      return (box.right > {wide} || box.left < 0) && !it.closest('.scroll, .drawing, pre');
    }}"""
    assert seen.tell(f"all('main *').filter(shown).filter({spills}).map(place)") == []


def test_wide_tables_scroll_in_their_own_box(look: Open) -> None:
    seen = look("run", width=360)
    boxes = seen.tell(
        "all('.scroll').filter(it => it.scrollWidth > it.clientWidth)"
        ".map(it => [getComputedStyle(it).overflowX, it.tabIndex])"
    )
    assert len(boxes) > 3
    assert {tuple(box) for box in boxes} == {("auto", 0)}


@every
def test_the_first_screen_of_a_phone_reads(look: Open, kind: str) -> None:
    """It holds the beginning of what the page says, and no letters are small."""
    seen = look(kind, width=360)
    assert seen.tell("document.querySelector('main section > :not(h2)').getBoundingClientRect().top") < 400
    small = "it => shown(it) && parseFloat(getComputedStyle(it).fontSize) < 12"
    assert seen.tell(f"all('p, th, td, li, summary, figcaption').filter({small}).map(place)") == []
    scale = "Math.hypot(it.getScreenCTM().a, it.getScreenCTM().b)"
    tiny = f"it => parseFloat(getComputedStyle(it).fontSize) * {scale} < 8"
    assert seen.tell(f"letters().filter({tiny}).map(place)") == []

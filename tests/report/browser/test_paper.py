"""Every kind of page printed on A4: nothing is folded away, nothing is cut, black on white."""

from __future__ import annotations

import pytest

from .conftest import KINDS, Open
from .looking import Seen

A4 = 703  # pixels of a sheet between its margins of 12 mm


def printed(look: Open, kind: str) -> Seen:
    """From a screen that is dark: paper is not. Details are as they were, closed."""
    return look(kind, width=A4, scheme="dark", media="print")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_hidden_on_paper(look: Open, kind: str) -> None:
    seen = printed(look, kind)
    assert (
        seen.tell("all('main table, main svg, main p, main pre').filter(it => !shown(it)).map(place)") == []
    )
    flat = "it => it.getBoundingClientRect().height < 1"
    assert seen.tell(f"all('main table, main p, main pre').filter({flat}).map(place)") == []


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_at_the_edge_of_the_sheet(look: Open, kind: str) -> None:
    seen = printed(look, kind)
    wide = f"it => it.getBoundingClientRect().right > {A4} + 1"
    assert seen.tell(f"all('main *').filter({wide}).map(place)") == []


@pytest.mark.parametrize("kind", KINDS)
def test_paper_is_white_and_ink_dark(look: Open, kind: str) -> None:
    seen = printed(look, kind)
    pale = (
        "it => it.textContent.trim() && contrast(channels(getComputedStyle(it).color), [255, 255, 255]) < 4.5"
    )
    assert seen.tell("paper().slice(0, 3)") == [255, 255, 255]
    assert seen.tell(f"all('main p, main h2, main h3, main td, main th').filter({pale}).map(place)") == []
    assert seen.tell("letters().filter(it => standsOut(it) < 4.5).map(place)") == []

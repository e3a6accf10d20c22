"""Which sections make the page of the segments, and the page with its pictures in a folder."""

from __future__ import annotations

from pathlib import Path

from recsys.report.document import Page, pictures
from recsys.report.drawing import standalone
from recsys.report.groups.cards import cards
from recsys.report.groups.caveats import caveats
from recsys.report.groups.movement import movement
from recsys.report.groups.noun import FOLDER, Insight
from recsys.report.groups.number import number
from recsys.report.groups.places import places
from recsys.report.groups.shapes import shapes
from recsys.report.groups.sizes import sizes
from recsys.report.show import day
from recsys.report.write import write_page


def write_insight(seen: Insight, out: Path) -> tuple[Path, Path]:
    """report.md, report.html and pictures/*.svg in `out`."""
    page = page_of_segments(seen)
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in pictures(page):
        (out / one.file).write_text(standalone(one.spec), encoding="utf-8")
    return write_page(page, out)


def page_of_segments(seen: Insight) -> Page:
    """The whole page."""
    made = (
        sizes(seen),
        cards(seen),
        shapes(seen),
        places(seen),
        movement(seen),
        number(seen),
        caveats(seen),
    )
    title = f"Segments of {seen.about['name']}"
    subtitle = f"Customer segments as of {day(seen.about['cutoff'])} · {seen.about['run_id']}"
    sections = tuple(section for section in made if section)
    return Page(title, subtitle, "", sections, about="customer segments")

"""The HTML page: whole, offline, accessible, and safe whatever things are called."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from recsys.report import read_run
from recsys.report.document import Page, Paragraph, Section
from recsys.report.page import page_of
from recsys.report.page_html import HEATS, TEMPLATES, html, shade

from .run_folder import manifest, write_folder, write_shop

VOID = {"meta", "path", "circle", "br"}
EVIL = '<script>alert("x")</script> | `a` \n **b** & "c" \u202eevil'


class Outline(HTMLParser):
    """Tags as they open and close; fails where they do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.seen if name == tag]


@pytest.fixture(scope="module")
def page(shop_folder: Path) -> str:
    return html(page_of([read_run(shop_folder)]))


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Every name is hostile, the notes and the config too."""
    rows = [(0, t, s, EVIL, "map", 10, 0.5, 40) for t in ("any", EVIL) for s in ("all", EVIL)]
    described = manifest([EVIL], name=EVIL, run_id=EVIL, segments=[EVIL], baseline=EVIL, notes=[EVIL])
    described["input"]["files"][0]["name"] = EVIL
    costs = [(0, EVIL, 1, 1, 1)]
    folder = write_folder(
        tmp_path_factory.mktemp("run") / "r", described, rows, costs=costs, ledger=[(EVIL, 1, 1, 1)]
    )
    (folder / "config.yaml").write_text(f"name: {EVIL}\n")
    (folder / "segment_profile.csv").write_text(
        'window,segment,customers,top_products\n0,a,1,"<img src=x>"\n'
    )
    return html(page_of([read_run(folder)]))


@pytest.mark.parametrize("name", ["page", "evil"])
def test_tags_nest_and_close(name: str, request: pytest.FixtureRequest) -> None:
    outline = Outline(request.getfixturevalue(name))
    assert outline.open == []
    assert len(outline.all("table")) > 3


@pytest.mark.parametrize("name", ["page", "evil"])
def test_nothing_is_fetched_and_nothing_but_the_library_runs(
    name: str, request: pytest.FixtureRequest
) -> None:
    text = request.getfixturevalue(name)
    tags = Outline(text)
    assert not tags.all("link") + tags.all("img") + tags.all("iframe") + tags.all("object")
    assert [one.get("type") for one in tags.all("script")].count(None) == 1
    attributes = {key for _, attrs in tags.seen for key in attrs}
    assert not {"src", "srcset", "data", "action"} & attributes
    assert not [key for key in attributes if key.startswith("on")]
    assert all(str(link["href"]).startswith("#") for link in tags.all("a"))
    rest = ours(text)
    assert not re.search(r"url\((?!#)", rest)
    assert "@import" not in rest
    assert set(re.findall(r"\w+://[\w./-]*", rest)) <= {"https://vega.github.io/schema/vega-lite/v6.4.1.json"}


@pytest.mark.parametrize("name", ["page", "evil"])
def test_the_browser_is_told_to_run_this_script_only(name: str, request: pytest.FixtureRequest) -> None:
    text = request.getfixturevalue(name)
    (policy,) = [one["content"] for one in Outline(text).all("meta") if "http-equiv" in one]
    digest = base64.b64encode(hashlib.sha256(library_in(text).encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}' 'unsafe-eval'"
    )


def library_in(text: str) -> str:
    return text[text.index("<script>") + 8 : text.rindex("</script>")]


def ours(text: str) -> str:
    """The page without the library of its charts."""
    return text.replace(library_in(text), "")


def test_a_page_without_a_chart_has_no_script() -> None:
    text = html(Page("t", "s", "", (Section("One", (Paragraph("Words."),)),)))
    assert "<script" not in text
    assert "script-src" not in text


def test_hostile_names_are_shown_as_text(evil: str) -> None:
    assert "<script>a" not in evil
    words = "".join(Outline(ours(evil)).words)
    assert '<script>alert("x")</script> | `a` **b** & "c" evil' in words
    assert "<img src=x>" in words
    assert "\u202e" not in ours(evil)


def test_the_config_keeps_its_lines(evil: str) -> None:
    code = evil[evil.index("<pre") : evil.index("</pre>")]
    assert code.count("\n") == 1  # the name holds a newline
    assert "&lt;script&gt;" in code


def test_tables_have_captions_and_scoped_heads(page: str) -> None:
    tags = Outline(page)
    assert len(tags.all("caption")) == len(tags.all("table"))
    assert {head.get("scope") for head in tags.all("th")} == {"col", "row"}
    rows = page.count('<th scope="row"')
    assert rows == len(tags.all("tr")) - len(tags.all("table"))


def test_every_row_has_a_cell_per_column(page: str) -> None:
    for table in re.findall(r"<table>.*?</table>", ours(page), flags=re.S):
        head, body = table.split("<tbody>")
        widths = {len(re.findall(r"<t[hd]\b", row)) for row in re.findall(r"<tr>.*?</tr>", body, flags=re.S)}
        assert widths == {len(re.findall(r"<th\b", head))}


@pytest.mark.parametrize("number", [1, 2])
def test_ids_are_unique_and_links_lead_somewhere(tmp_path: Path, number: int) -> None:
    run = read_run(write_shop(tmp_path / "shop", windows=1))
    tags = Outline(html(page_of([run] * number)))
    ids = [attrs["id"] for _, attrs in tags.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = {str(link["href"])[1:] for link in tags.all("a")}
    assert links
    assert links <= set(ids)


def test_bold_is_the_best_and_only_the_best(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, v, 50) for who, v in (("low", 0.1), ("high", 0.4))]
    folder = write_folder(tmp_path / "r", manifest(["low", "high"], baseline="low"), rows)
    text = html(page_of([read_run(folder)]))
    board = text[text.index("Leaderboard: all judged customers, lists of 10</span>") :]
    assert f'<td class="n best h{HEATS}">0.4000</td>' in board
    assert '<td class="n h1">0.1000</td>' in board


def test_the_headline_table_wraps_names_and_has_customers_early(page: str) -> None:
    start = page.index("Best recommender per segment")
    table = page[start : page.index("</table>", start)]
    heads = re.findall(r'<th scope="col".*?>(.*?)</th>', table)
    assert heads[:3] == ["Segment", "Customers", "Best"]
    wrapped = re.findall(r'<(?:td|th scope="row") class="wraps[^"]*">(.*?)</t', table)
    assert len(wrapped) == 3 * 6  # segment, best and next best of each row
    assert "At-risk former big spenders" in wrapped
    rule = re.search(r"\.wraps \{(.*?)\}", page)
    assert rule is not None
    assert "white-space: normal" in rule[1]


def test_the_same_run_gives_the_same_bytes(page: str, shop_folder: Path) -> None:
    assert html(page_of([read_run(shop_folder)])) == page


def test_shades_cover_the_range() -> None:
    assert [shade(heat) for heat in (0.0, 0.5, 0.999, 1.0)] == [0, 3, HEATS - 1, HEATS]


def test_text_stays_readable_on_every_shade_in_both_modes() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(), flags=re.S)[:2]
    for block in (light, dark):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for level in range(HEATS + 1):
            assert contrast(colours["ink"], colours[f"h{level}"]) >= 4.5
        assert contrast(colours["soft"], colours["paper"]) >= 4.5
        assert contrast(colours["accent"], colours["paper"]) >= 4.5
        assert contrast(colours["warn"], colours["warn-paper"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2: the ratio of relative luminances."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

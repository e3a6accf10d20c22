"""The Markdown report: whole tables, whatever things are called."""

from __future__ import annotations

import re
from pathlib import Path

from recsys.report import Run, read_run
from recsys.report.markdown import escape, markdown
from recsys.report.page import page_of

from .run_folder import manifest, write_folder

EVIL = "a|b\n# <b>*x*</b> [y](z) `q` \\| _u_"


def tables(text: str) -> list[list[list[str]]]:
    """Cells of each table, split at unescaped pipes."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.M)
    return [[re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()] for block in blocks]


def test_every_table_is_rectangular(shop: Run) -> None:
    found = tables(markdown(page_of([shop])))
    assert len(found) > 20
    for table in found:
        assert len({len(row) for row in table}) == 1


def test_the_best_is_bold(tmp_path: Path) -> None:
    rows = [(0, "any", "all", who, "map", 10, v, 50) for who, v in (("low", 0.1), ("high", 0.4))]
    text = markdown(page_of([read_run(write_folder(tmp_path / "r", manifest(["low", "high"]), rows))]))
    assert "| high | **0.4000** |\n| low | 0.1000 |" in text


def test_hostile_names_neither_break_a_table_nor_become_markup(tmp_path: Path) -> None:
    rows = [(0, "any", s, EVIL, "map", 10, 0.5, 40) for s in ("all", EVIL)]
    described = manifest([EVIL], name=EVIL, segments=[EVIL], notes=["# no heading", EVIL])
    text = markdown(page_of([read_run(write_folder(tmp_path / "r", described, rows))]))
    for table in tables(text):
        assert len({len(row) for row in table}) == 1
    assert "<b>" not in text[: text.index("### Config")]  # which is shown as it is
    assert "\n# no" not in text
    assert "a\\|b # &lt;b&gt;\\*x\\*&lt;/b&gt; \\[y\\](z) \\`q\\` \\\\\\| \\_u\\_" in text


def test_only_what_would_be_markup_is_escaped() -> None:
    assert escape("segment-bestsellers 28.5 (no history) online_retail.parquet") == (
        "segment-bestsellers 28.5 (no history) online_retail.parquet"
    )
    assert escape("1\u00a0Dec") == "1 Dec"


def test_it_says_what_the_page_says(shop: Run) -> None:
    text = markdown(page_of([shop]))
    parts = ("# online-retail\n", "a difference may be chance", "541,909", "9f86d081884c7d65", "### Config")
    for part in parts:
        assert part in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")

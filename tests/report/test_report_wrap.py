"""Names in a narrow column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from recsys.report.wrap import longest_piece, wrapped


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("segment-bestsellers", 19, ["segment-bestsellers"]),
        ("segment-bestsellers", 12, ["segment-", "bestsellers"]),
        ("a b c", 3, ["a b", "c"]),
        ("bestsellers", 5, ["bests", "eller", "s"]),
        ("", 5, [""]),
    ],
)
def test_broken_after_blanks_and_hyphens_first(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


def test_second_lines_hang() -> None:
    assert wrapped("  Mid-value repeat", 12, hang=4) == ["  Mid-value", "    repeat"]


def test_wide_characters_take_two_columns() -> None:
    assert wrapped("\u5ba2\u6237\u5206\u7fa4", 4) == ["\u5ba2\u6237", "\u5206\u7fa4"]


def test_the_longest_piece_is_what_must_not_be_split() -> None:
    assert longest_piece("segment-bestsellers") == 11


@given(st.text(alphabet="ab -_/\u5ba2", max_size=30), st.integers(2, 12), st.integers(0, 4))
def test_nothing_is_lost_and_nothing_too_wide(text: str, width: int, hang: int) -> None:
    lines = wrapped(text, width, min(hang, width - 2))
    assert max(map(cell_len, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())

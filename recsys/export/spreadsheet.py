"""Text that no spreadsheet runs as a formula, and the way back.

A cell that begins with =, +, -, @, tab or a line break is read as a formula when a CSV is opened in a
spreadsheet, quoted or not (OWASP, "CSV injection"); so are their full-width forms. Such a text gets one
apostrophe in front; so does one that begins with an apostrophe, so that the way back is sure: a text that
begins with an apostrophe loses it.
"""

from __future__ import annotations

import pyarrow as pa
from pyarrow import compute

STARTS = r"^['=+\-@\t\r\n＝＋－＠]"


def defused(table: pa.Table) -> tuple[pa.Table, int]:
    """The table with such texts defused, and how many cells that changed."""
    changed = 0
    for at, field in enumerate(table.schema):
        if field.type != pa.string():
            continue
        column = table.column(at)
        risky = compute.match_substring_regex(column, STARTS)
        count = compute.sum(risky).as_py() or 0
        if count:
            column = compute.if_else(risky, compute.binary_join_element_wise("'", column, ""), column)
            table = table.set_column(at, field, column)
            changed += count
    return table, changed

"""The files before anything is cleaned: what each column lacks, and lines that stand twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc

from recsys.ingest.loading import reader
from recsys.ingest.raw import is_bytes
from recsys.ingest.source import Source
from recsys.ingest.text import words


def missing(source: Source, files: Sequence[Path]) -> tuple[pd.DataFrame, int]:
    """Column, role ("" where it has none), lines, missing, distinct, a row for each; and identical lines.

    Identical lines agree with an earlier line of their file in every column. missing: empty, or a word for
    nothing (null, nan). distinct: of several files, the most in one.
    """
    rows: dict[str, list[int]] = {}
    twice = 0
    for file in files:
        raw = reader(source)(source, file)
        codes = {
            at: column.combine_chunks().indices.fill_null(-1) for at, column in enumerate(raw.table.columns)
        }
        twice += int(pd.DataFrame({at: code.to_numpy() for at, code in codes.items()}).duplicated().sum())
        for name in raw.table.column_names:
            column = raw.table[name].combine_chunks()
            if is_bytes(column.type.value_type):
                continue
            text = words(column.dictionary)
            absent = pc.sum(pc.fill_null(pc.is_null(text.take(column.indices)), True)).as_py() or 0
            held = rows.setdefault(name, [0, 0, 0])
            held[0] += len(raw)
            held[1] += absent
            held[2] = max(held[2], len(pc.unique(text.drop_null())))
    roles = _roles(source)
    table = pd.DataFrame(
        [(name, roles.get(name, ""), *counts) for name, counts in rows.items()],
        columns=["column", "role", "lines", "missing", "distinct"],
    )
    return table, twice


def _roles(source: Source) -> dict[str, str]:
    """Column -> what it is mapped to."""
    found = {
        name.strip(): role
        for role in type(source.columns).model_fields
        for name in source.columns.names(role)
    }
    for names in (source.customer_columns, source.product_columns):
        for attribute, columns in names.items():
            for column in columns:
                found.setdefault(column, attribute)
    return found

"""The files before anything is cleaned: what each column lacks, and lines that stand twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from recsys.ingest.raw import Raw, is_bytes
from recsys.ingest.source import Source
from recsys.ingest.text import words

COLUMNS = ("column", "role", "lines", "missing", "distinct")


def missing(source: Source, raws: Iterable[Raw]) -> pd.DataFrame:
    """Column, role ("" where it has none), lines, missing, distinct, a row for each column of the files.

    missing: empty, or a word for nothing (null, nan). distinct: of several files, the most in one.
    """
    rows: dict[str, list[int]] = {}
    for raw in raws:
        for name in raw.table.column_names:
            column = raw.table[name].combine_chunks()
            if is_bytes(column.type.value_type):
                continue
            text = words(column.dictionary)
            absent = pc.is_null(text).to_numpy(zero_copy_only=False)
            codes = column.indices.fill_null(-1).to_numpy()
            used = np.bincount(codes[codes >= 0], minlength=len(absent))
            held = rows.setdefault(name, [0, 0, 0])
            held[0] += len(raw)
            held[1] += int((codes < 0).sum() + used[absent].sum())
            held[2] = max(held[2], len(pc.unique(text.filter((used > 0) & ~absent))))
    roles = _roles(source)
    table = [(name, roles.get(name, ""), *counts) for name, counts in rows.items()]
    return pd.DataFrame(table, columns=list(COLUMNS))


def identical(source: Source, files: Sequence[Path]) -> int:
    """Lines that agree with an earlier line of their file in every column."""
    from recsys.ingest.loading import reader

    twice = 0
    for file in files:
        columns = [column.combine_chunks() for column in reader(source)(source, file).table.columns]
        codes = {at: column.indices.fill_null(-1).to_numpy() for at, column in enumerate(columns)}
        twice += int(pd.DataFrame(codes).duplicated().sum())
    return twice


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

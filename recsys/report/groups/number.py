"""How the number of segments was chosen."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from recsys.report.charts.course import elbow
from recsys.report.document import Cell, Column, Picture, Section, Table
from recsys.report.groups.noun import Insight, picture
from recsys.report.show import NONE, count, decimals


def number(seen: Insight) -> Section | None:
    """Each number of segments that was tried, with its figures; None where none was tried."""
    evidence = seen.tables.get("evidence")
    if evidence is None or len(evidence) == 0:
        return None
    columns = [name for name in evidence if name not in ("chosen", "note")]
    columns = [name for name in columns if evidence[name].notna().any()]
    rows = tuple(
        tuple(
            Cell(
                count(row[name]) if name == "k" else _figure(row[name]),
                best=bool(row.get("chosen")),
            )
            for name in columns
        )
        for row in evidence.to_dict("records")
    )
    heads = tuple(Column(name.replace("_", " "), leads=name == "k") for name in columns)
    notes = [str(note) for note in evidence.get("note", ()) if isinstance(note, str) and note]
    table = Table("Each number that was tried; bold is the one chosen", heads, rows, note="; ".join(notes))
    return Section("How many", (*_drawn(evidence), table))


def _figure(value: Any) -> str:
    return (
        decimals(float(value))
        if isinstance(value, int | float) and abs(value) >= 100
        else (f"{float(value):.3f}" if isinstance(value, int | float) and not math.isnan(value) else NONE)
    )


def _drawn(evidence: pd.DataFrame) -> tuple[Picture, ...]:
    """Two figures for each number, where there are two numbers or more that have them."""
    if not {"inertia", "silhouette"} <= set(evidence):
        return ()
    known = evidence.dropna(subset=["inertia", "silhouette"])
    if len(known) < 2:
        return ()
    told = "The figures of the table below."
    return (picture("elbow", "Numbers of segments", told, elbow(known)),)

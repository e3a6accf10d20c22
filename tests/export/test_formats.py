"""The same rows in every format, as pandas, DuckDB, Python's own json and a spreadsheet read them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from recsys.core.topk import TopK
from recsys.export import FORMATS, SCHEMA, Format, TableFile, rows

TEXTS = dict.fromkeys(("customer", "product", "description"), str)
EVIL = [
    *('=HYPERLINK("http://a.b","x")', "+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1", "'quoted"),
    *("plain", 'say "tea", please', "two\nlines", "größe €5", "0012", "a\\b\u2028c", "", "-"),
]


def table() -> pa.Table:
    """Every evil text as customer and as description; one list of two places each, the last unranked."""
    n = len(EVIL)
    shelf = pd.DataFrame(
        {
            "product": [f"{at:03d}" for at in range(n)],
            "description": [None if text == "" else text for text in EVIL],
            "price": [np.nan, *np.arange(1, n) / 4],
        }
    )
    at = np.arange(n, dtype=np.int32)
    scores = np.stack([np.linspace(1e-7, 3e5, n), np.full(n, np.nan)], axis=1).astype(np.float32)
    lists = TopK(at, np.stack([at, (at + 1) % n], axis=1).astype(np.int32), scores)
    why = pa.repeat(pa.scalar("bestseller", pa.string()), 2 * n)
    return rows(lists, np.array(EVIL, dtype=object), shelf, why, ("als", "", "1a2b"))


def written(folder: Path, kind: Format, *, safe: bool = False) -> Path:
    path = folder / f"lists.{kind}"
    with TableFile(path, kind, SCHEMA, safe=safe) as file:
        for start in range(0, len(EVIL) * 2, 5):  # blocks cut through lists
            file.add(table().slice(start, 5))
    assert file.told()["rows"] == 2 * len(EVIL)
    return path


def said(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With missing values as None, missing and empty text alike, and scores as float32 holds them."""
    missing = (None, "")
    return [
        {
            name: None if value in missing or value != value else
            float(np.float32(value)) if name == "score" else value
            for name, value in row.items()
        }
        for row in found
    ]  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_pandas_reads_what_was_written(kind: Format, tmp_path: Path) -> None:
    path = written(tmp_path, kind)
    if kind == "parquet":
        found = pd.read_parquet(path)
    elif kind == "csv":
        found = pd.read_csv(
            path, dtype=TEXTS, keep_default_na=False,
            na_values={"price": [""], "score": [""]}, lineterminator="\n",
        )  # fmt: skip
    else:
        found = pd.read_json(path, lines=True, dtype=TEXTS)
        found = found.astype(object).where(found.notna(), None)
    assert said(found.to_dict("records")) == said(table().to_pylist())


@pytest.mark.parametrize("kind", FORMATS)
def test_duckdb_reads_what_was_written(kind: Format, tmp_path: Path) -> None:
    path = written(tmp_path, kind)
    read = {
        "csv": f"read_csv('{path}', all_varchar=true, quote='\"', escape='\"', header=true)",
        "parquet": f"read_parquet('{path}')",
        "jsonl": f"read_json('{path}', columns={{customer: 'VARCHAR', product: 'VARCHAR', rank: 'INTEGER'}})",
    }[kind]
    with duckdb.connect() as database:
        found = database.sql(f"SELECT customer, product, rank::INTEGER FROM {read}").fetchall()
    wanted = [(row["customer"] or None, row["product"], row["rank"]) for row in table().to_pylist()]
    assert [(who or None, what, rank) for who, what, rank in found] == wanted


def test_json_lines_are_what_python_reads(tmp_path: Path) -> None:
    text = written(tmp_path, "jsonl").read_text(encoding="utf-8")
    found = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
    assert said(found) == said(table().to_pylist())
    assert list(found[0]) == SCHEMA.names
    assert found[1]["score"] is None


def test_json_has_no_word_for_infinity(tmp_path: Path) -> None:
    schema = pa.schema([("number", pa.float32())])
    with TableFile(tmp_path / "n.jsonl", "jsonl", schema) as file:
        file.add(pa.table({"number": pa.array([np.inf, -np.inf, np.nan, 0.1], pa.float32())}))
    assert (tmp_path / "n.jsonl").read_text().splitlines() == [*['{"number": null}'] * 3, '{"number": 0.1}']


def test_no_cell_of_a_csv_runs_as_a_formula_and_the_apostrophe_comes_off_again(tmp_path: Path) -> None:
    """Ten texts of EVIL (nine and the lone dash), each a customer of two rows, and described on two."""
    path = tmp_path / "safe.csv"
    with TableFile(path, "csv", SCHEMA) as file:
        file.add(table())
    assert file.told()["defused"] == 4 * 10
    with path.open(newline="", encoding="utf-8") as stream:
        found = list(csv.reader(stream))
    assert not [cell for row in found for cell in row if cell and cell[0] in "=+-@\t\r\n＝＋－＠"]
    back = [[cell.removeprefix("'") for cell in row] for row in found[1:]]
    assert [(row[0], row[3]) for row in back] == [
        (row["customer"], row["description"] or "") for row in table().to_pylist()
    ]


def test_a_spreadsheet_finds_no_formula_in_it(tmp_path: Path) -> None:
    """openpyxl takes a text that begins with = for a formula, as spreadsheets do."""
    kinds = []
    for safe in (True, False):
        path = tmp_path / "lists.csv"
        with TableFile(path, "csv", SCHEMA, safe=safe) as file:
            file.add(table())
        sheet = openpyxl.Workbook().active
        assert sheet is not None
        with path.open(newline="", encoding="utf-8") as stream:
            for row in csv.reader(stream):
                sheet.append(row)
        kinds.append({cell.data_type for row in sheet.iter_rows() for cell in row})
    assert "f" not in kinds[0]
    assert "f" in kinds[1]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_only_a_csv_gets_apostrophes(kind: Format, tmp_path: Path) -> None:
    assert written(tmp_path, kind).read_bytes() == written(tmp_path, kind, safe=True).read_bytes()

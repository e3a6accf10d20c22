"""How long `load` takes on the reference log: CSV, cache and workbook. `python benchmarks/load.py [FOLDER]`

Writes online_retail.parquet (from FOLDER, data/ or $RECSYS_DATA_DIR) as a 47 MB CSV and as xlsx into a
temporary folder, and prints the median of five loads each, cleaning included, imports not. The processor time
beside it is what counts on a machine that others use too. Making the workbook takes about half a minute.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd

from recsys.ingest import Clean, Source, find, load

TIMES = 5
GOALS = {"csv, parsed and cleaned": 1.5, "csv, from the cache": 0.3, "xlsx, parsed and cleaned": 5.0}
COLUMNS = {
    "customer": "CustomerID",
    "product": "StockCode",
    "time": "InvoiceDate",
    "invoice": "InvoiceNo",
    "quantity": "Quantity",
    "price": "UnitPrice",
    "description": "Description",
    "country": "Country",
}
CLEAN = Clean(product_code=r"^\d{5}[A-Za-z]*$")


def main() -> None:
    """Make the files, time the loads, print the figures."""
    frame = pd.read_parquet(find("online_retail.parquet", [Path(place) for place in sys.argv[1:]]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_csv(folder / "log.csv", index=False)
        write_workbook(frame, folder / "log.xlsx")
        csv, workbook = described("csv", folder / "log.csv"), described("xlsx", folder / "log.xlsx")
        figures = {
            "csv, parsed and cleaned": median(lambda turn: load(csv, CLEAN, cache=folder / f"csv{turn}")),
            "csv, from the cache": median(lambda turn: load(csv, CLEAN, cache=folder / "csv0")),
            "xlsx, parsed and cleaned": median(lambda turn: load(workbook, CLEAN, cache=folder / f"x{turn}")),
        }
    print(f"{len(frame):,} lines, {os.cpu_count()} cores, median of {TIMES}")
    for what, (seconds, processor) in figures.items():
        print(f"{what:<26}{seconds:6.2f} s   goal {GOALS[what]:.1f} s   processor {processor:.2f} s")


def described(kind: str, path: Path) -> Source:
    """The reference config for one file."""
    return Source.model_validate({"kind": kind, "path": str(path), "columns": COLUMNS})


def median(once: Callable[[int], object]) -> tuple[float, float]:
    """Seconds passed, and of all cores' work, after one turn that pays for lazy imports."""
    once(-1)
    taken, worked = [], []
    for turn in range(TIMES):
        start, processor = time.perf_counter(), time.process_time()
        once(turn)
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - processor)
    return statistics.median(taken), statistics.median(worked)


def write_workbook(frame: pd.DataFrame, path: Path) -> None:
    """As the public file is: ids that look like numbers are numbers."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Online Retail")
    sheet.append(list(frame.columns))
    for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
        sheet.append([_as_typed_by_hand(value) for value in row])
    book.save(path)


def _as_typed_by_hand(value: object) -> object:
    if isinstance(value, str) and value.isdigit() and not value.startswith("0"):
        return int(value)
    return value


if __name__ == "__main__":
    main()

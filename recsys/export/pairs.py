"""Lists of products for products, as rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.errors import RunError
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK

PAIRS = pa.schema(
    [
        ("product", pa.string()),
        ("description", pa.string()),
        ("price", pa.float64()),
        ("kind", pa.string()),
        ("rank", pa.int32()),
        ("related", pa.string()),
        ("related_description", pa.string()),
        ("related_price", pa.float64()),
        ("score", pa.float32()),
        ("invoices", pa.int64()),
        ("run_id", pa.string()),
    ]
)
"""score: see recommend.pairs. invoices: those that hold both products. price: the last before the end."""


def pair_rows(
    lists: TopK, kind: str, invoices: NDArray[np.int64], catalogue: pd.DataFrame, run_id: str
) -> pa.Table:
    """One row per related product, best first; lists.customers: the products they are for."""
    row, place = np.nonzero(lists.products != NOTHING)
    first, second = lists.customers[row], lists.products[row, place]
    count = len(row)

    def text(name: str, codes: NDArray[np.int32]) -> pa.Array:
        return pa.array(catalogue[name].to_numpy(), pa.string(), from_pandas=True).take(pa.array(codes))

    def price(codes: NDArray[np.int32]) -> pa.Array:
        found = catalogue["price"].to_numpy(dtype=np.float64)[codes]
        return pa.array(found, pa.float64(), mask=np.isnan(found))

    columns = [
        *(text("product", first), text("description", first), price(first)),
        pa.repeat(pa.scalar(kind, pa.string()), count),
        pa.array((place + 1).astype(np.int32)),
        *(text("product", second), text("description", second), price(second)),
        pa.array(lists.scores[row, place], pa.float32()),
        pa.array(invoices[row, place], pa.int64()),
        pa.repeat(pa.scalar(run_id, pa.string()), count),
    ]
    return pa.Table.from_arrays(columns, schema=PAIRS)


def check_pairs(lists: TopK, names: NDArray[np.object_]) -> None:
    """No product is related to itself. Raises RunError."""
    oneself = (lists.products == lists.customers[:, None]) & (lists.products != NOTHING)
    if oneself.any():
        name = names[lists.customers[oneself.any(axis=1)][0]]
        raise RunError(f"product {name!r} is related to itself: expected others; nothing was written")

"""Lists as rows: who, which place, which product at what price, and where it comes from; no codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.core.ids import NOTHING
from recsys.core.topk import TopK

SCHEMA = pa.schema(
    [
        ("customer", pa.string()),
        ("rank", pa.int32()),
        ("product", pa.string()),
        ("description", pa.string()),
        ("price", pa.float64()),
        ("score", pa.float32()),
        ("reason", pa.string()),
        ("model", pa.string()),
        ("policy", pa.string()),
        ("run_id", pa.string()),
    ]
)
"""price: the last one before the end of the log. policy: empty where one recommender serves everybody."""


def rows(
    lists: TopK,
    customers: NDArray[np.object_],
    catalogue: pd.DataFrame,
    reasons: pa.Array,
    origin: tuple[str, str, str],
) -> pa.Table:
    """One row per recommended product, best first.

    customers: (n,) what stands for each list's owner. catalogue: see core.fold.Known. reasons: of each row,
    see words.py. origin: model, policy and run_id. A product that the model did not rank itself (a filled
    place) has no score.
    """
    at, rank = np.nonzero(lists.products != NOTHING)
    product = lists.products[at, rank]
    score, price = lists.scores[at, rank], catalogue["price"].to_numpy()[product]
    columns = [
        pa.array(customers, pa.string()).take(pa.array(at)),
        pa.array((rank + 1).astype(np.int32)),
        _of_product(catalogue["product"], product),
        _of_product(catalogue["description"], product),
        pa.array(price, pa.float64(), mask=np.isnan(price)),
        pa.array(score, pa.float32(), mask=np.isnan(score)),
        reasons,
        *(pa.repeat(pa.scalar(word, pa.string()), len(at)) for word in origin),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _of_product(column: pd.Series, product: NDArray[np.int32]) -> pa.Array:
    """The text of each of these products."""
    return pa.array(column.to_numpy(), pa.string(), from_pandas=True).take(pa.array(product))


def control(customers: NDArray[np.object_], segments: NDArray[np.object_]) -> pa.Table:
    """The control group: each customer and their segment."""
    return pa.table(
        {"customer": pa.array(customers, pa.string()), "segment": pa.array(segments, pa.string())}
    )


def not_served(
    customers: NDArray[np.object_], segments: NDArray[np.object_], reasons: NDArray[Any]
) -> pa.Table:
    """Everyone without a list: each customer, their segment and the reason."""
    why = {"reason": pa.array(reasons, pa.string())}
    return pa.table(
        dict(zip(("customer", "segment"), control(customers, segments).columns, strict=True)) | why
    )

"""Lists where a product has room in only so many: who gets it, fairly and always the same.

Gale, Shapley, "College admissions and the stability of marriage", 1962, customers proposing: everybody asks
for the first products of their list; a product that is asked for by too many takes those who have it highest
in their list, by lot among equals, and the others ask for their next one. Nobody ends with a product while
somebody who has it higher, and lacks it, would have wanted it more than what they got.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.ids import NOTHING

CELLS = 1 << 20  # places that are weighed against each other at a time, which bounds the memory
ROWS = 1 << 16


def lots(names: NDArray[np.object_], seed: int) -> NDArray[np.uint64]:
    """A number for each customer that their id and the seed decide. Shape (n,)."""
    key = blake2b(f"places in lists {seed}".encode(), digest_size=8).hexdigest()
    return pd.util.hash_array(names.astype(object), hash_key=key, categorize=False)


def share_out(
    products: NDArray[np.int32], quota: NDArray[np.int64], room: NDArray[np.int64], lot: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """Which places of the lists are kept, (n, width).

    products: (n, width), best first, NOTHING where padded. quota: (n,) how many each list may keep. room:
    (products,) in how many lists each product may stand. lot: (n,) see `lots`.
    """
    width = products.shape[1]
    open_ = products != NOTHING
    asked = np.empty_like(open_)
    for at in range(0, len(open_), ROWS):
        asked[at : at + ROWS] = _first(open_[at : at + ROWS], quota[at : at + ROWS])
    count = np.bincount(products[asked], minlength=len(room))
    while (over := count > room).any():
        refused = np.concatenate(list(_refused(products, asked, over, count, room, lot)))
        open_.ravel()[refused] = False
        rows = np.unique(refused // width)
        for part in np.array_split(rows, len(rows) // ROWS + 1):
            count -= np.bincount(products[part][asked[part]], minlength=len(room))
            asked[part] = _first(open_[part], quota[part])
            count += np.bincount(products[part][asked[part]], minlength=len(room))
    return asked


def _refused(
    products: NDArray[np.int32],
    asked: NDArray[np.bool_],
    over: NDArray[np.bool_],
    count: NDArray[np.int64],
    room: NDArray[np.int64],
    lot: NDArray[np.uint64],
) -> Iterator[NDArray[np.intp]]:
    """The asked cells that their product has no room for, some of the crowded products at a time.

    over: (products,) which are asked for by more than have room; count: (products,) by how many.
    """
    crowded = np.flatnonzero(over)
    turn = np.full(len(room), -1)
    turn[crowded] = np.cumsum(count[crowded]) // CELLS
    for now in np.unique(turn[crowded]):
        cells = np.flatnonzero(asked & (turn == now)[products])
        yield _beyond(products.ravel()[cells], cells, products.shape[1], room, lot)


def _first(open_: NDArray[np.bool_], quota: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The first `quota` open places of each row."""
    return open_ & (np.cumsum(open_, axis=1, dtype=np.int32) <= quota[:, None])


def _beyond(
    product: NDArray[np.int32],
    cells: NDArray[np.intp],
    width: int,
    room: NDArray[np.int64],
    lot: NDArray[np.uint64],
) -> NDArray[np.intp]:
    """The cells that their product has no room for: those with the lowest places, by lot among equals."""
    row, place = np.divmod(cells, width)
    order = np.lexsort((_mixed(lot[row], product), place, product))
    product = product[order]
    start = np.searchsorted(product, product, side="left")
    return cells[order[np.arange(len(order)) - start >= room[product]]]


def _mixed(lot: NDArray[np.uint64], product: NDArray[np.int32]) -> NDArray[np.uint64]:
    """A lot for each product apart (the finaliser of splitmix64): who loses one need not lose the next."""
    with np.errstate(over="ignore"):
        mixed = lot + product.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))

"""Arrays and sparse matrices in one npz file, without pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

_PARTS = ("data", "indices", "indptr", "shape")


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write ndarrays as they are and csr matrices as their four parts."""
    flat: dict[str, Any] = {}
    for name, value in arrays.items():
        if isinstance(value, sparse.csr_matrix):
            flat |= {f"{name}:{part}": np.asarray(getattr(value, part)) for part in _PARTS}
        else:
            flat[name] = value
    for name, value in flat.items():
        if np.asarray(value).dtype.hasobject:
            raise ValueError(f"{name} holds objects: expected numbers or text, since nothing is pickled")
    np.savez(path, **flat)


def read_arrays(path: Path) -> dict[str, Any]:
    """What `write_arrays` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        flat = {name: stored[name] for name in stored.files}
    found: dict[str, Any] = {name: value for name, value in flat.items() if ":" not in name}
    for name in {name.split(":")[0] for name in flat if ":" in name}:
        data, indices, indptr, shape = (flat[f"{name}:{part}"] for part in _PARTS)
        found[name] = sparse.csr_matrix((data, indices, indptr), shape=tuple(shape))
    return found

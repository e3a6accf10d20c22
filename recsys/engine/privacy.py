"""What stands for a customer in files that outlive the run."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.core.log import TransactionLog

Mode = Literal["plain", "hash", "omit"]


class Pseudonyms:
    """External ids as they are, as keyed hashes, or left out.

    The key is a digest of the log's own lines: the same log gives the same pseudonyms in every run, and
    without the log a list of plausible ids cannot be tried against them.
    """

    def __init__(self, mode: Mode, log: TransactionLog) -> None:
        self.mode = mode
        self._key = _digest(log) if mode == "hash" else b""

    def of(self, names: NDArray[np.object_]) -> NDArray[np.object_]:
        """What stands for these ids; omitted ones are empty text."""
        if self.mode == "plain":
            return names
        if self.mode == "omit":
            return np.full(len(names), "", dtype=object)
        keyed = blake2b(key=self._key, digest_size=8)
        return np.array([_hashed(keyed.copy(), str(name)) for name in names], dtype=object)


def _hashed(keyed: blake2b, name: str) -> str:
    keyed.update(name.encode())
    return keyed.hexdigest()


def _digest(log: TransactionLog) -> bytes:
    whole = blake2b(digest_size=32)
    for column in ("customer", "product", "time", "quantity", "price"):
        whole.update(log.lines[column].to_numpy().tobytes())
    whole.update("\n".join(map(str, log.customers.names)).encode())
    return whole.digest()

"""Texts into vectors by an encoder that the user brings, named in the config.

An installed package offers one under the entry-point group `recsys.encoders`: an object with `encode`, or a
class or function that makes one when called without arguments. A notebook puts the same into `ENCODERS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.core.errors import RecommendError, nearest
from recsys.recommend.texts import unit

GROUP = "recsys.encoders"
ENCODERS: dict[str, Any] = {}
"""Encoders of this process by name; they go before those of installed packages."""


class Encoder(Protocol):
    """Turns texts into vectors that are near each other where the texts mean alike."""

    def encode(self, texts: list[str]) -> NDArray[np.floating]:
        """One row for each text, (texts, d); the same text always gives the same row."""
        ...


def names() -> list[str]:
    """Every encoder that can be named."""
    return sorted({*ENCODERS, *entry_points(group=GROUP).names})


def told_names(name: str, ours: Sequence[str]) -> str:
    """What to say of a name that is no encoder."""
    every = [*ours, *names()]
    return (
        f"{name!r} is no encoder: expected one of {', '.join(every)}; install the package that brings it "
        f"(entry-point group {GROUP}){nearest(name, every)}"
    )


def encoder(name: str) -> Encoder:
    """The encoder of this name, made where it is not an object yet."""
    found = ENCODERS.get(name)
    if found is None:
        entries = list(entry_points(group=GROUP, name=name))
        if not entries:
            raise RecommendError(told_names(name, ()))
        found = entries[0].load()
    makes = isinstance(found, type) or (callable(found) and not hasattr(found, "encode"))
    made = found() if makes else found
    if not hasattr(made, "encode"):
        raise RecommendError(
            f"encoder {name!r} is {type(made).__name__}: expected an object with encode(texts); mend the "
            "package that brings it"
        )
    return made


def encoded(name: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """The texts' vectors, of length 1; an empty text has none: zeros. Each distinct text is encoded once."""
    distinct = sorted({text for text in texts if text})
    if not distinct:
        return np.zeros((len(texts), 1), dtype=np.float32)
    vectors = np.asarray(encoder(name).encode(distinct), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(distinct) or not np.isfinite(vectors).all():
        raise RecommendError(
            f"encoder {name!r} gave {vectors.shape} numbers for {len(distinct)} texts: expected one row of "
            "finite numbers for each; mend the package that brings it"
        )
    place = {text: at for at, text in enumerate(distinct)}
    rows = np.concatenate([unit(vectors), np.zeros((1, vectors.shape[1]), dtype=np.float32)])
    return rows[[place.get(text, len(distinct)) for text in texts]]

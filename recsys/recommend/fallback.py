"""The first recommender that has something to say, then the next: serves people without history too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.core.fold import Known
from recsys.core.protocols import Fitted, Seen
from recsys.core.topk import TopK
from recsys.recommend.base import Composite


class Fallback(Composite):
    """Lists of the first part, short ones filled by the next; a last part without history serves everyone."""

    kind: Literal["fallback"] = "fallback"
    parts: tuple[str, ...] = Field(
        min_length=2, description="names of other recommenders, first choice first"
    )

    def combine(self, known: Known, rng: np.random.Generator, parts: Mapping[str, Fitted]) -> FittedFallback:
        return FittedFallback(tuple(parts[name] for name in self.parts))


@dataclass(frozen=True, eq=False)
class FittedFallback:
    """parts: fitted recommenders, first choice first."""

    kind: ClassVar[str] = "fallback"
    parts: tuple[Fitted, ...]

    @property
    def serves_newcomers(self) -> bool:
        """Whether any part serves people without history."""
        return any(getattr(part, "serves_newcomers", False) for part in self.parts)

    def recommend(
        self,
        customers: NDArray[np.int32],
        k: int,
        *,
        seen: Seen = Seen.DROP,
        allowed: NDArray[np.bool_] | None = None,
    ) -> TopK:
        """The k best products of each customer; see core.protocols.Fitted."""
        lists = TopK.empty(np.asarray(customers, dtype=np.int32), k)
        for part in self.parts:
            if lists.own_share == 1.0:
                break
            lists = lists.filled(part.recommend(customers, k, seen=seen, allowed=allowed))
        return lists

    def save(self, folder: Path) -> None:
        """Each part in a folder of its own, numbered."""
        folder.mkdir(parents=True, exist_ok=True)
        for at, part in enumerate(self.parts):
            part.save(folder / str(at))
        text = json.dumps({"kind": self.kind, "parts": len(self.parts)})
        (folder / "model.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, parts: tuple[Fitted, ...]) -> Self:
        """The fallback over parts that the caller has loaded from the numbered folders."""
        return cls(parts)

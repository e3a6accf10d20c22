"""What recommenders share: hyper-parameters as a frozen model, and a fitted model that ranks by rules."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from scipy import sparse

from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Fitted, Seen
from recsys.core.topk import TopK
from recsys.core.weighting import Weighting
from recsys.recommend.kernels import Ranked, Rules
from recsys.recommend.search import Weightings
from recsys.recommend.store import read_arrays, write_arrays


def _weighting(value: object) -> object:
    """`log`, or {kind: decay, half_life_days: 60}."""
    if isinstance(value, str):
        value = {"kind": value}
    if isinstance(value, Mapping):
        unknown = set(value) - {"kind", "half_life_days"}
        if unknown:
            raise ValueError(f"weighting holds {sorted(unknown)}: expected kind and half_life_days")
    return value


WeightingField = Annotated[
    Weighting,
    BeforeValidator(_weighting),
    Weightings(),
    Field(description="binary, count, log, or {kind: decay, half_life_days: D}: what a purchase weighs"),
]


class RecommenderModel(BaseModel):
    """Hyper-parameters only; `fit` returns what was learned and changes nothing here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def about(cls) -> str:
        """The kind in one sentence."""
        return (cls.__doc__ or "").strip().splitlines()[0]


class Parts(Protocol):
    """The other recommenders of a config, fitted when they are asked for."""

    def fitted(self, name: str) -> Fitted:
        """The recommender of this name, fitted on what the composite itself may see."""
        ...

    def at(self, known: Known) -> Parts:
        """The same recommenders on other knowledge: an earlier cutoff, some of the customers."""
        ...


class Composite(RecommenderModel, ABC):
    """A recommender made of others, which `parts` names as entries of the config."""

    parts: tuple[str, ...]

    @abstractmethod
    def combine(self, known: Known, rng: np.random.Generator, parts: Parts) -> Fitted:
        """Fit on top of the parts."""


@dataclass(frozen=True, eq=False)
class Shelf:
    """What every ranking needs: who bought what, and how ties break.

    bought: customers x products, 1 where purchased. rank: (products,) by distinct buyers, then by id.
    """

    bought: sparse.csr_matrix
    rank: NDArray[np.int32]

    @classmethod
    def of(cls, known: Known) -> Shelf:
        return cls(known.history.bought, known.popularity_rank)

    def rules(
        self, customers: NDArray[np.int32], k: int, seen: Seen, allowed: NDArray[np.bool_] | None
    ) -> Rules:
        """The rules for lists of these customers, who all have history."""
        hidden = self.bought[customers] if seen is Seen.DROP else None
        return Rules(k, hidden, allowed, self.rank)


@dataclass(frozen=True, eq=False)
class FittedModel(ABC):
    """Knowledge only. A subclass adds arrays as fields and ranks; saving follows from the fields."""

    shelf: Shelf
    kind: ClassVar[str]

    def recommend(
        self,
        customers: NDArray[np.int32],
        k: int,
        *,
        seen: Seen = Seen.DROP,
        allowed: NDArray[np.bool_] | None = None,
    ) -> TopK:
        """The k best products of each customer; see core.protocols.Fitted."""
        customers = np.asarray(customers, dtype=np.int32)
        lists = TopK.empty(customers, k)
        held = np.diff(self.shelf.bought.indptr) > 0
        known = customers >= 0
        known[known] = held[customers[known]]
        if known.any():
            rules = self.shelf.rules(customers[known], k, seen, allowed)
            lists.products[known], lists.scores[known] = self.rank(customers[known], rules)
        if not known.all():
            rules = Rules(k, None, allowed, self.shelf.rank)
            ranked = self.rank_newcomers(int((~known).sum()), rules)
            if ranked is not None:
                lists.products[~known], lists.scores[~known] = ranked
        return lists

    @abstractmethod
    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        """Lists for customers who have purchases; customers: (n,) codes."""

    def rank_newcomers(self, n: int, rules: Rules) -> Ranked | None:
        """Lists for n people of whom nothing is known; None where the model has nothing to say."""
        return None

    @property
    def serves_newcomers(self) -> bool:
        """Whether people without history get a list."""
        return type(self).rank_newcomers is not FittedModel.rank_newcomers

    def save(self, folder: Path) -> None:
        """Write `model.npz` and `model.json`, and each part in a numbered folder; nothing is pickled."""
        arrays: dict[str, Any] = {"shelf.bought": self.shelf.bought, "shelf.rank": self.shelf.rank}
        plain: dict[str, Any] = {}
        for name in (f.name for f in fields(self) if f.name not in ("shelf", "parts")):
            value = getattr(self, name)
            (arrays if isinstance(value, np.ndarray | sparse.csr_matrix) else plain)[name] = value
        folder.mkdir(parents=True, exist_ok=True)
        parts: tuple[Fitted, ...] = getattr(self, "parts", ())
        for at, part in enumerate(parts):
            part.save(folder / str(at))
        write_arrays(folder / "model.npz", arrays)
        text = json.dumps({"kind": self.kind, "parts": len(parts), "fields": plain}, ensure_ascii=False)
        (folder / "model.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, parts: tuple[Fitted, ...] = ()) -> Self:
        """What `save` wrote; parts: loaded from the numbered folders inside, where there are any."""
        arrays = read_arrays(folder / "model.npz")
        shelf = Shelf(arrays.pop("shelf.bought"), arrays.pop("shelf.rank"))
        plain: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))["fields"]
        return cls(shelf=shelf, **arrays, **plain, **({"parts": parts} if parts else {}))


def seen_of(rules: Rules) -> Seen:
    """The policy that these rules came from; a model made of others asks its parts by it."""
    return Seen.KEEP if rules.hidden is None else Seen.DROP


def completed(baskets: sparse.csr_matrix, ranked: Ranked) -> TopK:
    """Lists for people without a customer code; an empty basket gets nothing."""
    products, scores = ranked
    empty = np.diff(baskets.indptr) == 0
    products[empty], scores[empty] = NOTHING, np.nan
    return TopK(np.full(len(products), NOTHING, np.int32), products, scores)

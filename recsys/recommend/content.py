"""Products described like what the customer bought.

Lops, de Gemmis, Semeraro, "Content-based recommender systems: state of the art and trends", 2011: a profile
is the weighted sum of the vectors of what was bought; a product's score is their cosine. Vectors are TF-IDF
of the words, the main directions of that, or what an encoder that the user brings makes of the texts.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.protocols import Seen
from recsys.core.reasons import Reasons, Why
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.compiled_reasons import best_vectors, best_words
from recsys.recommend.encoders import encoded, names, told_names
from recsys.recommend.kernels import Ranked, Rules, rank_factors, rank_product
from recsys.recommend.reasons import parts_of, strongest
from recsys.recommend.search import Among, Between
from recsys.recommend.texts import learn_words, main_directions, read_words, texts_of, unit

WORDS = ("tfidf", "lsa")


class Content(RecommenderModel):
    """Products whose descriptions resemble those of what the customer bought."""

    kind: Literal["content"] = "content"
    weighting: WeightingField = BINARY
    encoder: Annotated[str, Among(("tfidf", "lsa"))] = Field(
        "tfidf",
        description="tfidf: words as they are; lsa: their main directions, so that words used alike count as "
        "alike; or an encoder of an installed package, by its name in the entry-point group recsys.encoders",
    )
    factors: Annotated[int, Between(32, 512, log=True, when=("encoder", ("lsa",)))] = Field(
        256, ge=1, description="lsa: directions kept"
    )
    max_share: Annotated[float, Between(0.05, 1, log=True)] = Field(
        0.5, gt=0, le=1, description="tfidf, lsa: words in more than this share of the products are ignored"
    )
    attributes: bool = Field(True, description="mapped product attributes (category, …) count as words too")

    @field_validator("encoder")
    @classmethod
    def _known_encoder(cls, name: str) -> str:
        if name not in WORDS and name not in names():
            raise ValueError(told_names(name, WORDS))
        return name

    def fit(self, known: Known, rng: np.random.Generator) -> FittedContent:
        texts = texts_of(known.catalogue, self.attributes, as_words=self.encoder in WORDS)
        if not any(texts):
            raise RecommendError(
                "content has no descriptions to work with: expected a description column; map "
                "source.columns.description or remove this recommender"
            )
        own = known.history.matrix(self.weighting)
        return FittedContent(Shelf.of(known), own, encoder=self.encoder, **self._read(texts, rng))

    def _read(self, texts: list[str], rng: np.random.Generator) -> dict[str, Any]:
        if self.encoder not in WORDS:
            return {"vectors": encoded(self.encoder, texts)}
        vectors, words, idf = learn_words(texts, self.max_share)
        if self.encoder == "tfidf":
            return {"vectors": vectors, "words": words, "idf": idf}
        directions = main_directions(vectors, self.factors, rng)
        return {
            "vectors": unit(vectors @ directions.T),
            "words": words,
            "idf": idf,
            "directions": directions,
        }


def _nothing() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class FittedContent(FittedModel):
    """own: customers x products. vectors: of the products, length 1 (0 without a text), csr or dense.

    words, idf: (words,), tfidf and lsa. directions: (factors, words), lsa.
    """

    kind: ClassVar[str] = "content"
    own: sparse.csr_matrix
    vectors: sparse.csr_matrix | NDArray[np.float32]
    encoder: str
    words: NDArray[Any] = field(default_factory=_nothing)
    idf: NDArray[np.float64] = field(default_factory=_nothing)
    directions: NDArray[np.float64] = field(default_factory=_nothing)

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return self._rank(self.own[customers], self.vectors, rules)

    def explain(
        self, lists: TopK, *, seen: Seen = Seen.DROP, allowed: NDArray[np.bool_] | None = None
    ) -> Reasons:
        """The product bought whose description adds most; see core.protocols.Explains."""
        if sparse.issparse(self.vectors):
            given = (parts_of(self.vectors), self.vectors.shape[1])
            return strongest(lists, self.own, Why.LIKE, best_words, *given)
        return strongest(lists, self.own, Why.LIKE, best_vectors, self.vectors, self.vectors)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        rules = Rules(k, baskets, None, self.shelf.rank)
        return completed(baskets, self._rank(baskets, self.vectors, rules))

    def rank_new(self, customers: NDArray[np.int32], descriptions: list[str | None], k: int) -> TopK:
        """The k of these unseen products that fit each customer best; ties: the earlier in the list."""
        vectors = self._read([text or "" for text in descriptions])
        rules = Rules(k, None, None, np.arange(len(descriptions), dtype=np.int32))
        customers = np.asarray(customers, dtype=np.int32)
        lists, known = TopK.empty(customers, k), customers != NOTHING
        bought = self.own[customers[known]]
        lists.products[known], lists.scores[known] = self._rank(bought, vectors, rules)
        return lists

    def _read(self, texts: list[str]) -> Any:
        """Vectors of other texts, made as those of the products were."""
        if self.encoder not in WORDS:
            return encoded(self.encoder, texts)
        vectors = read_words(texts, self.words, self.idf)
        return vectors if self.encoder == "tfidf" else unit(vectors @ self.directions.T)

    def _rank(self, bought: sparse.csr_matrix, vectors: Any, rules: Rules) -> Ranked:
        """By cosine with the sum of what was bought; what has no vector is in no list, and gets none."""
        profiles = bought @ self.vectors
        if sparse.issparse(vectors):
            length = np.sqrt(np.asarray(profiles.multiply(profiles).sum(axis=1))).ravel()
            scale = sparse.diags_array(1 / np.where(length > 0, length, 1.0))
            return rank_product(sparse.csr_matrix(scale @ profiles), vectors.T.tocsr(), rules)
        people, told = unit(profiles), vectors.any(axis=1)
        people[~people.any(axis=1)] = np.nan
        allowed = told if rules.allowed is None else told & rules.allowed
        return rank_factors(people, vectors, replace(rules, allowed=allowed))

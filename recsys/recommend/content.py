"""Products described like what the customer bought.

Lops, de Gemmis, Semeraro, "Content-based recommender systems: state of the art and trends", 2011: a profile
is the weighted sum of the TF-IDF vectors of what was bought; a product's score is their cosine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy import sparse

from recsys.core.errors import RecommendError
from recsys.core.fold import Known
from recsys.core.ids import NOTHING
from recsys.core.topk import TopK
from recsys.core.weighting import BINARY
from recsys.recommend.base import FittedModel, RecommenderModel, Shelf, WeightingField, completed
from recsys.recommend.kernels import Ranked, Rules, rank_product


class Content(RecommenderModel):
    """Products whose descriptions resemble those of what the customer bought."""

    kind: Literal["content"] = "content"
    weighting: WeightingField = BINARY
    max_share: float = Field(
        0.5, gt=0, le=1, description="words in more than this share of the products are ignored"
    )
    attributes: bool = Field(True, description="mapped product attributes (category, …) count as words too")

    def fit(self, known: Known, rng: np.random.Generator) -> FittedContent:
        if not known.described():
            raise RecommendError(
                "content has no descriptions to work with: expected a description column; map "
                "source.columns.description or remove this recommender"
            )
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts = _texts(known.catalogue, self.attributes)
        # A share of a handful of products would rule out every word.
        share = self.max_share if len(texts) >= 20 else 1.0
        vectorizer = TfidfVectorizer(token_pattern=TOKEN, max_df=share, sublinear_tf=True, dtype=np.float64)
        try:
            vectors = vectorizer.fit_transform(texts)
        except ValueError:
            raise RecommendError(
                "content found no words in the descriptions: expected text of at least two letters a word; "
                "map source.columns.description to a column of names or remove this recommender"
            ) from None
        own = known.history.matrix(self.weighting)
        words = vectorizer.get_feature_names_out().astype(str)
        return FittedContent(Shelf.of(known), own, vectors.tocsr(), words, vectorizer.idf_)


@dataclass(frozen=True, eq=False)
class FittedContent(FittedModel):
    """own: customers x products. vectors: products x words, rows of length 1. words, idf: (words,)."""

    kind: ClassVar[str] = "content"
    own: sparse.csr_matrix
    vectors: sparse.csr_matrix
    words: NDArray[np.str_]
    idf: NDArray[np.float64]

    def rank(self, customers: NDArray[np.int32], rules: Rules) -> Ranked:
        return rank_product(self._profiles(self.own[customers]), self.vectors.T.tocsr(), rules)

    def complete(self, baskets: sparse.csr_matrix, k: int) -> TopK:
        rules = Rules(k, baskets, None, self.shelf.rank)
        return completed(baskets, rank_product(self._profiles(baskets), self.vectors.T.tocsr(), rules))

    def rank_new(self, customers: NDArray[np.int32], descriptions: list[str | None], k: int) -> TopK:
        """The k of these unseen products that fit each customer best; ties: the earlier in the list."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(token_pattern=TOKEN, sublinear_tf=True, vocabulary=list(self.words))
        vectorizer.idf_ = self.idf
        vectors = vectorizer.transform([text or "" for text in descriptions])
        rules = Rules(k, None, None, np.arange(len(descriptions), dtype=np.int32))
        customers = np.asarray(customers, dtype=np.int32)
        lists, known = TopK.empty(customers, k), customers != NOTHING
        profiles = self._profiles(self.own[customers[known]])
        lists.products[known], lists.scores[known] = rank_product(profiles, vectors.T.tocsr(), rules)
        return lists

    def _profiles(self, bought: sparse.csr_matrix) -> sparse.csr_matrix:
        """People x words, rows of length 1 (or 0)."""
        raw = sparse.csr_matrix(bought @ self.vectors)
        length = np.sqrt(np.asarray(raw.multiply(raw).sum(axis=1))).ravel()
        return sparse.csr_matrix(sparse.diags_array(1 / np.where(length > 0, length, 1.0)) @ raw)


TOKEN = r"(?u)\b[^\W\d_]{2,}\b"
"""Words of letters: sizes and article numbers say little about taste."""


def _texts(catalogue: pd.DataFrame, attributes: bool) -> list[str]:
    """Each product's description, and its attributes as words of their own."""
    texts = catalogue["description"].fillna("").astype(str)
    known = {"product", "description", "price", "first_seen", "last_seen"}
    for name in [c for c in catalogue.columns if c not in known] if attributes else []:
        column = catalogue[name]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            words = column.astype(object).map(lambda value: "" if pd.isna(value) else _one_word(str(value)))
            texts = texts + " " + words.fillna("").astype(str)
    return texts.tolist()


def _one_word(value: str) -> str:
    """'Home & Garden' -> 'homegarden': a category is one word, not several."""
    return "".join(letter for letter in value if letter.isalpha())

"""What products are called, as texts and as vectors of their words.

TF-IDF as scikit-learn makes it, with sublinear counts; latent semantic analysis keeps its main directions:
Deerwester, Dumais, Furnas, Landauer, Harshman, "Indexing by latent semantic analysis", JASIS 1990.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys.core.errors import RecommendError

NOT_ATTRIBUTES = {"product", "description", "price", "first_seen", "last_seen"}
TOKEN = r"(?u)\b[^\W\d_]{2,}\b"
"""Words of letters: sizes and article numbers say little about taste."""


def texts_of(catalogue: pd.DataFrame, attributes: bool, as_words: bool) -> list[str]:
    """Each product's description, and its attributes: as one word each, or as they are, after commas."""
    texts = catalogue["description"].fillna("").astype(str)
    for name in [c for c in catalogue.columns if c not in NOT_ATTRIBUTES] if attributes else []:
        column = catalogue[name]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            said = column.astype(object).map(lambda value: "" if pd.isna(value) else str(value)).fillna("")
            if as_words:
                texts = texts + " " + said.map(_one_word).astype(str)
            else:
                texts = texts.str.cat(said.astype(str), sep=", ").str.strip(", ")
    return [text.strip() for text in texts]


def _one_word(value: str) -> str:
    """'Home & Garden' -> 'homegarden': a category is one word, not several."""
    return "".join(letter for letter in value if letter.isalpha())


def learn_words(texts: list[str], max_share: float) -> tuple[sparse.csr_matrix, NDArray[Any], NDArray[Any]]:
    """TF-IDF vectors of length 1, texts x words; the words; their idf."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    # A share of a handful of products would rule out every word.
    share = max_share if len(texts) >= 20 else 1.0
    vectorizer = TfidfVectorizer(token_pattern=TOKEN, max_df=share, sublinear_tf=True, dtype=np.float64)
    try:
        vectors = vectorizer.fit_transform(texts)
    except ValueError:
        raise RecommendError(
            "content found no words in the descriptions: expected text of at least two letters a word; "
            "map source.columns.description to a column of names or remove this recommender"
        ) from None
    return vectors.tocsr(), vectorizer.get_feature_names_out().astype(str), vectorizer.idf_


def read_words(texts: list[str], words: NDArray[Any], idf: NDArray[Any]) -> sparse.csr_matrix:
    """The same of other texts; words that were not learned say nothing."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=TOKEN, sublinear_tf=True, vocabulary=list(words))
    vectorizer.idf_ = idf
    return vectorizer.transform(texts).tocsr()


def main_directions(
    vectors: sparse.csr_matrix, factors: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Right singular vectors of the largest values, (factors, words), the largest entry of each positive."""
    from sklearn.decomposition import TruncatedSVD
    from threadpoolctl import threadpool_limits

    seed = int(rng.integers(2**31))
    # The same bits with any number of threads; products that all read alike have no variance to explain.
    with threadpool_limits(1, "blas"), np.errstate(divide="ignore", invalid="ignore"):
        found = TruncatedSVD(min(factors, *vectors.shape), n_iter=10, random_state=seed).fit(vectors)
    right = np.asarray(found.components_)
    largest = np.take_along_axis(right, np.abs(right).argmax(axis=1)[:, None], axis=1)
    return right * np.where(largest < 0, -1.0, 1.0)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows of length 1; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0), dtype=np.float32)

"""Descriptions as counts of letter triples, so that `mugs` is near `mug`; a stand-in for a language model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer


class Letters:
    """256 numbers a text; a sentence encoder would be called in the same place."""

    def __init__(self) -> None:
        self._count = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 3), n_features=256)

    def encode(self, texts: list[str]) -> NDArray[np.floating]:
        """One row for each text, (texts, 256)."""
        return self._count.transform(texts).toarray()

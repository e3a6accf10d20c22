"""Names for products: a family's words, shared by its members, then an article that means nothing.

'RED RETRO MEADOW PICNIC CAKE STAND' is colour + family (three words) + article. Articles and colours run
across families, so a content recommender has to weigh words; taste groups leave no word at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.simulate.words import ARTICLES, COLOURS, FIRST, SECOND, THIRD

PLAIN = 0.5  # share of products whose description names no colour
LETTERS = "ABC"
MAX_FAMILIES = len(FIRST) * len(SECOND)


def family_names(count: int, rng: np.random.Generator) -> list[str]:
    """`count` (at most MAX_FAMILIES) different names of three words.

    No word repeats before every word of its list is in use. Every further lap over the first words shifts
    the second by one and the third by three.
    """
    first, second, third = (rng.permutation(words) for words in (FIRST, SECOND, THIRD))
    laps = [(i % len(first), i // len(first)) for i in range(count)]
    return [
        f"{first[i]} {second[(i + lap) % len(second)]} {third[(i + 3 * lap) % len(third)]}" for i, lap in laps
    ]


def describe(family: NDArray[np.int32], rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """(family names, one description per product); a family's members carry different articles first.

    Repeats are told apart by a set size ('SET OF 4 ...'), as real catalogues do.
    """
    names = family_names(int(family.max()) + 1, rng)
    rank = rank_within(family)
    article = (rng.integers(0, len(ARTICLES), len(names))[family] + rank) % len(ARTICLES)
    colour = rng.integers(0, len(COLOURS), len(family))
    plain = rng.random(len(family)) < PLAIN
    texts = [
        " ".join(
            part
            for part in (
                f"SET OF {2 * (turn + 1)}" if turn else "",
                "" if bare else COLOURS[shade],
                names[home],
                ARTICLES[what],
            )
            if part
        )
        for home, what, shade, bare, turn in zip(
            family, article, colour, plain, rank // len(ARTICLES), strict=True
        )
    ]
    return names, texts


def stock_codes(count: int, rng: np.random.Generator) -> list[str]:
    """`count` (at most 100,000) different codes, five digits and for every second one a letter: '84406B'."""
    numbers = 89_999
    plain = 10_001 + rng.choice(numbers, count - count // 2, replace=False)
    marked = rng.choice(numbers * len(LETTERS), count // 2, replace=False)
    codes = [str(number) for number in plain]
    codes += [f"{10_001 + place % numbers}{LETTERS[place // numbers]}" for place in marked]
    return [codes[place] for place in rng.permutation(count)]


def rank_within(label: NDArray[np.int32]) -> NDArray[np.int64]:
    """Each item's place among the items of its label: [4, 4, 7, 4] -> [0, 1, 0, 2]."""
    order = np.argsort(label, kind="stable")
    sorted_label = label[order]
    first = np.searchsorted(sorted_label, sorted_label, side="left")
    rank = np.empty(len(label), np.int64)
    rank[order] = np.arange(len(label)) - first
    return rank

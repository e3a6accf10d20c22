"""What a random order would reach: with few products to choose from, that is much of everything."""

from __future__ import annotations

import math

from recsys.report.board import Board, Mean
from recsys.report.show import NONE, listing, score
from recsys.report.words import NEW_PRODUCTS


def chance_recall(board: Board, segment: str, who: str = "", k: int = 0) -> float:
    """Expected recall@k of products new to the shop in random order: the mean over windows of min(k, N) / N.

    N: the arrivals of the window. Windows are those in which `who` (else anybody) has a recall; NaN where
    they are not known.
    """
    k = k or board.decide.k
    names = [who] if who else board.taking_part(NEW_PRODUCTS, segment)
    found = [board.scores.get((NEW_PRODUCTS, segment, name, "recall", k), {}) for name in names]
    windows = {at for scores in found for at, one in scores.items() if not math.isnan(one.value)}
    numbers = [board.arrivals.get(at, 0) for at in windows]
    if not numbers or min(numbers) < 1:
        return math.nan
    return math.fsum(min(k, number) / number for number in numbers) / len(numbers)


def recall(board: Board, segment: str, who: str) -> Mean:
    """The figure that chance is told for."""
    return board.mean(NEW_PRODUCTS, segment, who, "recall")


def chance(board: Board, segment: str) -> str:
    """`a random order of them would reach a recall@10 of 0.2512`."""
    value = chance_recall(board, segment)
    mean = "mean " if len(board.windows) > 1 else ""
    return f"a random order of them would reach a {mean}recall@{board.decide.k} of {score(value)}"


def candidates(board: Board) -> str:
    """Candidates in each window, the latest first: `38, 21 and 16`; a dash where not kept."""
    return listing([f"{board.arrivals[at]:,}" if at in board.arrivals else NONE for at in board.windows])

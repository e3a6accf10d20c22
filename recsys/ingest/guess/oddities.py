"""What cleaning has to know: how cancellations are marked, what negative units mean, codes of no products."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from recsys.ingest.guess.profile import Profile

PREFIX = 0.9
"""Share of lines with such an invoice that take units back, for its letters to mark a cancellation."""
FEW = 0.02
"""At most that share of the lines may be no products, for a pattern to be proposed."""
CODES = re.compile(
    r"post|dot|porto|versand\w*|shipping|delivery|carriage|fees?|bank charges|amazonfee|discount|rabatt|"
    r"remise|voucher|gutschein|gift[ _-]?card|gift_\w+|manual|m|d|s|b|pads|cruk|adjust\w*|test\d*|"
    r"tax|deposit|pfand",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"(dotcom |carriage )?postage|porto|versand(kosten)?|shipping( (costs?|charges?|fees?))?|delivery( fee)?|"
    r"carriage|bank charges|amazon fee|discount|rabatt|remise|gutschein|gift ?card|manual|adjustment|"
    r"pfand|deposit|frais de port|gastos de env.o|spese di spedizione|frete|verzendkosten|frakt",
    re.IGNORECASE,
)
"""What shops book as a line though it is no product: as a code, and as a description."""
PATTERNS = (r"^\d{%d}$", r"^\d{%d}[A-Za-z]*$", r"^\d+$", r"^\d+[A-Za-z]*$", r"^[A-Za-z]+[-_]?\d+$", r"\d")


@dataclass(frozen=True)
class Oddities:
    """Settings of `clean` by name with the reason for each; blocked: product ids never to recommend."""

    clean: dict[str, tuple[Any, str]]
    blocked: tuple[str, ...]
    said: tuple[str, ...]


def oddities(
    invoice: Profile | None, quantity: Profile | None, product: Profile, description: Profile | None
) -> Oddities:
    """What the ids and units show."""
    clean: dict[str, tuple[Any, str]] = {}
    negative = quantity.by_line() < 0 if quantity is not None else np.zeros(len(product.head), dtype=bool)
    prefix = _prefix(invoice, negative) if invoice is not None else None
    if prefix:
        mark, count = prefix
        clean["cancellations"] = (
            {"mode": "drop", "prefix": mark},
            f"{count:,} of the lines looked at have an invoice that starts with {mark!r} and take units back",
        )
    elif invoice is not None:
        clean["cancellations"] = False, "no first letter of an invoice goes with negative units"
    if negative.any() and not prefix:
        clean["quantity"] = False, f"{int(negative.sum()):,} lines with negative units: set aside as returns"
    code, blocked, said = _codes(product, description)
    if code:
        clean["product_code"] = code
    return Oddities(clean, blocked, said)


def _prefix(invoice: Profile, negative: np.ndarray[Any, Any]) -> tuple[str, int] | None:
    """Letters before a number that only invoices with negative units have."""
    texts = invoice.texts.to_pylist()
    letters = [re.match(r"^[A-Za-z]+[-_]?(?=\d)", text) for text in texts]
    marks = np.array([found.group() if found else "" for found in letters] + [""])[invoice.head]
    for mark in {*marks[negative]} - {""}:
        lines = marks == mark
        if negative[lines].mean() >= PREFIX and not (marks[~negative] == mark).mean() > 0.01:
            return str(mark), int(lines.sum())
    return None


def _codes(
    product: Profile, description: Profile | None
) -> tuple[tuple[str, str] | None, tuple[str, ...], tuple[str, ...]]:
    """A pattern of products, where some codes are postage and the like; or ids to block, where none fits."""
    codes = product.texts.to_pylist()
    named = {code for code in codes if CODES.fullmatch(code)} | _by_words(product, description)
    if not named or len(named) > max(0.05 * len(codes), 10):
        return None, (), ()
    lines = np.bincount(product.rows[product.rows >= 0], minlength=len(codes)) / max(product.filled, 1)
    length = int(
        np.median([len(match.group()) for code in codes if (match := re.match(r"\d+", code))] or [0])
    )
    for form in PATTERNS:
        pattern = form % length if "%d" in form else form
        odd = [at for at, code in enumerate(codes) if not re.search(pattern, code)]
        missed = {code for code in named if re.search(pattern, code)}
        if lines[odd].sum() <= FEW and len(missed) < len(named):
            shown = ", ".join(codes[at] for at in sorted(odd, key=lambda at: -lines[at])[:6])
            why = f"{len(odd)} codes do not look like the others: {shown}{' ...' if len(odd) > 6 else ''}"
            return (pattern, why), tuple(sorted(missed)), ()
    return None, tuple(sorted(named)), ()


def _by_words(product: Profile, description: Profile | None) -> set[str]:
    """Products whose description says postage, a discount and the like."""
    if description is None:
        return set()
    texts = description.texts.to_pylist()
    odd = np.array([bool(WORDS.fullmatch(text)) for text in texts] + [False])
    rows = np.unique(product.head[odd[description.head]])
    return set(pc.take(product.texts, rows[rows >= 0]).to_pylist())

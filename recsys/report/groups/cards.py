"""A card for each segment: where to begin, what sets it apart, what it buys."""

from __future__ import annotations

from recsys.core.currency import amount
from recsys.report.document import Block, Paragraph, Section, Strong
from recsys.report.groups.noun import Carded, Insight
from recsys.report.groups.shapes import spelt
from recsys.report.show import NONE, counted, deviations, figures, listing, share
from recsys.report.words import AMOUNTS


def cards(seen: Insight) -> Section:
    """A section for each segment."""
    return Section("A card for each", (), tuple(_card(card, seen.currency) for card in seen.cards))


def _card(card: Carded, currency: str) -> Section:
    if card.customers is None:
        return Section(card.segment, (Paragraph(listing(list(card.warnings)).capitalize() + "."),))
    apart = [f"{one.word} ({spelt(one.feature)} {deviations(one.difference)})" for one in card.apart]
    blocks: list[Block] = [Paragraph(card.advice, style="finding")] if card.advice else []
    if apart:
        blocks.append(
            Paragraph(
                Strong("What sets it apart: "),
                f"{listing(apart)}; in standard deviations from all customers.",
            )
        )
    if card.lifted:
        more = [f"{one.label} ({one.lift:.1f} times, {share(one.share)} of them)" for one in card.lifted]
        blocks.append(Paragraph(Strong("Bought more than elsewhere: "), f"{'; '.join(more)}."))
    if card.top_products:
        blocks.append(Paragraph(Strong("Bought by most: "), f"{card.top_products}."))
    medians = "; ".join(
        f"{spelt(name)} {_median(name, value, currency)}" for name, value in card.medians.items()
    )
    blocks.append(Paragraph(Strong("Medians: "), f"{medians}."))
    if card.warnings:
        blocks.append(Paragraph(f"Read with care: {listing(list(card.warnings))}.", style="caution"))
    return Section(f"{card.segment}: {counted(card.customers, 'customer')}", tuple(blocks))


def _median(name: str, value: float, currency: str) -> str:
    (shown,) = figures([value])
    return amount(shown, currency) if name in AMOUNTS and shown != NONE else shown

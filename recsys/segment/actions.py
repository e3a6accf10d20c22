"""What a shop may do about a segment: one sentence from how recently, how often and how much it buys.

The rules are the usual ones of RFM marketing, in the order in which they are asked; a rank is the share of
all customers below the segment's median. They say where to begin; what works is for an experiment to say.
"""

from __future__ import annotations

from collections.abc import Mapping

HIGH, LATE, OFTEN = 3 / 4, 2 / 3, 5 / 8
RECENT = 1 / 2  # one order is worth following up while most others have been away for longer

ACTIONS = {
    "second order": "Win the second order: a welcome series with what goes with the first.",
    "rest": "Let rest: seasonal mailings only, for one order long ago says little.",
    "win back": "Win back in person: they were worth much and have stopped; offer what they used to buy.",
    "keep": "Keep: service and first sight of what is new; a discount would give away what they pay anyway.",
    "remind": "Remind of what they buy regularly, before they are used to another shop.",
    "basket": "Raise the basket: they come often and spend little; show what goes together.",
    "grow": "Grow: show what is new to them; they are here and know the shop.",
}


def action(ranks: Mapping[str, float], one_order: bool) -> str:
    """A key of ACTIONS. ranks: of recency (days), frequency and value; one_order: the median is one."""
    late, often, worth = ranks["recency"], ranks["frequency"], ranks["value"]
    if one_order:
        return "second order" if late < RECENT else "rest"
    if worth >= HIGH:
        return "win back" if late >= LATE else "keep"
    if late >= LATE:
        return "remind"
    return "basket" if often >= OFTEN else "grow"

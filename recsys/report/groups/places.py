"""Where segments lie: the directions in which customers differ, a map, and how well groups keep apart."""

from __future__ import annotations

import numpy as np

from recsys.report.charts.spots import crowd
from recsys.report.charts.spread import silhouettes
from recsys.report.document import Cell, Column, Paragraph, Picture, Section, Table
from recsys.report.groups.noun import Insight, Viewed, picture
from recsys.report.groups.shapes import spelt
from recsys.report.show import count, decimals, share

_TOLD = (
    "Points are customers, on the standardised features (skewed ones by their logarithm). A t-SNE map shows "
    "who is near whom; its distances between groups and their sizes mean nothing, and gaps in it are no "
    "proof of groups."
)
_POINTS = "Customers as points, coloured by segment."


def places(seen: Insight) -> Section | None:
    """Pictures of customers as points, each with what it is made of; None where there are none."""
    held = seen.views
    if held is None:
        return None
    shown = [_plane(held), *([_deep(held)] if len(held.loadings) > 2 else []), _map(held), _apart(held)]
    return Section("Where they lie", (*shown, Paragraph(_TOLD, style="caution")))


def _axes(held: Viewed) -> list[str]:
    return [f"axis {at} ({share(value)})" for at, value in enumerate(held.explained, 1)]


def _plane(held: Viewed) -> Picture:
    labels = _axes(held)
    table = Table(
        "What the directions are made of",
        (Column("Figure", number=False), *map(Column, labels)),
        tuple(
            (Cell(spelt(str(name))), *map(Cell, map(decimals, made)))
            for name, made in zip(held.features, held.loadings.T, strict=True)
        ),
        note="Weights of the standardised figures; in brackets, the share of all differences along the axis.",
    )
    return picture(
        "plane",
        "The two directions in which customers differ most",
        _POINTS,
        crowd(held.cloud.points[:, :2], held.cloud.codes, held.names, labels),
        table,
    )


def _deep(held: Viewed) -> Picture:
    labels = _axes(held)
    middle = [np.median(held.cloud.points[held.cloud.codes == code], axis=0) for code in held.there]
    table = Table(
        "The middle of each segment",
        (Column("Segment", number=False, wraps=True), *map(Column, labels)),
        tuple(
            (Cell(held.names[code]), *map(Cell, map(decimals, at)))
            for code, at in zip(held.there, middle, strict=True)
        ),
        note="Medians of the customers drawn.",
    )
    return picture(
        "axes",
        "The three directions",
        _POINTS,
        crowd(held.cloud.points, held.cloud.codes, held.names, labels),
        table,
    )


def _map(held: Viewed) -> Picture:
    table = Table(
        "Neighbours on the map",
        (Column("Segment", number=False, wraps=True), Column("Of the same segment")),
        tuple(
            (Cell(held.names[code]), Cell(share(value)))
            for code, value in zip(held.there, held.together, strict=True)
        ),
        note="Of the ten customers nearest to each.",
    )
    return picture(
        "tsne",
        "Who is near whom (t-SNE)",
        _POINTS,
        crowd(held.map.points, held.map.codes, held.names, ["", ""]),
        table,
    )


def _apart(held: Viewed) -> Picture:
    own = [(code, held.silhouettes[held.compared == code]) for code in held.there]
    table = Table(
        "Silhouettes of each segment",
        (
            Column("Segment", number=False, wraps=True),
            *map(Column, ("Customers", "Mean", "Nearer to another")),
        ),
        tuple(
            (
                Cell(held.names[code]),
                Cell(count(len(values))),
                Cell(decimals(float(values.mean()))),
                Cell(share(float((values < 0).mean()))),
            )
            for code, values in own
            if len(values)
        ),
        note="1: far nearer to the own segment than to the next; 0: between two; below 0: nearer to another.",
    )
    return picture(
        "silhouettes",
        f"How much nearer to the own segment than to the next: mean silhouette {held.silhouettes.mean():.3f}",
        "Each customer's silhouette, sorted within the segment.",
        silhouettes(held.silhouettes, held.compared, held.names),
        table,
    )

"""The page of the segment stage: cards, pictures, movement, and how the number of segments was chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.core.segmentation import Segmentation
from recsys.report import pictures
from recsys.report.document import (
    Block,
    Cell,
    Column,
    Folded,
    Page,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
)
from recsys.report.show import NONE, count, counted, day, decimals, figures, listing, share
from recsys.report.write import write_page

FOLDER = "pictures"
SKEW = 1.0  # beyond it a feature is shown on a log scale
NEIGHBOURS, MAPPED = 40.0, 3_000  # of the t-SNE map: perplexity, customers
COMPARED = 5_000  # customers whose silhouettes are drawn


class Carded(Protocol):
    """A segment's card, as the segment stage makes it."""

    segment: str
    customers: int | None
    customer_share: float
    revenue: float
    revenue_share: float
    orders: int | None
    order_share: float
    medians: dict[str, float]
    apart: Sequence[Any]
    top_products: str
    lifted: Sequence[Any]
    advice: str
    warnings: Sequence[str]


@dataclass(frozen=True, eq=False)
class Insight:
    """about: the manifest. cards: in the order of the segments. tables: by name. seed: of what is drawn."""

    about: Mapping[str, Any]
    cards: Sequence[Any]
    tables: Mapping[str, pd.DataFrame]
    segmentation: Segmentation | None
    seed: int


def write_insight(seen: Insight, out: Path) -> tuple[Path, Path]:
    """report.md, report.html and pictures/*.svg in `out`."""
    drawn = _pictures(seen)
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    for one in drawn.values():
        (out / one.file).write_text(one.svg, encoding="utf-8")
    sections = [_sizes(seen, drawn), _cards(seen), _how_they_buy(drawn), _maps(drawn)]
    sections += [_movement(seen, drawn), _number(seen, drawn), _caveats(seen)]
    title = f"Segments of {seen.about['name']}"
    subtitle = f"Customer segments as of {day(seen.about['cutoff'])} · {seen.about['run_id']}"
    return write_page(Page(title, subtitle, "", tuple(one for one in sections if one)), out)


# -- sections ----------------------------------------------------------------------------------------


def _sizes(seen: Insight, drawn: Mapping[str, Picture]) -> Section:
    shown = [card for card in seen.cards if card.customers is not None]
    told: list[Block] = []
    if shown:
        rich = max(shown, key=lambda card: np.nan_to_num(card.revenue_share, nan=-1.0))
        if not math.isnan(rich.revenue_share):
            told.append(
                Paragraph(
                    Strong(rich.segment),
                    f" are {share(rich.customer_share)} of the customers and {share(rich.revenue_share)} of "
                    "the revenue.",
                    style="finding",
                )
            )
    outlook = seen.tables.get("outlook")
    columns = [Column("Segment", number=False, wraps=True), Column("Customers"), Column("Share")]
    columns += [Column("Revenue"), Column("Share of revenue"), Column("Orders")]
    if outlook is not None:
        columns += [Column("Came back"), Column("Spend of each since"), Column("95 % interval", number=False)]
    rows = [_row(card, outlook) for card in seen.cards]
    note = ""
    if outlook is not None and len(outlook):
        days = int(outlook["days"].iloc[0])
        note = (
            f"Came back and spend: of those who were in the segment {days} days before the end of "
            "the log, in these days; nothing for who did not come back. It is what to expect if the next "
            "days are like these: no season is foreseen."
        )
    table = Table("Size, worth and outlook", tuple(columns), tuple(rows), note=note)
    return Section("How large, and worth how much", (*told, *_there(drawn, "sizes"), table))


def _row(card: Carded, outlook: pd.DataFrame | None) -> tuple[Cell, ...]:
    if card.customers is None:
        empty = 8 if outlook is not None else 5
        return (Cell(card.segment), Cell("few"), *(Cell(NONE) for _ in range(empty - 1)))
    cells = [Cell(card.segment), Cell(count(card.customers)), Cell(share(card.customer_share))]
    cells += [Cell(count(card.revenue)), Cell(share(card.revenue_share)), Cell(count(card.orders or 0))]
    if outlook is not None:
        rows = outlook[outlook["segment"] == card.segment]
        told = rows.iloc[0] if len(rows) else pd.Series(dtype=float)
        back, spend = (float(told.get(name, math.nan)) for name in ("came_back", "spend"))
        low, high = (float(told.get(name, math.nan)) for name in ("ci_low", "ci_high"))
        between = NONE if math.isnan(low) else f"{decimals(low)} to {decimals(high)}"
        cells += [Cell(share(back)), Cell(decimals(spend)), Cell(between)]
    return tuple(cells)


def _cards(seen: Insight) -> Section:
    return Section("A card for each", (), tuple(_card(card) for card in seen.cards))


def _card(card: Carded) -> Section:
    if card.customers is None:
        return Section(card.segment, (Paragraph(listing(list(card.warnings)).capitalize() + "."),))
    apart = [f"{one.word} ({one.feature.replace('_', ' ')} {one.difference:+.1f})" for one in card.apart]
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
    shown = dict(zip(card.medians, figures_of(card.medians), strict=True))
    medians = "; ".join(f"{name.replace('_', ' ')} {text}" for name, text in shown.items())
    blocks.append(Paragraph(Strong("Medians: "), f"{medians}."))
    if card.warnings:
        blocks.append(Paragraph(f"Read with care: {listing(list(card.warnings))}.", style="caution"))
    return Section(f"{card.segment}: {counted(card.customers, 'customer')}", tuple(blocks))


def figures_of(medians: Mapping[str, float]) -> list[str]:
    """Each with the decimals that it needs."""
    return [figures([value])[0] for value in medians.values()]


def _how_they_buy(drawn: Mapping[str, Picture]) -> Section | None:
    held = _there(drawn, "radar", "histograms")
    return Section("How they buy", held) if held else None


def _maps(drawn: Mapping[str, Picture]) -> Section | None:
    held = _there(drawn, "plane", "axes", "tsne", "silhouettes")
    if not held:
        return None
    told = Paragraph(
        "Points are customers, on the standardised features (skewed ones by their logarithm). A t-SNE map "
        "shows who is near whom; its distances between groups and their sizes mean nothing, and gaps in "
        "it are no proof of groups.",
        style="caution",
    )
    return Section("Where they lie", (*held, told))


def _movement(seen: Insight, drawn: Mapping[str, Picture]) -> Section | None:
    table = seen.tables.get("movement")
    if table is None or table.empty:
        return None
    last = table[table["until"] == table["until"].iloc[-1]]
    stayed = last[last["from"] == last["to"]]["customers"].sum()
    old = last[~last["from"].str.startswith("(")]["customers"].sum()
    since, until = day(last["since"].iloc[0]), day(last["until"].iloc[0])
    told = Paragraph(
        f"Of {counted(old, 'customer')} known on {since}, {share(stayed / old if old else math.nan)} were in "
        f"the same segment on {until}, by the same rules.",
        style="finding",
    )
    names = list(dict.fromkeys([*last["from"], *last["to"]]))
    cells = {(row["from"], row["to"]): row for row in last.to_dict("records")}
    to = [name for name in names if (last["to"] == name).any()]
    rows = tuple(
        (Cell(source), *(_moved(cells.get((source, target))) for target in to))
        for source in names
        if (last["from"] == source).any()
    )
    grid = Table(
        f"From {since} to {until}: customers, and their share of those in the row",
        (Column("From", number=False, wraps=True), *(Column(target) for target in to)),
        rows,
        legend="Shaded by the share.",
    )
    blocks: list[Block] = [told, *_there(drawn, "transitions"), grid]
    drift = seen.tables.get("drift")
    if drift is not None and len(drift):
        blocks.append(_drifted(drift))
    return Section("Who moved where", tuple(blocks))


def _moved(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell(NONE)
    if math.isnan(row["customers"]):
        return Cell("few")
    return Cell(f"{count(row['customers'])} ({share(row['share'])})", heat=min(float(row["share"]), 0.99))


def _drifted(drift: pd.DataFrame) -> Table:
    first = drift.drop_duplicates("cutoff")
    return Table(
        "Had the segments been made anew at earlier cutoffs",
        (Column("Cutoff", number=False), Column("Segments"), Column("Agreement")),
        tuple(
            (Cell(day(row.cutoff)), Cell(count(row.segments)), Cell(decimals(row.agreement)))
            for row in first.itertuples()
        ),
        note="Agreement: adjusted Rand index with the segments of today's rules among the customers of that "
        "day; 1 is the same groups, 0 no more than chance.",
    )


def _number(seen: Insight, drawn: Mapping[str, Picture]) -> Section | None:
    evidence = seen.tables.get("evidence")
    if evidence is None or len(evidence) == 0:
        return None
    columns = [name for name in evidence if name not in ("chosen", "note")]
    columns = [name for name in columns if evidence[name].notna().any()]
    rows = tuple(
        tuple(
            Cell(
                count(row[name]) if name == "k" else _figure(row[name]),
                best=bool(row.get("chosen")),
            )
            for name in columns
        )
        for row in evidence.to_dict("records")
    )
    heads = tuple(Column(name.replace("_", " "), leads=name == "k") for name in columns)
    notes = [str(note) for note in evidence.get("note", ()) if isinstance(note, str) and note]
    table = Table("Each number that was tried; bold is the one chosen", heads, rows, note="; ".join(notes))
    return Section("How many", (*_there(drawn, "elbow"), table))


def _figure(value: Any) -> str:
    return (
        decimals(float(value))
        if isinstance(value, int | float) and abs(value) >= 100
        else (f"{float(value):.3f}" if isinstance(value, int | float) and not math.isnan(value) else NONE)
    )


def _caveats(seen: Insight) -> Section:
    explains = seen.about.get("explains") or {}
    blocks: list[Block] = []
    if explains:
        blocks.append(
            Paragraph(
                f"Who is in which segment explains {share(explains['segments'])} of how customers differ in "
                f"what they spent after the last cutoff (log spend); the 125 cells of RFM quintiles explain "
                f"{share(explains['rfm_quintiles'])}."
            )
        )
    blocks.append(
        Paragraph(
            "Segments are a summary, and their borders are drawn by rule: customers on either side of one "
            "are alike. What to do is a place to begin; what works, an experiment shows. Figures of segments "
            f"with fewer than {seen.about['least']} customers are withheld."
        )
    )
    notes = tuple(Paragraph("Note: ", str(note)) for note in seen.about.get("notes") or [])
    made = {
        "config": seen.about["config"],
        "input": seen.about["input_sha256"],
        "recsys": seen.about["recsys"],
    }
    rows = tuple((Cell(str(key)), Cell(str(value))) for key, value in made.items())
    how = Table("Made from", (Column("What", number=False), Column("Value", number=False, wide=True)), rows)
    return Section("What to keep in mind", (*blocks, *notes, Folded("How this was made", (how,))))


def _there(drawn: Mapping[str, Picture], *names: str) -> tuple[Picture, ...]:
    return tuple(drawn[name] for name in names if name in drawn)


# -- pictures ----------------------------------------------------------------------------------------


def _pictures(seen: Insight) -> dict[str, Picture]:
    found: dict[str, Picture] = {}

    def draw(name: str, caption: str, told: str, svg: str) -> None:
        found[name] = Picture(caption, told, svg, f"{FOLDER}/{name}.svg")

    shown = [card for card in seen.cards if card.customers is not None]
    if shown:
        shares = {"customers": [one.customer_share for one in shown]}
        if not math.isnan(shown[0].revenue_share):
            shares["revenue"] = [one.revenue_share for one in shown]
        shares["orders"] = [one.order_share for one in shown]
        draw(
            "sizes",
            "Shares of customers, revenue and orders",
            "Bars of the shares in the table below.",
            pictures.sizes([one.segment for one in shown], shares),
        )
    held = seen.segmentation
    if held is not None and len(held.features.columns) and len(held.codes) > len(held.names) > 1:
        _of_customers(seen, _without_withheld(held, [card.segment for card in shown]), draw)
    movement = seen.tables.get("movement")
    if movement is not None and len(movement) and held is not None:
        last = movement[movement["until"] == movement["until"].iloc[-1]].dropna(subset=["customers"])
        if len(last):
            order = list(dict.fromkeys([*held.names, *last["from"], *last["to"]]))
            draw(
                "transitions",
                "Where customers came from (left) and went (right)",
                "Bands as wide as the numbers of customers in the table below.",
                pictures.transitions(last.astype({"customers": int}), order),
            )
    evidence = seen.tables.get("evidence")
    if evidence is not None and len(evidence) > 1 and {"inertia", "silhouette"} <= set(evidence):
        known = evidence.dropna(subset=["inertia", "silhouette"])
        if len(known) > 1:
            draw("elbow", "Numbers of segments", "The figures of the table below.", pictures.elbow(known))
    return found


def _without_withheld(held: Segmentation, shown: Sequence[str]) -> Segmentation:
    """The customers of segments whose cards show figures: a picture of few is a picture of persons."""
    kept = np.isin(np.array(held.names, dtype=object)[held.codes], list(shown))
    return replace(
        held, codes=held.codes[kept], features=held.features[kept].reset_index(drop=True), memberships=None
    )


def _of_customers(seen: Insight, held: Segmentation, draw: Any) -> None:
    """Radar, histograms, maps and silhouettes, on the standardised features."""
    if len(held.codes) <= len(held.names):
        return
    frame = held.features.loc[:, held.features.notna().all()]
    skewed = {str(name) for name in frame if (frame[name] >= 0).all() and frame[name].skew() > SKEW}
    level = np.column_stack(
        [np.log1p(frame[name]) if str(name) in skewed else frame[name] for name in frame]
    ).astype(np.float64)
    spread = level.std(axis=0)
    keep = spread > 1e-9
    if keep.sum() < 2:
        return
    names = [str(name) for name, kept in zip(frame, keep, strict=True) if kept]
    standard = (level[:, keep] - level[:, keep].mean(axis=0)) / spread[keep]
    means = pd.DataFrame(standard).groupby(held.codes).mean()
    there = [held.names[at] for at in means.index]
    first = list(range(min(10, len(names))))
    if len(first) > 2:
        draw(
            "radar",
            "Each segment beside all customers (dotted), in standard deviations",
            "The differences that the cards name.",
            pictures.radar(there, [names[at] for at in first], means.to_numpy()[:, first]),
        )
    draw(
        "histograms",
        "How each figure is spread within each segment",
        "Outlines of equal area; medians are on the cards.",
        pictures.histograms(frame[[names[at] for at in first]], held.codes, held.names, skewed),
    )
    rng = np.random.default_rng(seen.seed)
    at = np.sort(rng.permutation(len(standard))[: pictures.POINTS])
    axes, explained = _axes(standard, min(3, standard.shape[1]))
    labels = [f"axis {i + 1} ({share(value)})" for i, value in enumerate(explained)]
    told = "Customers as points, coloured by segment."
    draw(
        "plane",
        "The two directions in which customers differ most",
        told,
        pictures.scatter(axes[at][:, :2], held.codes[at], held.names, labels),
    )
    if axes.shape[1] == 3:
        draw(
            "axes",
            "The three directions",
            told,
            pictures.scatter(axes[at], held.codes[at], held.names, labels),
        )
    some = np.sort(rng.permutation(len(standard))[:MAPPED])
    mapped = _tsne(standard[some], seen.seed)
    if mapped is not None:
        part = np.sort(rng.permutation(len(some))[: pictures.POINTS])
        draw(
            "tsne",
            "Who is near whom (t-SNE)",
            told,
            pictures.scatter(mapped[part], held.codes[some[part]], held.names, ["", ""]),
        )
    some = np.sort(rng.permutation(len(standard))[:COMPARED])
    codes = held.codes[some]
    if len(np.unique(codes)) > 1:
        from sklearn.metrics import silhouette_samples

        values = silhouette_samples(standard[some], codes)
        draw(
            "silhouettes",
            f"How much nearer to the own segment than to the next: mean silhouette {values.mean():.3f}",
            "Each customer's silhouette, sorted within the segment.",
            pictures.silhouettes(values, codes, held.names),
        )


def _axes(standard: NDArray[np.float64], most: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        model = PCA(most, svd_solver="covariance_eigh").fit(standard)
        return model.transform(standard), model.explained_variance_ratio_


def _tsne(standard: NDArray[np.float64], seed: int) -> NDArray[np.float64] | None:
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if len(standard) < 3 * NEIGHBOURS:
        return None
    with threadpool_limits(1):
        model = TSNE(2, perplexity=NEIGHBOURS, init="pca", random_state=seed, n_jobs=1)
        return np.asarray(model.fit_transform(standard), dtype=np.float64)

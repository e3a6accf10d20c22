"""Views and carts count as evidence, never as purchases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from recsys.core.errors import SourceError
from recsys.core.log import EVIDENCE_COLUMNS
from recsys.ingest import Clean, load

from .shop import source

Write = Callable[..., Path]
COLUMNS = {"customer": "who", "product": "what", "time": "when", "event": "did"}
LINES = [
    "ann,tea,2024-01-03 10:00,purchase",
    "ann,cup,2024-01-02 10:00,cart",
    "ann,tea,2024-01-01 10:00,view",
    "bob,tea,2024-01-01 10:00,view",
    "ann,pot,2024-01-01 10:00,view",
    "cem,cup,2024-01-02 10:00,order",
    "ann,tea,2024-01-02 10:00,share",
    ",tea,2024-01-02 10:00,view",
    "ann,tea,2024-01-05 10:00,view",
]
EVENTS: dict[str, Any] = {"purchase": ["purchase", "order"], "weights": {"view": 0.1, "cart": 0.5}}


def test_weighted_events_become_evidence(csv: Write) -> None:
    csv(*LINES, header="who,what,when,did")
    loaded = load(source(columns=COLUMNS, events=EVENTS))
    log = loaded.log
    assert list(log.customers.names) == ["ann", "cem"]
    assert list(log.products.names) == ["cup", "tea"]
    evidence = log.evidence
    assert {name: str(kind) for name, kind in evidence.dtypes.items()} == EVIDENCE_COLUMNS
    # bob and pot were never part of a purchase; the last view came after the last purchase day
    assert evidence[["customer", "product", "weight"]].to_numpy().tolist() == [[0, 1, 0.1], [0, 0, 0.5]]
    assert list(loaded.ledger["rule"])[:3] == ["read", "events", "missing-customer"]
    assert list(loaded.ledger["lines"])[:2] == [9, 7]
    assert any(note.startswith("events 'share' have no weight") for note in loaded.notes)


def test_only_purchases_are_revenue(csv: Write) -> None:
    """Twice the money of a sale would be read where its view carries its price."""
    csv(*(f"{line},2.0" for line in LINES), header="who,what,when,did,price")
    ledger = load(source(columns=COLUMNS | {"price": "price"}, events=EVENTS)).ledger.set_index("rule")
    assert ledger["revenue"].to_dict() == {
        "read": 4.0,
        "events": 0.0,
        "missing-customer": 0.0,
        "quantity": 0.0,
        "price": 0.0,
        "kept": 4.0,
    }


def test_evidence_respects_the_product_code(csv: Write) -> None:
    csv(*LINES, header="who,what,when,did")
    loaded = load(source(columns=COLUMNS, events=EVENTS), Clean(product_code="^t"))
    assert len(loaded.log.evidence) == 1


def test_purchases_only_by_default(csv: Write) -> None:
    csv(*LINES, header="who,what,when,did")
    loaded = load(source(columns=COLUMNS))
    assert len(loaded.log.lines) == 1
    assert len(loaded.log.evidence) == 0


def test_no_purchase_at_all(csv: Write) -> None:
    csv(*LINES[1:3], header="who,what,when,did")
    with pytest.raises(SourceError, match="events took 2"):
        load(source(columns=COLUMNS))


def test_a_purchase_has_no_weight() -> None:
    with pytest.raises(ValidationError, match=r"'order', which events\.purchase holds too"):
        source(columns=COLUMNS, events={"purchase": "order", "weights": {"order": 1.0}})

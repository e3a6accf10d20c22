"""What is expected of a recommender, a segmenter, a metric and an encoder: checks for other packages' tests.

Each check raises AssertionError where the promise is broken. They need no pytest.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from recsys.core.fold import Known, know
from recsys.core.ids import NOTHING, IdMap
from recsys.core.judged import Judged
from recsys.core.log import TransactionLog, midnight_after
from recsys.core.protocols import Seen
from recsys.core.topk import TopK
from recsys.recommend.encoders import Encoder

WORDS = ("red", "blue", "green", "mug", "bag", "clock", "lamp", "paper", "glass", "tin")


def shop(seed: int = 50, *, customers: int = 24, products: int = 18, lines: int = 260) -> Known:
    """What is known of a small shop after 90 days: prices, descriptions, no segments; by seed alone."""
    rng = np.random.default_rng(seed)
    who, day = rng.integers(customers, size=lines), np.sort(3 * rng.integers(30, size=lines))
    what = (products * rng.random(lines) ** 2).astype(np.int32)
    texts = IdMap.of(" ".join(rng.choice(WORDS, size=3, replace=False)) for _ in range(products))
    columns = {
        "customer": who.astype(np.int32),
        "product": what,
        "basket": pd.factorize(day * customers + who)[0].astype(np.int32),
        "time": np.datetime64("2024-01-01T09:00:00", "s") + day.astype("timedelta64[D]"),
        "quantity": rng.integers(1, 5, size=lines).astype(np.float64),
        "price": 1.0 + what % 7,
        "description": (what % len(texts)).astype(np.int32),
    }
    frame = pd.DataFrame(columns)
    log = TransactionLog(
        lines=frame,
        customers=IdMap.of(f"c{at:03}" for at in range(customers)),
        products=IdMap.of(f"p{at:03}" for at in range(products)),
        descriptions=texts,
        end=midnight_after(frame["time"].to_numpy()[-1]),
        cancellations=frame.iloc[:0],
    )
    return know(log, log.end)


def check_lists(lists: TopK, customers: NDArray[np.integer], k: int, products: int) -> None:
    """Types and shape, padding at the end, no product twice, none that does not exist."""
    shapes, types = (lists.products.shape, lists.scores.shape), (lists.products.dtype, lists.scores.dtype)
    assert lists.customers.tolist() == list(customers), "lists of other customers than asked"
    assert shapes == ((len(customers), k),) * 2, f"shapes {shapes}: expected {len(customers)} x {k}"
    assert types == (np.dtype(np.int32), np.dtype(np.float32)), f"{types}: expected int32 and float32"
    for row, scores in zip(lists.products, lists.scores, strict=True):
        real = row[row != NOTHING]
        assert (row[len(real) :] == NOTHING).all(), "padding stands before a product"
        assert np.isnan(scores[len(real) :]).all(), "padding has a score"
        assert len(set(real.tolist())) == len(real), "a product stands in a list twice"
        assert ((real >= 0) & (real < products)).all(), "a product is not in the catalogue"


def check_recommender(model: Any, known: Known | None = None) -> None:
    """A config that goes round, and lists that keep the rules; `fit`, not `combine`."""
    check_config(model)
    known = shop() if known is None else known
    fitted: Any = model.fit(known, np.random.default_rng(5))
    everyone, size = np.arange(len(known.history.customers), dtype=np.int32), len(known.history.products)
    asked = np.append(everyone, np.int32(NOTHING))
    held = np.vstack([known.history.bought.toarray() > 0, np.zeros((1, size), dtype=bool)])
    allowed = np.random.default_rng(1).random(size) < 0.5
    for seen in Seen:
        whole = fitted.recommend(asked, size + 3, seen=seen)
        check_lists(whole, asked, size + 3, size)
        part = fitted.recommend(asked, size + 3, seen=seen, allowed=allowed)
        for row, (found, some) in enumerate(zip(whole.products, part.products, strict=True)):
            real = found[found != NOTHING]
            assert seen is Seen.KEEP or not held[row, real].any(), "seen=DROP lists what was bought"
            assert set(some[some != NOTHING]) <= set(np.flatnonzero(allowed)), "not allowed, but listed"
        _check_same(
            fitted.recommend(asked, 4, seen=seen), whole.head(4), "the list of 4 is no head of a longer"
        )
    lists = fitted.recommend(asked, 7)
    assert getattr(fitted, "serves_newcomers", False) or (lists.products[-1] == NOTHING).all(), (
        "people without history get a list: expected none, or serves_newcomers"
    )
    _check_same(
        model.fit(known, np.random.default_rng(5)).recommend(asked, 7), lists, "same seed, other lists"
    )
    with tempfile.TemporaryDirectory() as place:
        fitted.save(Path(place) / "model")
        _check_same(
            type(fitted).load(Path(place) / "model").recommend(asked, 7), lists, "loaded, other lists"
        )


def check_segmenter(model: Any, known: Known | None = None) -> None:
    """A config that goes round, and one segment for everybody, at this cutoff and at a later one."""
    check_config(model)
    known = shop() if known is None else known
    fitted = model.fit(known, np.random.default_rng(5))
    later = shop(51, customers=len(known.history.customers) + 2)
    for now in (known, later):
        found = fitted.assign(now)
        sizes = len(found.codes), len(found.features)
        assert sizes == (len(now.history.customers),) * 2, f"codes and features of {sizes} customers"
        assert found.codes.dtype == np.int16, f"codes are {found.codes.dtype}: expected int16"
        assert ((found.codes >= 0) & (found.codes < len(found.names))).all(), "a segment without a name"
        assert len(set(found.names)) == len(found.names), "two segments have one name"
        assert all(found.names), "a segment is called nothing"
    assert fitted.assign(later).names == fitted.assign(known).names, "names change with the cutoff"
    again = model.fit(known, np.random.default_rng(5)).assign(known)
    assert (again.codes == fitted.assign(known).codes).all(), "same seed, other segments"


def check_metric(metric: type[Any]) -> None:
    """One score per customer, by the customer's own list alone; where it decides, a hit never costs."""
    for k in (1, 3, 20):
        one = metric(k)
        assert one.name == f"{one.word}@{k}", f"called {one.name!r}: expected {one.word}@{k}"
        judged = _judged(np.random.default_rng(3), 200, 10)
        found = one.per_customer(judged)
        assert found.shape == (200,), f"shape {found.shape}: expected a score per customer"
        assert found.dtype == np.float64, f"scores are {found.dtype}: expected float64"
        order = np.random.default_rng(4).permutation(200)
        np.testing.assert_array_equal(one.per_customer(judged.take(order)), found[order])
        if metric.decides:
            more = replace(judged, hits=judged.hits.copy(), hit_spend=judged.hit_spend.copy())
            more.hits[:, 0], more.hit_spend[:, 0] = True, np.maximum(more.hit_spend[:, 0], 1.0)
            assert not (found > one.per_customer(more) + 1e-12).any(), (
                "it decides, but a hit more scores less"
            )


def check_encoder(encoder: Encoder) -> None:
    """A row of finite numbers for each text, whatever else is asked."""
    texts = ["red mug", "blue glass lamp", "tin", "red mug"]
    rows = np.asarray(encoder.encode(texts))
    assert rows.ndim == 2, f"{rows.ndim} dimensions: expected (texts, d)"
    assert len(rows) == len(texts), f"{len(rows)} rows for {len(texts)} texts"
    assert np.isfinite(rows).all(), "not all numbers are finite"
    np.testing.assert_array_equal(rows[0], rows[3])
    np.testing.assert_allclose(np.asarray(encoder.encode(texts[1:2]))[0], rows[1], rtol=1e-5, atol=1e-7)


def check_config(model: BaseModel) -> None:
    """A frozen model that JSON brings back, that refuses unknown keys and says what each parameter is."""
    again = type(model).model_validate(model.model_dump(mode="json"))
    assert again == model
    assert model.model_config.get("frozen"), "not frozen"
    try:
        type(model).model_validate({**model.model_dump(mode="json"), "no_such_parameter": 1})
    except ValidationError:
        pass
    else:
        raise AssertionError("an unknown key is taken: set extra='forbid'")
    for name, field in type(model).model_fields.items():
        assert name == "kind" or field.description, f"{name} has no description"


def _check_same(one: TopK, other: TopK, said: str) -> None:
    assert (one.products == other.products).all(), said
    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5, atol=1e-7, err_msg=said)


def _judged(rng: np.random.Generator, n: int, k: int) -> Judged:
    """Random lists of k of 60 products beside truths that hold all hits and more."""
    hits = rng.random((n, k)) < rng.random((n, 1))
    spend = np.asarray(np.where(hits, rng.integers(1, 40, (n, k)), 0), dtype=np.float64)
    lists = np.stack([rng.permutation(60)[:k] for _ in range(n)]).astype(np.int32)
    rest = rng.integers(1, 5, n)
    return Judged(hits, spend, k + rest, np.asarray(50 * k + rest, dtype=np.float64), lists, 60)

"""One little shop's purchases, to be written as shops write them."""

from __future__ import annotations

import numpy as np
import pandas as pd

CUSTOMERS, PRODUCTS, DAYS = 50, 30, 200
WORDS = ("Tasse grün", "Kanne blau", "Lampe alt", "Käse mild", "Brot frisch", "Öl fein")


def purchases(seed: int = 1) -> pd.DataFrame:
    """Lines, oldest first: invoice, customer, product, time, quantity, price, words, land, group.

    A customer comes about every 18 days, buys one to four products, and prefers some; a product has one price
    and one description, a customer one land.
    """
    rng = np.random.default_rng(seed)
    visits = sorted(
        (day, customer) for customer in range(CUSTOMERS) for day in range(DAYS) if rng.random() < 1 / 18
    )
    rows = []
    for invoice, (day, customer) in enumerate(visits):
        minute = int(rng.integers(9 * 60, 18 * 60))
        time = pd.Timestamp("2024-01-03") + pd.Timedelta(days=day, minutes=minute)
        for number in {int(PRODUCTS * rng.random() ** 2) for _ in range(int(rng.integers(1, 5)))}:
            units = int(rng.choice([1, 1, 1, 2, 3, 6]))
            rows.append((50_000 + invoice, 10_000 + 7 * customer, 20_100 + 11 * number, time, units, number))
    frame = pd.DataFrame(rows, columns=["invoice", "customer", "product", "time", "quantity", "number"])
    number = frame.pop("number")
    frame["price"] = (1.25 + 3.35 * number).round(2)
    frame["words"] = [f"{WORDS[n % len(WORDS)]} {n}" for n in number]
    frame["land"] = np.where(frame["customer"] % 3 == 0, "Österreich", "Deutschland")
    frame["group"] = np.where(number % 4 == 0, "Küche", "Keller")
    return frame

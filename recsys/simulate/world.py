"""Everything that is drawn before the first basket: the shop as it truly is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys.simulate.customers import Customers, draw_customers
from recsys.simulate.products import Demand, Products, draw_products, weekly_demand
from recsys.simulate.settings import HOLDOUT_DAYS, Settings
from recsys.simulate.visits import DAY, Visits, plan_visits


@dataclass(frozen=True, eq=False)
class World:
    """The shop behind a log: shelves, weekly demand, people and their visits."""

    settings: Settings
    products: Products
    demand: Demand
    customers: Customers
    visits: Visits

    @property
    def cutoff(self) -> int:
        """Minute at which the holdout begins."""
        return (self.settings.days - HOLDOUT_DAYS) * DAY


def draw_world(settings: Settings, rng: np.random.Generator) -> World:
    """A shop of this size; products, people and visits each have a generator of their own."""
    of_products, of_customers, of_visits = rng.spawn(3)
    products = draw_products(settings, of_products)
    customers = draw_customers(settings, products, of_customers)
    visits = plan_visits(settings, customers, of_visits)
    return World(settings, products, weekly_demand(products, settings), customers, visits)

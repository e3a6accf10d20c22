"""A shop whose truth is known: a log in the Online Retail schema and what stood behind it."""

from recsys.simulate.moments import REFERENCE, compare, measure
from recsys.simulate.settings import TYPE_NAMES, TYPES, Behaviour, Settings
from recsys.simulate.shop import Simulated, log_frame, simulate

__all__ = [
    "REFERENCE",
    "TYPES",
    "TYPE_NAMES",
    "Behaviour",
    "Settings",
    "Simulated",
    "compare",
    "log_frame",
    "measure",
    "simulate",
]

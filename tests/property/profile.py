"""How long properties may search: few examples, the same ones every time, no deadline."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

"""A log into folds: what was known at a cutoff, and what happened next."""

from recsys.split.by_time import Holdout, Rolling, Window

__all__ = ["Holdout", "Rolling", "Window"]

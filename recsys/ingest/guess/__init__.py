"""A file that nobody has described -> its form, its columns' roles, and why each was guessed."""

from recsys.ingest.guess.found import Finding, Guess
from recsys.ingest.guess.guess import guess

__all__ = ["Finding", "Guess", "guess"]

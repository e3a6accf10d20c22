"""Where a file is, and what its content hashes to."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from recsys.core.errors import SourceError, nearest


def find(path: str | Path, roots: Sequence[Path] = (), *, setting: str = "source.path") -> Path:
    """The file as given, else in `roots`, else in data/, else in $RECSYS_DATA_DIR; SourceError if nowhere.

    setting: the key of the config that names it, for messages.
    """
    given = Path(path).expanduser()
    places = [given] if given.is_absolute() else [given, *(place / given for place in _places(roots))]
    for place in places:
        if place.is_file():
            return place
    folder = next((place for place in places if place.is_dir()), None)
    if folder is not None:
        raise SourceError(f"{setting} {str(path)!r} is a folder: expected a file; name the file in it")
    remedy = "" if given.is_absolute() else ", or set RECSYS_DATA_DIR"
    raise SourceError(
        f"{setting} {str(path)!r} is not there{_similar(places)}: looked for "
        f"{', then '.join(str(place) for place in places)}; correct {setting}{remedy}"
    )


def _places(roots: Sequence[Path]) -> Iterable[Path]:
    yield from roots
    yield Path("data")
    if os.environ.get("RECSYS_DATA_DIR"):
        yield Path(os.environ["RECSYS_DATA_DIR"])


def _similar(places: Iterable[Path]) -> str:
    """A file beside one of the places with nearly the same name."""
    for place in places:
        if place.parent.is_dir():
            hint = nearest(place.name, (entry.name for entry in place.parent.iterdir() if entry.is_file()))
            if hint:
                return hint
    return ""


def sha256(path: Path) -> str:
    """Hex digest of the file's bytes. Raises SourceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check its permissions") from None


def sha256_of(paths: Sequence[Path]) -> str:
    """The file's digest; of several, the digest of their digests in order."""
    digests = [sha256(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("".join(digests).encode()).hexdigest()

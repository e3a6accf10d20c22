"""In which encoding a text file is: by its mark, by whether every byte reads, by the script of its words."""

from __future__ import annotations

import codecs
import gzip
from pathlib import Path
from typing import IO, cast

import numpy as np

SCRIPTS = ("cp1251", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "euc_kr")
"""Of other letters than Latin ones; of several that read, charset-normalizer says which makes words."""
TOGETHER = 0.6
"""Share of bytes beyond ASCII with another one beside them, from which they are no accents in Latin words."""
WESTERN = "not UTF-8; check the letters with accents below"


def encoding_of(path: Path, head: bytes) -> tuple[str, str]:
    """The encoding and why; western Windows where nothing speaks for another. head: the first bytes."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "the file starts with its mark"
    if _decodes(path, "utf-8"):
        return "utf-8", "every byte reads as that"
    script = _script(head)
    if script is not None and _decodes(path, script):
        return script, "not UTF-8, nor Latin letters with accents; check the words below"
    return ("cp1252" if _decodes(path, "cp1252") else "latin-1"), WESTERN


def opened(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked."""
    return cast(IO[bytes], gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb"))


def _script(head: bytes) -> str | None:
    """The encoding of whole words beyond ASCII; None where such bytes stand alone, as accents do."""
    from charset_normalizer import from_bytes

    beyond = np.frombuffer(head, dtype=np.uint8) >= 0x80
    beside = np.zeros(len(beyond), dtype=bool)
    beside[1:] |= beyond[:-1]
    beside[:-1] |= beyond[1:]
    if not beyond.any() or beside[beyond].mean() < TOGETHER:
        return None
    lines = head[: head.rfind(b"\n") + 1] or head  # no character is cut in two
    found = from_bytes(lines, cp_isolation=list(SCRIPTS)).best()
    return None if found is None or found.encoding not in SCRIPTS else str(found.encoding)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with opened(path) as file:
            while part := file.read(1 << 22):
                decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True

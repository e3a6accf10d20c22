"""One file over HTTP, resumable: what has come is kept in a .part file until the rest has.

The .part file starts with one line of JSON (the address and the server's validator), then the bytes, so that
an interrupted download leaves a single file, and a file that changed on the server is not glued together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from recsys import __version__
from recsys.core.errors import SourceError

CHUNK = 1 << 16
TIMEOUT = 60.0  # seconds without a byte

Report = Callable[[int, int | None], None]
"""Told bytes so far, and in all where that is known."""


class FetchError(SourceError):
    """A public log could not be fetched; running the command again goes on or starts over."""


def download(url: str, part: Path, *, limit: int, report: Report) -> bytes:
    """The whole file, leaving `part` in place for the caller to remove. Raises FetchError.

    limit: more bytes than this are refused.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise FetchError(f"url {url!r} cannot be fetched: expected http:// or https://")
    _refuse_unwritable(part)
    try:
        _fill(url, part, limit, report)
    except HTTPError as error:
        error.close()
        raise FetchError(
            f"{url} answers {error.code} {error.reason}: try later, or give another --url"
        ) from None
    except (URLError, HTTPException, OSError) as error:
        raise _interrupted(part, error, url) from None
    except KeyboardInterrupt:
        raise _interrupted(part, "stopped", url) from None
    finally:
        if part.exists() and part.stat().st_size == 0:
            part.unlink()
    return _bytes(part)


def _fill(url: str, part: Path, limit: int, report: Report) -> None:
    """Request what is missing and append it."""
    have, validator = _kept(url, part)
    try:
        response = _open(url, have, validator)
    except HTTPError as error:
        if error.code != 416:
            raise
        error.close()
        total = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
        if total is not None and int(total[1]) == have:
            return  # all of it is here already
        have = 0
        response = _open(url, 0, None)
    with response:
        if urlsplit(url).scheme == "https" and urlsplit(response.geturl()).scheme != "https":
            raise FetchError(f"{url} leads to {response.geturl()}, which is not https: refused")
        goes_on = response.status == 206 and _start(response) == have
        if response.status == 206 and not goes_on:
            part.unlink()
            raise FetchError(f"{url} answers with another part than asked for: run again to start over")
        have = have if goes_on else 0
        _append(response, part, have, limit, report, header=None if goes_on else _header(url, response))


def _refuse_unwritable(part: Path) -> None:
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.open("ab").close()
    except OSError as error:
        raise FetchError(
            f"{part} cannot be written ({error.strerror}): choose another folder with --to"
        ) from None


def _append(
    response: Any, part: Path, have: int, limit: int, report: Report, *, header: bytes | None
) -> None:
    """header: the first line of a new .part file; None: go on behind what is there."""
    length = response.headers.get("Content-Length")
    total = have + int(length) if length is not None else None
    with part.open("ab" if header is None else "wb") as file:
        file.write(header or b"")
        report(have, total)
        while chunk := response.read(CHUNK):
            file.write(chunk)
            have += len(chunk)
            if have > limit:
                raise FetchError(
                    f"{response.geturl()} sends more than {limit:,} bytes: expected less; stopped"
                )
            report(have, total)
    if total is not None and have < total:
        raise ConnectionError("the connection was cut")


def _open(url: str, have: int, validator: str | None) -> Any:
    headers = {"User-Agent": f"recsys/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator is not None:
            headers["If-Range"] = validator
    opener = OpenerDirector()  # http and https only: a redirect to anything else has no handler
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    opener.add_handler(HTTPDefaultErrorHandler())
    response = opener.open(Request(url, headers=headers), timeout=TIMEOUT)
    if response is None:
        raise URLError("it leads to an address that is neither http nor https")
    return response


def _start(response: Any) -> int | None:
    """Where a partial answer begins."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _header(url: str, response: Any) -> bytes:
    """The address, and what a later request can ask "still this one?" with: a weak ETag cannot."""
    tag = response.headers.get("ETag")
    if tag is None or tag.startswith("W/"):
        tag = response.headers.get("Last-Modified")
    return json.dumps({"url": url, "validator": tag}).encode() + b"\n"


def _kept(url: str, part: Path) -> tuple[int, str | None]:
    """Bytes that are here of this address, and their validator."""
    try:
        with part.open("rb") as file:
            said = _said(file)
            here = file.seek(0, 2) - said.pop("length")
    except (OSError, ValueError):
        return 0, None
    return (here, said.get("validator")) if said.get("url") == url else (0, None)


def _said(file: IO[bytes]) -> dict[str, Any]:
    """The first line, and its length. Raises ValueError where it is none."""
    line = file.readline(CHUNK)
    said = json.loads(line)
    if not isinstance(said, dict):
        raise ValueError("no header")
    return said | {"length": len(line)}


def _bytes(part: Path) -> bytes:
    with part.open("rb") as file:
        _said(file)
        return file.read()


def _interrupted(part: Path, why: object, url: str) -> FetchError:
    reason = getattr(why, "reason", why)
    here = part.stat().st_size
    if not here:
        return FetchError(f"{url} cannot be reached ({reason}): try later, or give another --url")
    return FetchError(
        f"the download was interrupted ({reason}): {here / 1e6:.1f} MB are kept in {part}; run the same "
        "command again to go on"
    )

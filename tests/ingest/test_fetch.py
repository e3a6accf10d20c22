"""Fetching from a server on this machine that cuts connections, ignores ranges and changes its mind."""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from recsys.cli import main
from recsys.ingest import datasets
from recsys.ingest.datasets import ONLINE_RETAIL, Dataset, Facts, Part
from recsys.ingest.download import FetchError
from recsys.ingest.fetch import Fetched, fetch

DAY = datetime(2010, 12, 1, 8, 26)
ROWS: list[list[Any]] = [
    [536365, "85123A", "HEART", 6, DAY, 2.55, 17850, "United Kingdom"],
    [536365, 71053, None, 6, DAY, 3.39, 17850, "United Kingdom"],
    ["C536366", 71053, "LANTERN", -1, datetime(2010, 12, 2, 9, 0), 3.39, None, "Norway"],
]


@dataclass
class Server:
    """What to serve and how; and what was asked for."""

    content: bytes = b""
    cut_after: int | None = None  # bytes of one answer
    ranges: bool = True
    etag: str | None = '"one"'
    status: int = 200
    location: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(dict(self.headers))
            if told.status != 200:
                self.send_response(told.status)
                if told.location:
                    self.send_header("Location", told.location)
                self.end_headers()
                return
            start = self._start()
            size = len(told.content)
            if start and start >= size:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{size}")
                self.end_headers()
                return
            body = told.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            if told.etag:
                self.send_header("ETag", told.etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if told.cut_after is None else body[: told.cut_after])

        def _start(self) -> int:
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if wanted is None or not told.ranges:
                return 0
            return 0 if self.headers.get("If-Range", told.etag) != told.etag else int(wanted[1])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        told.url = f"http://127.0.0.1:{serving.server_port}/log.zip"
        yield told
        serving.shutdown()
        thread.join()


def zipped(rows: list[list[Any]], member: str = "Online Retail.xlsx") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Online Retail"
    book.active.append(list(ONLINE_RETAIL.columns))
    for row in rows:
        book.active.append(row)
    sheet, archive = io.BytesIO(), io.BytesIO()
    book.save(sheet)
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("../evil.txt", "never written")
        out.writestr(member, sheet.getvalue())
    return archive.getvalue()


FACTS = Facts(3, 2, 1, DAY, datetime(2010, 12, 2, 9, 0))


@pytest.fixture
def small(server: Server) -> Dataset:
    server.content = zipped(ROWS)
    return replace(
        ONLINE_RETAIL, url=server.url, parts=(Part("Online Retail", "online_retail.parquet", FACTS),)
    )


def get(dataset: Dataset, to: Path, **how: Any) -> Fetched:
    return fetch(dataset, to, report=lambda have, total: None, **how)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_whole(small: Dataset, server: Server, tmp_path: Path) -> None:
    to = tmp_path / "data"
    assert get(small, to).fresh
    assert names(to) == ["online_retail.json", "online_retail.parquet"]
    assert not (tmp_path / "evil.txt").exists()
    table = pq.read_table(to / "online_retail.parquet")
    text = pa.large_string()
    kinds = [text, text, text, pa.int64(), pa.timestamp("us"), pa.float64(), pa.int64(), text]
    assert table.schema.types == kinds
    assert [list(row.values()) for row in table.to_pylist()] == [
        ["536365", "85123A", "HEART", 6, DAY, 2.55, 17850, "United Kingdom"],
        ["536365", "71053", None, 6, DAY, 3.39, 17850, "United Kingdom"],
        ["C536366", "71053", "LANTERN", -1, datetime(2010, 12, 2, 9, 0), 3.39, None, "Norway"],
    ]
    about = json.loads((to / "online_retail.json").read_text())
    assert (about["url"], about["licence"], about["lines"]) == (server.url, "CC BY 4.0", 3)
    assert about["download_bytes"] == len(server.content)
    assert {len(about["sha256"]), len(about["download_sha256"])} == {64}


def test_present_is_not_fetched_again(small: Dataset, server: Server, tmp_path: Path) -> None:
    get(small, tmp_path)
    assert not get(small, tmp_path).fresh
    assert len(server.asked) == 1
    assert get(small, tmp_path, force=True).fresh


def test_a_changed_file_is_not_overwritten_unasked(small: Dataset, tmp_path: Path) -> None:
    get(small, tmp_path)
    (tmp_path / "online_retail.parquet").write_bytes(b"mine")
    with pytest.raises(FetchError, match="has changed since it was fetched"):
        get(small, tmp_path)
    assert (tmp_path / "online_retail.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("etag", ['"one"', None, 'W/"weak"'])
def test_a_cut_download_is_gone_on_with(
    small: Dataset, server: Server, tmp_path: Path, etag: str | None
) -> None:
    server.cut_after, server.etag = 1000, etag
    to = tmp_path / "data"
    with pytest.raises(
        FetchError, match=r"interrupted \(the connection was cut\).*MB are kept in .*again to go on"
    ):
        get(small, to)
    assert names(to) == ["online-retail.zip.part"]
    server.cut_after = None
    get(small, to)
    assert server.asked[1]["Range"] == "bytes=1000-"
    assert server.asked[1].get("If-Range") == ('"one"' if etag == '"one"' else None)
    assert names(to) == ["online_retail.json", "online_retail.parquet"]


def test_a_server_without_ranges_starts_over(small: Dataset, server: Server, tmp_path: Path) -> None:
    server.cut_after, server.ranges = 1000, False
    with pytest.raises(FetchError):
        get(small, tmp_path)
    server.cut_after = None
    told: list[tuple[int, int | None]] = []
    assert fetch(small, tmp_path, report=lambda have, total: told.append((have, total))).fresh
    assert (told[0][0], *told[-1]) == (0, len(server.content), len(server.content))


def test_a_file_that_changed_meanwhile_starts_over(small: Dataset, server: Server, tmp_path: Path) -> None:
    server.cut_after = 1000
    with pytest.raises(FetchError):
        get(small, tmp_path)
    server.cut_after, server.etag = None, '"two"'
    server.content = zipped([[*row[:2], "OTHER WORDS", *row[3:]] for row in ROWS])
    get(small, tmp_path)
    assert pq.read_table(tmp_path / "online_retail.parquet")["Description"][0].as_py() == "OTHER WORDS"


def test_another_address_starts_over(small: Dataset, server: Server, tmp_path: Path) -> None:
    server.cut_after = 1000
    with pytest.raises(FetchError):
        get(small, tmp_path)
    server.cut_after = None
    get(small, tmp_path, url=server.url + "?mirror")
    assert "Range" not in server.asked[1]


def test_stopped_by_hand_keeps_the_part(small: Dataset, server: Server, tmp_path: Path) -> None:
    def stop(have: int, total: int | None) -> None:
        if have:
            raise KeyboardInterrupt

    with pytest.raises(FetchError, match=r"interrupted \(stopped\)"):
        fetch(small, tmp_path, report=stop)
    assert names(tmp_path) == ["online-retail.zip.part"]
    assert get(small, tmp_path).fresh  # all bytes were here: the server answers 416
    assert len(server.asked) == 2


def test_a_part_that_is_none_starts_over(small: Dataset, tmp_path: Path) -> None:
    (tmp_path / "online-retail.zip.part").write_bytes(b"PK\x03\x04 no header")
    assert get(small, tmp_path).fresh


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(ROWS[:2]), "holds 2 lines, 1 invoices and 1 customers, .*expected 3 lines, 2 invoices"),
        (zipped(ROWS, "Other.xlsx"), "holds no 'Online Retail.xlsx'"),
        (zipped(ROWS)[: len(zipped(ROWS)) // 2], "the download is damaged"),
        (zipped(ROWS).replace(b"xl/worksheets", b"xx/worksheets"), "the download is damaged"),
        (b"<html>moved</html>", "the download is damaged"),
        (zipped([[*ROWS[0][:3], "many", *ROWS[0][4:]], *ROWS[1:]]), "holds other values"),
    ],
    ids=["facts", "member", "torn", "changed", "html", "types"],
)
def test_what_is_not_the_log_is_refused(
    small: Dataset, server: Server, tmp_path: Path, content: bytes, said: str
) -> None:
    server.content = content
    with pytest.raises(FetchError, match=said):
        get(small, tmp_path)
    assert names(tmp_path) == []


def test_a_zip_bomb_is_not_unpacked(small: Dataset, server: Server, tmp_path: Path) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(small.member, bytes(1_000_000))
    server.content = archive.getvalue()
    with pytest.raises(FetchError, match="unpacks to more than 100,000 bytes"):
        get(replace(small, limit=100_000), tmp_path)


def test_an_endless_answer_is_stopped(small: Dataset, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="sends more than 1,000 bytes"):
        get(replace(small, limit=1000), tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "/etc/passwd", "http://"])
def test_only_http(small: Dataset, tmp_path: Path, url: str) -> None:
    with pytest.raises(FetchError, match="expected http:// or https://"):
        get(small, tmp_path, url=url)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_elsewhere_is_not_followed(
    small: Dataset, server: Server, tmp_path: Path, place: str
) -> None:
    server.status, server.location = 302, place
    with pytest.raises(FetchError):
        get(small, tmp_path)
    assert names(tmp_path) == []


def test_errors_of_the_server_and_of_the_network(small: Dataset, server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(FetchError, match="answers 404 Not Found"):
        get(small, tmp_path)
    with pytest.raises(FetchError, match=r"log\.zip cannot be reached \(.*refused\): try later"):
        get(small, tmp_path, url="http://127.0.0.1:9/log.zip")


def test_a_folder_that_cannot_be_written(small: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FetchError, match="choose another folder with --to"):
        get(small, tmp_path / "file" / "data")


class TestCommand:
    """`recsys data`."""

    @pytest.fixture(autouse=True)
    def _known(self, small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(datasets, "KNOWN", {"online-retail": small})
        monkeypatch.delenv("RECSYS_DATA_DIR", raising=False)

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, ["data", *arguments])
        if "--to" not in arguments and result.exit_code == 0:
            assert max(map(len, result.output.splitlines())) <= 80
        return result

    def test_fetch_cut_then_again(self, server: Server) -> None:
        server.cut_after = 1000
        cut = self.run("fetch", "online-retail")
        assert cut.exit_code == 2
        assert "run the same command again to go on" in cut.output
        assert "in part" in self.run("list").output
        server.cut_after = None
        done = self.run("fetch", "online-retail")
        assert done.exit_code == 0
        assert "data/online_retail.parquet: 3 lines, CC BY 4.0\n" in done.output
        assert "yes, in data" in self.run("list").output
        assert "was here already" in self.run("fetch", "online-retail").output

    def test_options(self, server: Server, tmp_path: Path) -> None:
        place = str(tmp_path / "other")
        assert self.run("fetch", "online-retail", "--to", place, "--url", server.url).exit_code == 0
        assert self.run("fetch", "online-retail", "--to", place, "--force").exit_code == 0
        assert len(server.asked) == 2
        assert "yes, in" in self.run("list", "--to", place).output

    def test_unknown_name(self) -> None:
        result = self.run("fetch", "online-retial")
        assert result.exit_code == 2
        assert "did you mean 'online-retail'?" in result.output


def test_list_of_what_is_really_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_DATA_DIR", raising=False)
    output = CliRunner().invoke(main, ["data", "list"]).output
    assert "online-retail        541,909      23 MB  CC BY 4.0  no" in output
    assert "1,067,371" in output
    assert max(map(len, output.splitlines())) <= 80

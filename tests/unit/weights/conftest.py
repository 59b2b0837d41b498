"""A server that cuts, stalls, lies and changes its mind; no other network is there."""

import hashlib
import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

DATA = bytes(range(256)) * 800


@dataclass
class Host:
    """What the server does, and what it was asked."""

    data: bytes = DATA
    etag: str | None = '"one"'
    ranges: bool = True
    cut_after: int | None = None  # bytes per answer, then the connection ends
    cuts: int = 10**9
    stalls: int = 0  # answers that fall silent half-way
    codes: list[int] = field(default_factory=list)  # answers instead of the file
    codes_after_cut: list[int] = field(default_factory=list)
    knows_if_range: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None
    chunked: bool = False
    gate: threading.Event = field(default_factory=threading.Event)  # answers wait for it
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: Host

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        host = self.host
        host.asked.append(dict(self.headers))
        host.paths.append(self.path)
        self.close_connection = True
        host.gate.wait(60)
        if codes := host.codes or (host.codes_after_cut if host.cuts == 0 else []):
            self.send_error(codes.pop(0))
            return
        start, size = self.wanted_start(), len(host.data)
        body = host.data[start:]
        headers = {"Content-Type": "application/octet-stream", **host.headers}
        if start:
            span = f"{start}-{size - 1}" if body else "*"
            headers["Content-Range"] = f"bytes {span}/{size}"
        if host.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(host.announced or len(body))
        if host.etag:
            headers["ETag"] = host.etag
        self.send_response(200 if not start else 206 if body else 416)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.send_body(body)

    def wanted_start(self) -> int:
        host, asked = self.host, re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, host.etag) or not host.knows_if_range
        return int(asked[1]) if asked and host.ranges and same else 0

    def send_body(self, body: bytes) -> None:
        host = self.host
        if host.stalls:
            host.stalls -= 1
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.rfile.read(1)  # returns when the other side hangs up
        elif host.cut_after is not None and host.cuts > 0:
            host.cuts -= 1
            self.wfile.write(body[: host.cut_after])
        elif host.chunked:
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        else:
            self.wfile.write(body)


@pytest.fixture
def host() -> Iterator[Host]:
    state = Host()
    state.gate.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("HostHandler", (Handler,), {"host": state}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/w.pt"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("EMOSTYLE_OFFLINE", raising=False)
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def get(host: Host) -> Callable[..., Path]:
    """Fetch the server's file; hash and length are published unless None is given."""
    from emostyle.weights.download import Patience, Remote, fetch

    patience = Patience(timeout_seconds=20, attempts=3, pause_seconds=0.01)
    published: dict[str, Any] = {
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "size_bytes": len(DATA),
    }

    def get(**changed: Any) -> Path:
        remote = Remote(host.url, "w.pt", **{**published, **changed})
        return fetch(remote, patience=patience, console=Console(file=io.StringIO()))

    return get

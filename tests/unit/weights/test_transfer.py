"""The bytes of a download: cuts, stalls, lies about the length, other versions, proxies."""

import hashlib
import io
import json
import socket
from pathlib import Path

import pytest
from rich.console import Console

from emostyle.errors import WeightsError
from emostyle.weights.download import Patience, Remote, fetch

DATA = bytes(range(256)) * 800
HASH = hashlib.sha256(DATA).hexdigest()
pytestmark = pytest.mark.usefixtures("cache")
QUICK = Patience(timeout_seconds=20, attempts=3, pause_seconds=0.01)


def names(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {".w.pt.lock"}


@pytest.mark.parametrize("known", [True, False])
def test_a_cut_is_resumed(host, get, known):
    host.cut_after = len(DATA) // 3 + 7
    assert get(sha256=HASH if known else None, size_bytes=None).read_bytes() == DATA
    ranges = [asked.get("Range") for asked in host.asked]
    assert ranges == [None, f"bytes={host.cut_after}-", f"bytes={2 * host.cut_after}-"]
    assert host.asked[1]["If-Range"] == '"one"'


def test_a_later_call_goes_on(host, get, cache):
    host.cut_after, host.cuts, host.codes_after_cut = 1000, 1, [503]
    stop = Patience(QUICK.timeout_seconds, attempts=1, pause_seconds=0.0)
    with pytest.raises(WeightsError, match=r"503 .*1000 bytes are kept"):
        fetch(Remote(host.url, "w.pt", HASH), patience=stop, console=Console(file=io.StringIO()))
    assert (cache / ".w.pt.part").stat().st_size == 1000
    assert not (cache / "w.pt").exists()
    assert get().read_bytes() == DATA
    assert host.asked[-1]["Range"] == "bytes=1000-"


def test_a_server_without_ranges_starts_again(host, get):
    host.ranges, host.cut_after, host.cuts = False, 5000, 1
    assert get().read_bytes() == DATA
    assert host.asked[1]["Range"] == "bytes=5000-"


def test_a_stall_is_resumed(host, get):
    host.stalls = 1
    patience = Patience(timeout_seconds=2, pause_seconds=0.01)
    assert fetch(Remote(host.url, "w.pt", HASH), patience=patience).read_bytes() == DATA
    assert host.asked[1]["Range"] == f"bytes={len(DATA) // 2}-"


def test_patience_ends(host, get, cache):
    host.ranges, host.cut_after = False, 5000
    with pytest.raises(WeightsError, match="ended after 5000 of 204800 bytes; 5000 bytes are kept"):
        get()
    assert len(host.asked) == 1 + QUICK.attempts
    assert not (cache / "w.pt").exists()


def test_passing_troubles_pass_and_others_do_not(host, get):
    host.codes = [503, 429]
    assert get().read_bytes() == DATA
    host.codes, host.asked = [404], []
    with pytest.raises(WeightsError, match="answered 404"):
        fetch(Remote(host.url, "other.pt"), patience=QUICK)
    assert len(host.asked) == 1


@pytest.mark.parametrize("etag", ['"one"', None])
def test_another_version_does_not_join_the_old_start(host, get, cache, etag):
    """Without a hash the halves of two versions could not be told from a file."""
    host.etag = etag
    cache.mkdir(parents=True)
    (cache / ".w.pt.part").write_bytes(b"old" * 100)
    notes = {"url": host.url, "validator": '"zero"' if etag else None}
    (cache / ".w.pt.part.json").write_text(json.dumps(notes))
    assert get(sha256=None, size_bytes=None).read_bytes() == DATA
    assert host.asked[0].get("Range") == ("bytes=300-" if etag else None)


def test_a_start_of_unknown_origin_is_dropped(host, get, cache):
    cache.mkdir(parents=True)
    (cache / ".w.pt.part").write_bytes(DATA[:100])
    assert get().read_bytes() == DATA
    assert "Range" not in host.asked[0]


def test_a_range_of_another_version_is_dropped(host, get, cache):
    """A server that knows Range but not If-Range."""
    cache.mkdir(parents=True)
    (cache / ".w.pt.part").write_bytes(b"old" * 100)
    (cache / ".w.pt.part.json").write_text(json.dumps({"url": host.url, "validator": '"zero"'}))
    host.knows_if_range = False
    assert get(sha256=None, size_bytes=None).read_bytes() == DATA
    assert "Range" not in host.asked[1]


def test_a_start_that_is_the_whole_is_kept(host, get, cache):
    cache.mkdir(parents=True)
    (cache / ".w.pt.part").write_bytes(DATA)
    (cache / ".w.pt.part.json").write_text(json.dumps({"url": host.url, "validator": '"one"'}))
    assert get().read_bytes() == DATA
    assert len(host.asked) == 1


def test_lies_about_the_length(host, get, cache):
    host.data = DATA + b"more"
    with pytest.raises(WeightsError, match="sends 204804 bytes, but the file has 204800"):
        get()
    host.chunked = True
    with pytest.raises(WeightsError, match="sends 204804 bytes, but"):
        get()
    host.chunked, host.data, host.announced = False, DATA, len(DATA) + 50
    path = get(size_bytes=None)  # 416 tells the true length, and the hash agrees
    assert path.read_bytes() == DATA
    path.unlink()
    host.announced, host.data = len(DATA) - 50, DATA
    with pytest.raises(WeightsError, match="is the published one"):
        get(size_bytes=None)
    assert not (cache / "w.pt").exists()


def test_a_body_of_unknown_length(host, get):
    host.chunked = True
    assert get().read_bytes() == DATA


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Content-Type": "text/html; charset=utf-8"}, "sent a web page"),
        ({"Content-Encoding": "gzip"}, "gzip-coded bytes"),
    ],
)
def test_what_is_not_the_file_is_refused(host, get, cache, headers, says):
    host.headers = headers
    with pytest.raises(WeightsError, match=says):
        get(sha256=None, size_bytes=None)
    assert names(cache) == set()


def test_proxies_of_the_environment_are_used(host, monkeypatch):
    monkeypatch.setenv("http_proxy", host.url.removesuffix("/w.pt"))
    remote = Remote("http://weights.invalid/w.pt", "w.pt", HASH)
    assert fetch(remote, patience=QUICK).read_bytes() == DATA
    assert host.paths == ["http://weights.invalid/w.pt"]


def test_an_unreachable_host_is_one_sentence():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/w.pt"
    with pytest.raises(WeightsError, match=r"could not be fetched: .*refused; 0 bytes are kept"):
        fetch(Remote(url, "w.pt"), patience=QUICK)


def test_a_full_disk(host, get, monkeypatch):
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("emostyle.weights.transfer.shutil.disk_usage", lambda _: usage)
    with pytest.raises(WeightsError, match="no room for 204800 more bytes"):
        get()

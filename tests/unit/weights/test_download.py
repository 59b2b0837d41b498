"""The cache: verified, pinned, locked, offline."""

import hashlib
import io
import json
import pickle
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from emostyle.errors import WeightsError
from emostyle.weights.download import Patience, Remote, cache_folder, fetch, is_offline

DATA = bytes(range(256)) * 800
HASH = hashlib.sha256(DATA).hexdigest()
pytestmark = pytest.mark.usefixtures("cache")
QUICK = Patience(timeout_seconds=20, attempts=3, pause_seconds=0.01)


def names(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()} - {".w.pt.lock"}


def test_a_file_is_fetched_once(host, get, cache):
    path = get(sha256=HASH.upper())
    assert path == cache / "w.pt"
    assert path.read_bytes() == DATA
    assert names(cache) == {"w.pt", "w.pt.receipt.json"}
    assert get() == path
    assert len(host.asked) == 1


def test_a_bar_shows_the_way(host, cache):
    """Name, bytes so far and in all; on a stream that is no screen, its end only."""
    host.cut_after, host.cuts = len(DATA) // 2, 1
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=100)
    fetch(Remote(host.url, "w.pt", HASH, len(DATA)), console=console)
    lines = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.getvalue())
    assert "w.pt" in lines
    assert "204.8/204.8 kB" in lines


@pytest.mark.parametrize("kind", ["zip", "pickle"])
def test_what_ends_early_is_not_pinned(host, get, cache, kind):
    """A server that tells no length cuts an archive or a pickle of no published hash."""
    whole = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(whole, "w") as archive:
            archive.writestr("archive/data.pkl", b"x" * 9000)
    else:
        pickle.dump({"a": "x" * 9000}, whole)
    host.chunked, host.data = True, whole.getvalue()[:-5]
    with pytest.raises(WeightsError, match="ends before the file does"):
        get(sha256=None, size_bytes=None)
    assert names(cache) == set()
    host.data = whole.getvalue()
    assert get(sha256=None, size_bytes=None).read_bytes() == host.data


def test_wrong_bytes_are_refused(host, get, cache):
    host.data = DATA[:-1] + b"?"
    with pytest.raises(WeightsError, match=f"but {HASH} is the published one"):
        get()
    assert names(cache) == set()


def test_the_first_hash_is_pinned(host, get, cache):
    path = get(sha256=None, size_bytes=None)
    receipt = cache / "w.pt.receipt.json"
    assert json.loads(receipt.read_text())["sha256"] == HASH
    path.unlink()
    host.data = DATA[::-1]
    with pytest.raises(WeightsError, match=f"it was {HASH} at the first download"):
        get(sha256=None, size_bytes=None)
    assert not path.exists()
    host.data = DATA
    assert get(sha256=None, size_bytes=None).read_bytes() == DATA
    host.data = DATA[::-1]
    path.unlink()
    receipt.unlink()
    assert get(sha256=None, size_bytes=None).read_bytes() == DATA[::-1]


def test_a_cached_file_that_changed_is_refused(get, cache):
    path = get()
    path.write_bytes(DATA[:-1] + b"?")
    with pytest.raises(
        WeightsError, match=rf"but {HASH} was expected \(the published one\); delete it"
    ):
        get()
    path.write_bytes(DATA[:-1])
    with pytest.raises(WeightsError, match="204799 bytes, but 204800"):
        get()
    (cache / "w.pt.receipt.json").write_text("{")
    with pytest.raises(WeightsError, match=r"receipt .* is damaged"):
        get(size_bytes=None)


def test_offline(host, get, cache, monkeypatch):
    monkeypatch.setenv("EMOSTYLE_OFFLINE", "1")
    with pytest.raises(WeightsError, match=r"EMOSTYLE_OFFLINE is set.*w\.pt'"):
        get()
    cache.mkdir(parents=True)
    (cache / "w.pt").write_bytes(DATA)
    assert get().read_bytes() == DATA
    assert host.asked == []


@pytest.mark.parametrize(
    ("url", "name", "says"),
    [
        ("file:///etc/passwd", "w.pt", "no http"),
        ("http://x/w.pt", "../w.pt", "no plain file name"),
        ("http://x/w.pt", ".hidden", "no plain file name"),
    ],
)
def test_addresses_and_names(url, name, says):
    with pytest.raises(WeightsError, match=says):
        fetch(Remote(url, name))


def test_a_folder_in_the_way(host, get, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMOSTYLE_CACHE", str(tmp_path / "file"))
    with pytest.raises(WeightsError, match="cannot be read or written"):
        get()


@pytest.mark.timeout(900)  # two interpreters start; a busy machine is slow at that
def test_two_processes_download_once(host):
    host.gate.clear()
    code = (
        "from emostyle.weights.download import Remote, fetch\nprint('up', flush=True)\n"
        f"print(fetch(Remote({host.url!r}, 'w.pt', {HASH!r})).stat().st_size)"
    )
    run = [sys.executable, "-c", code]
    pipe = subprocess.PIPE
    both = [subprocess.Popen(run, stdout=pipe, stderr=pipe, text=True) for _ in "ab"]
    assert [process.stdout.readline() for process in both] == ["up\n", "up\n"]
    time.sleep(0.5)
    host.gate.set()
    assert [process.communicate()[0] for process in both] == ["204800\n", "204800\n"]
    assert len(host.asked) == 1


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(6000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("nothing happened for a minute")


def test_the_second_waits_and_says_so(host):
    host.gate.clear()
    screens = [io.StringIO(), io.StringIO()]
    threads = [
        threading.Thread(
            target=fetch, args=(Remote(host.url, "w.pt", HASH), None, QUICK, Console(file=screen))
        )
        for screen in screens
    ]
    threads[0].start()
    wait_until(lambda: len(host.asked) == 1)
    threads[1].start()
    wait_until(lambda: "Waiting for another process" in screens[1].getvalue())
    host.gate.set()
    for thread in threads:
        thread.join()
    assert len(host.asked) == 1


def test_the_cache_folder(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("EMOSTYLE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "emostyle"


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("true", True), ("0", False)])
def test_the_offline_switch(monkeypatch, value, offline):
    monkeypatch.setenv("EMOSTYLE_OFFLINE", value)
    assert is_offline() is offline

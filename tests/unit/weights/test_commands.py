"""`emostyle weights`: what the screen shows, what is fetched, what is refused."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from emostyle.errors import WeightsError
from emostyle.weights import commands, registry

DATA = bytes(range(256)) * 800
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def _registry(host, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A registry of files that the local server has, and one bundled file."""
    files = {
        "known": {"file": "w.pt", "sha256": HASH, "size_bytes": len(DATA), "mirror": True},
        "unknown": {"file": "u.pt"},
        "by-hand": {"file": "h.pt", "url": None, "note": "log in first"},
    }
    group = {
        "slot": "generator", "use": "tests", "licence": "NC", "trained_on": "noise",
        "page": "https://a/b", "url": host.url, "files": files,
    }  # fmt: skip
    content = {"bundled": {"own": "clip"}, "published": [group]}
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "own.safetensors").write_bytes(b"abc")
    digest = hashlib.sha256(b"abc").hexdigest()
    (tmp_path / "bundled" / "own.md").write_text(
        f"- licence: MIT\n- file: 3 bytes, SHA-256 `{digest}`\n"
    )
    monkeypatch.setattr(registry, "DATA", tmp_path / "registry.yaml")
    monkeypatch.setattr(registry, "BUNDLED", tmp_path / "bundled")
    for cached in (registry._data, registry._published):
        cached.cache_clear()
    yield
    for cached in (registry._data, registry._published):
        cached.cache_clear()


def place(cache: Path, name: str, data: bytes = DATA) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    (cache / name).write_bytes(data)
    return cache / name


def test_list_is_a_table_of_all(cache, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    place(cache, "u.pt")
    commands.list_weights()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["name", "slot", "size", "here", "licence"],
        ["own", "clip", "3", "bytes", "bundled", "MIT"],
        ["known", "generator", "204.8", "kB", "no", "NC"],
        ["unknown", "generator", "not", "published", "fetched", "NC"],
        ["by-hand", "generator", "not", "published", "no", "NC"],
    ]


def test_info_tells_all_and_what_is_not_known(host, cache, capsys) -> None:
    commands.show_info("w.pt")
    out = capsys.readouterr().out
    for fact in ("known", "generator", "tests", "NC", "noise", "204,800 bytes", HASH, host.url):
        assert fact in out
    assert "not stated by the publisher" in out
    assert str(cache / "w.pt") in out
    commands.show_info("unknown")
    out = capsys.readouterr().out
    assert "sha256      not published\n" in out
    assert "size        not published\n" in out
    commands.show_info("by-hand")
    out = capsys.readouterr().out
    assert "url         not published\n" in out
    assert "note        log in first\n" in out


def test_fetch_shows_the_licence_before_the_first_use_only(host, cache, capsys) -> None:
    commands.fetch_files(["known"])
    shown = capsys.readouterr()
    assert shown.out == f"{cache / 'w.pt'}\n"
    assert shown.err.index("licence     NC") < shown.err.index("w.pt")
    assert (cache / "w.pt").read_bytes() == DATA
    commands.fetch_files(["known"])
    assert "licence" not in capsys.readouterr().err
    assert len(host.asked) == 1


def test_fetch_pins_what_has_no_hash(host, cache, capsys) -> None:
    commands.fetch_files(["unknown"])
    assert json.loads((cache / "u.pt.receipt.json").read_text())["sha256"] == HASH
    capsys.readouterr()
    commands.show_info("unknown")
    assert f"sha256      {HASH} (pinned here)" in capsys.readouterr().out
    (cache / "u.pt").unlink()
    host.data = DATA[::-1]
    with pytest.raises(WeightsError, match="at the first download"):
        commands.fetch_files(["unknown"])


def test_fetch_offline_and_by_hand(host, cache, capsys, monkeypatch) -> None:
    with pytest.raises(WeightsError, match=f"get it from https://a/b and put it at '{cache}/h.pt'"):
        commands.fetch_files(["by-hand"])
    commands.fetch_files(["own"])
    assert capsys.readouterr().out.endswith("/own.safetensors\n")
    monkeypatch.setenv("EMOSTYLE_OFFLINE", "1")
    with pytest.raises(WeightsError, match="EMOSTYLE_OFFLINE is set"):
        commands.fetch_files(["known"])
    assert host.asked == []


def test_verify_tells_right_from_wrong(cache, tmp_path, capsys) -> None:
    place(cache, "w.pt")
    place(cache, "u.pt")
    commands.verify_files()
    out = capsys.readouterr().out
    assert "own: ok, the published hash" in out
    assert "known: ok, the copies' hash" in out
    assert f"unknown: no hash is published; pinned as it is now, {HASH}" in out
    place(cache, "w.pt", b"other")
    (tmp_path / "bundled" / "own.safetensors").write_bytes(b"xyz")
    with pytest.raises(WeightsError, match=f"2 of 3 files .*own.safe.*w.pt.*{HASH} was expected"):
        commands.verify_files()
    assert "known: WRONG" in capsys.readouterr().out
    commands.verify_files("unknown")
    assert "unknown: ok, the pinned hash" in capsys.readouterr().out
    with pytest.raises(WeightsError, match="'by-hand' is not here, so there is nothing to verify"):
        commands.verify_files("by-hand")


def test_verify_holds_files_to_their_pins(cache, capsys) -> None:
    commands.fetch_files(["unknown"])
    commands.verify_files("unknown")
    assert "unknown: ok, the pinned hash" in capsys.readouterr().out
    place(cache, "u.pt", DATA[::-1])
    with pytest.raises(WeightsError, match="1 of 1 files"):
        commands.verify_files("unknown")
    (cache / "u.pt.receipt.json").write_text("{}")
    with pytest.raises(WeightsError, match=r"receipt .* is damaged"):
        commands.verify_files("unknown")


def test_path_prints_a_path_and_nothing_else(cache, capsys) -> None:
    path = place(cache, "w.pt")
    commands.print_path("known")
    assert capsys.readouterr().out == f"{path}\n"
    with pytest.raises(WeightsError, match=f"fetch unknown` puts it at '{cache}/u.pt'"):
        commands.print_path("unknown")


@pytest.mark.timeout(900)  # an interpreter starts; a busy machine is slow at that
def test_questions_load_no_torch() -> None:
    code = (
        "import sys\nfrom emostyle.cli import main\n"
        "codes = [main(['weights', *words.split()]) for words in"
        " ('list', 'info clip_world', 'path clip_world')]\n"
        "sys.exit(any(codes) or 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

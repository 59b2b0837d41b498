"""Files of an edit: complete or not marked complete."""

import errno
import json
import os
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from PIL import Image

from emostyle.errors import EmoStyleError
from emostyle.manipulate import save as save_module
from emostyle.manipulate.describe import Change
from emostyle.manipulate.record import Sound, edit_record, json_bytes, unfinished_record
from emostyle.manipulate.save import (
    RESULT,
    edit_files,
    prepare_folder,
    write_atomic,
    write_files,
)

REQUEST = {"audio": ["/sounds/rain.wav"], "domain": "landscape", "seed": 7}
COMMON = {"strip.png", "curves.png", "mask.png", "w_plus.safetensors", "config.yaml", RESULT}


@pytest.fixture(autouse=True)
def plain_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts are tested elsewhere and take most of the time of a saved edit."""
    for name in ("curves_figure", "mask_figure"):
        monkeypatch.setattr(save_module, name, lambda result, title: Image.new("RGB", (8, 8)))


@pytest.fixture
def sound(samples) -> Sound:
    return Sound("rain.wav", None, samples)


def full_disk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on the disk is full when the file `name` is flushed."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if f".{name}." in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, "No space left on device", name)
        real(descriptor)

    monkeypatch.setattr(save_module.os, "fsync", fsync)


def test_one_item_has_plain_names(make_result, sound) -> None:
    files = edit_files(make_result(), REQUEST, sound)
    assert set(files) == COMMON | {"before.png", "after.png"}
    assert list(files)[-1] == RESULT


def test_several_items_are_numbered_and_gridded(make_result, sound) -> None:
    files = edit_files(make_result(3), REQUEST, sound, animate=True)
    numbered = {f"{name}_{n:02d}.png" for name in ("before", "after") for n in range(3)}
    assert set(files) == COMMON | numbered | {"grid.png", "edit.gif"}


def test_pictures_are_the_tensors(make_result, sound, tmp_path: Path) -> None:
    result = make_result()
    paths = write_files(tmp_path, edit_files(result, REQUEST, sound))
    with Image.open(paths["after.png"]) as picture:
        assert picture.size == (32, 32)
        first = ((result.after[0, 0, 0, 0] + 1) * 127.5).round()
        assert picture.getpixel((0, 0))[0] == int(first)
        assert picture.text["seed"] == "7"


def test_record_holds_every_step(make_result, sound) -> None:
    result = make_result(2, steps=5)
    changed = [[Change("rain", 0.1, 0.9)], []]
    record = json.loads(json_bytes(edit_record(result, REQUEST, sound, changed)))
    assert record["steps"] == 5
    assert len(record["terms"]["audio"]) == 2
    assert record["terms"]["audio"][0] == pytest.approx(result.history["audio"][:, 0].tolist())
    assert record["changed"][0] == [{"name": "rain", "before": 0.1, "after": 0.9}]
    assert record["stages"][1] == {
        "name": "lyrics",
        "state": "skipped",
        "why": "no lyrics came",
        "seconds": 0.0,
    }
    for key in ("weights", "versions", "seeds", "seconds", "peak_memory_mib", "similarity_end"):
        assert record[key]


def test_record_is_plain_json_even_with_nan(make_result, sound) -> None:
    result = make_result()
    result.history["total"] = torch.full((3, 1), float("nan"))
    record = json.loads(json_bytes(edit_record(result, REQUEST, sound)))
    assert record["terms"]["total"] == [[None, None, None]]


def test_json_keeps_odd_strings() -> None:
    record = {"a": [1, 2.5, None], "b": ["[1]", 'x"y', "ü"], "c": [], "d": True}
    assert json.loads(json_bytes(record)) == record


def test_config_reads_back(make_result, sound) -> None:
    files = edit_files(make_result(), REQUEST, sound)
    assert yaml.safe_load(files["config.yaml"]) == REQUEST


def test_latents_read_back(make_result, sound) -> None:
    result = make_result(2)
    held = safetensors.torch.load(edit_files(result, REQUEST, sound)["w_plus.safetensors"])
    assert torch.equal(held["start"], result.w_start)
    assert torch.equal(held["end"], result.w_plus)
    assert torch.equal(held["mask"], result.mask)


def test_sound_file_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"abc")
    facts = Sound("a.wav", path).facts()
    assert facts["path"] == str(path)
    assert facts["sha256"].startswith("ba7816bf")


def test_full_disk_leaves_no_result(make_result, sound, tmp_path, monkeypatch) -> None:
    files = edit_files(make_result(), REQUEST, sound)
    write_files(tmp_path, files)
    full_disk(monkeypatch, "mask.png")
    with pytest.raises(OSError, match="No space left"):
        write_files(tmp_path, files)
    assert not (tmp_path / RESULT).exists()
    assert not list(tmp_path.glob(".*.part"))


def test_full_disk_keeps_the_older_file(tmp_path: Path, monkeypatch) -> None:
    path = write_atomic(tmp_path / "a.txt", b"old")
    full_disk(monkeypatch, "a.txt")
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("x")
    with pytest.raises(EmoStyleError, match="--out must name a folder"):
        prepare_folder(path)


def test_unfinished_record_says_why(sound) -> None:
    record = unfinished_record(REQUEST, sound, "skipped", "stopped", interrupted=True)
    assert record["interrupted"]
    assert record["files"] == []
    assert record["stages"][0]["state"] == "skipped"
    assert record["stages"][0]["why"] == "stopped"

"""`emostyle edit` and `emostyle demo` from the command line to the files, on an untrained stack."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml
from PIL import Image

from emostyle.cli import main
from emostyle.manipulate.progress import LiveBar

FILES = {"before.png", "after.png", "strip.png", "curves.png", "mask.png"}
FILES |= {"w_plus.safetensors", "config.yaml", "result.json"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained stack with a generator for each domain."""
    from emostyle.testing import tiny_stack

    folder = tmp_path_factory.mktemp("stack")
    for domain in ("landscape", "portrait"):
        (folder / domain).mkdir()
        path = tiny_stack(folder / domain, domain)
    content = yaml.safe_load(path.read_text())
    content["slots"]["generator"] = {
        domain: str(folder / domain / "generator.safetensors")
        for domain in ("landscape", "portrait")
    }
    whole = folder / "both.yaml"
    whole.write_text(yaml.safe_dump(content))
    return whole


@pytest.fixture
def sounds(tmp_path: Path) -> list[str]:
    """Two different sounds."""
    noise = np.random.default_rng(0).standard_normal(16000) * 0.1
    tone = 0.5 * np.sin(np.arange(16000) / 5)
    for name, samples in (("noise", noise), ("tone", tone)):
        soundfile.write(tmp_path / f"{name}.wav", samples, 16000)
    return [str(tmp_path / f"{name}.wav") for name in ("noise", "tone")]


def result_of(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_an_edit_writes_everything_and_its_config_repeats_it(
    stack: Path, sounds: list[str], tmp_path: Path, capsys
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    words = ["--stack", str(stack), "--steps", "4", "--seed", "3", "--text", "heavy rain"]
    assert main(["edit", sounds[0], *words, "--out", str(one)]) == 0
    assert {path.name for path in one.iterdir()} == FILES
    printed = capsys.readouterr().out
    assert "noise.wav" in printed
    assert "landscape 3" in printed

    record = result_of(one)
    assert not record["interrupted"]
    assert set(record["files"]) == FILES
    assert len(record["terms"]["audio"][0]) == record["steps"] == 4
    assert {stage["name"] for stage in record["stages"]} >= {"audio", "music", "text", "optimise"}
    assert set(record["weights"]) == {"generator", "clip", "audio_encoder"}

    assert main(["edit", "--config", str(one / "config.yaml"), "--out", str(two)]) == 0
    for name in ("before.png", "after.png", "w_plus.safetensors", "config.yaml"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_several_pictures_in_one_fit(stack: Path, sounds: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["--stack", str(stack), "--steps", "2", "--count", "3", "--gif", "--out", str(out)]
    assert main(["edit", sounds[0], *words]) == 0
    assert (out / "after_02.png").exists()
    assert (out / "grid.png").exists()
    with Image.open(out / "edit.gif") as animation:
        assert animation.n_frames > 1
    assert result_of(out)["seeds"] == [0, 1, 2]


def test_ctrl_c_in_mid_edit_keeps_what_there_is(
    stack: Path, sounds: list[str], tmp_path: Path, monkeypatch, capsys
) -> None:
    def press_ctrl_c(self: LiveBar, step: int, steps: int, terms: dict[str, float]) -> None:
        if step == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LiveBar, "__call__", press_ctrl_c)
    out = tmp_path / "out"
    words = ["--stack", str(stack), "--steps", "500", "--out", str(out)]
    assert main(["edit", *sounds, *words]) == 2
    assert "what was finished stays" in capsys.readouterr().err
    first, second = result_of(out / "noise"), result_of(out / "tone")
    assert first["interrupted"]
    assert first["steps"] < 10
    assert (out / "noise" / "after.png").exists()
    assert second["interrupted"]
    assert second["stages"][0]["state"] == "skipped"
    assert [path.name for path in (out / "tone").iterdir()] == ["result.json"]


@pytest.mark.slow
def test_the_demo_shows_all_it_promises(stack: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "demo"
    assert main(["demo", "--out", str(out), "--steps", "2", "--stack", str(stack)]) == 0
    record = result_of(out)
    domains = [edit["domain"] for edit in record["edits"]]
    assert domains.count("landscape") >= 4
    assert domains.count("portrait") >= 4
    assert len({edit["sound"] for edit in record["edits"]}) >= 6
    assert not record["interrupted"]
    printed = capsys.readouterr().out
    for name in ("grid.png", "strip.png", "curves.png", "mask.png", "edit.gif", "result.json"):
        assert name in printed
    assert len(list(out.glob("*/strip.png"))) == len(domains)
    assert len(list((out / "sounds").glob("*.wav"))) >= 6
    first, again = out / record["edits"][0]["result"], tmp_path / "again"
    config = str(first.with_name("config.yaml"))
    assert main(["edit", "--config", config, "--out", str(again)]) == 0
    for name in ("after.png", "w_plus.safetensors"):
        assert (again / name).read_bytes() == first.with_name(name).read_bytes(), name

"""`manipulate.py fit` from the command line to the files, on an untrained stack."""

import json
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

import manipulate
from emostyle.cli import run_command
from emostyle.manipulate.progress import LiveBar
from emostyle.testing import tiny_stack

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The command with a sound and a stack of its own."""
    noise = np.random.default_rng(0).standard_normal(16000) * 0.1
    soundfile.write(tmp_path / "noise.wav", noise, 16000)
    return [
        "manipulate.py", "fit", "--config", str(REPO / "configs/manipulate/landscape.yaml"),
        "--model.networks.init_args.stack", str(tiny_stack(tmp_path)),
        "--data.audio", str(tmp_path / "noise.wav"), "--trainer.accelerator", "cpu",
    ]  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> int:
    monkeypatch.setattr(sys, "argv", words)
    return run_command(manipulate.main)


def test_a_fit_writes_all_and_its_config_repeats_it(words, tmp_path, monkeypatch) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert run(monkeypatch, [*words, "--trainer.max_steps", "3", "--out", str(one)]) == 0
    record = json.loads((one / "result.json").read_text())
    assert record["steps"] == len(record["terms"]["audio"][0]) == 3
    assert {path.name for path in one.iterdir()} == set(record["files"])
    again = ["manipulate.py", "fit", "--config", str(one / "config.yaml"), "--out", str(two)]
    assert run(monkeypatch, again) == 0
    for name in ("before.png", "after.png", "w_plus.safetensors"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_ctrl_c_keeps_what_there_is(words, tmp_path, monkeypatch, capsys) -> None:
    def press_ctrl_c(self: LiveBar, step: int, steps: int, terms: dict[str, float]) -> None:
        if step == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LiveBar, "__call__", press_ctrl_c)
    out = tmp_path / "out"
    assert run(monkeypatch, [*words, "--trainer.max_steps", "500", "--out", str(out)]) == 2
    assert "what was finished stays" in capsys.readouterr().err
    record = json.loads((out / "result.json").read_text())
    assert record["interrupted"]
    assert record["steps"] < 10
    assert (out / "after.png").exists()


def test_a_missing_sound_is_one_sentence(words, tmp_path, monkeypatch, capsys) -> None:
    out = tmp_path / "out"
    missing = ["--data.audio", str(tmp_path / "none.wav"), "--out", str(out)]
    assert run(monkeypatch, [*words, *missing]) == 2
    assert "none.wav" in capsys.readouterr().err
    assert not out.exists()

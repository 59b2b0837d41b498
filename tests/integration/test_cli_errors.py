"""Mistakes a user can make, through the whole command line: exit code 2 and one sentence."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emostyle.cli import main

RATE = 16000


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A usable sound."""
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.5 * np.sin(np.arange(RATE) / 5), RATE)
    return path


@pytest.fixture
def fails(tmp_path: Path, capsys, monkeypatch):
    """Run `emostyle edit`; return its sentence if that is all it left behind."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        before = set(tmp_path.rglob("*"))
        assert main(["edit", *map(str, words), "--steps", "2", "--out", "out"]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1, lines
        assert "Traceback" not in lines[0]
        assert set(tmp_path.rglob("*")) == before
        return lines[0]

    return run


def test_missing_file(fails) -> None:
    assert "nowhere.wav" in fails("nowhere.wav")


def test_folder_instead_of_file(fails, tmp_path: Path) -> None:
    (tmp_path / "folder.wav").mkdir()
    assert "folder.wav" in fails("folder.wav")


def test_unreadable_file(fails, tmp_path: Path) -> None:
    (tmp_path / "words.wav").write_text("this is not a sound")
    assert "words.wav" in fails("words.wav")


def test_zero_length_file(fails, tmp_path: Path) -> None:
    (tmp_path / "zero.wav").write_bytes(b"")
    assert "empty" in fails("zero.wav")


def test_no_samples(fails, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(0), RATE)
    assert "no samples" in fails("none.wav")


def test_silent(fails, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    assert "silent" in fails("silent.wav")


def test_too_short(fails, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", 0.5 * np.ones(RATE // 100), RATE)
    assert "0.010 s" in fails("short.wav")


def test_one_bad_sound_of_two_stops_before_the_first(fails, tone: Path) -> None:
    assert "nowhere.wav" in fails(tone, "nowhere.wav")


def test_unknown_domain(fails, tone: Path) -> None:
    sentence = fails(tone, "--domain", "seascape")
    assert "seascape" in sentence
    assert "--domain" in sentence


def test_unknown_stack(fails, tone: Path) -> None:
    sentence = fails(tone, "--stack", "moon")
    assert "moon" in sentence
    assert "world" in sentence


def test_unknown_preset(fails, tone: Path) -> None:
    assert "Unknown preset 'moon'" in fails(tone, "--preset", "moon")


def test_unknown_setting(fails, tone: Path) -> None:
    assert "Unknown setting 'moon'" in fails(tone, "--settings.moon", "1")


def test_stack_that_lacks_a_slot(fails, tone: Path, tmp_path: Path) -> None:
    stack = tmp_path / "half.yaml"
    stack.write_text("slots:\n  generator: stylegan2_landscape\n  clip: clip_world\n")
    assert "audio_encoder" in fails(tone, "--stack", stack)


@pytest.mark.parametrize("option", ["--count", "--steps"])
def test_counts_below_one(tone: Path, option: str, capsys) -> None:
    assert main(["edit", str(tone), option, "0"]) == 2
    assert f"{option} is 0" in capsys.readouterr().err


def test_nothing_to_be_guided_by(fails) -> None:
    assert "--text" in fails()


def test_out_is_a_file(tone: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "out").write_text("mine")
    assert main(["edit", str(tone), "--out", str(tmp_path / "out"), "--steps", "2"]) == 2
    assert "--out" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_the_installed_command_fails_the_same_way(tmp_path: Path) -> None:
    code = "import sys; from emostyle.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "edit", str(tmp_path / "nowhere.wav")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1

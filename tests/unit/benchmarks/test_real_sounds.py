"""The benchmark of real recordings loses nothing over one bad file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.scripts import benchmark_script

TABLE = """file,class,domain
good.wav,rain,landscape
broken.wav,fire,landscape
missing.wav,happy_music,both
drill.wav,drill,none
laugh.wav,giggling,both
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "classes.csv").write_text(TABLE)
    noise = np.random.default_rng(0).standard_normal(44100) * 0.1
    for name in ("good", "drill", "laugh"):
        soundfile.write(tmp_path / f"{name}.wav", noise, 44100)
    (tmp_path / "broken.wav").write_bytes(b"no sound at all")
    return tmp_path


def test_bad_files_are_named_and_the_others_planned(root, capsys) -> None:
    script = benchmark_script("real_sounds")
    entries = script.read_classes(root)
    assert {path.name for path in script.unreadable(entries)} == {"broken.wav", "missing.wav"}
    said = capsys.readouterr().out
    assert said.count("cannot be used") == 2
    jobs = script.plan(entries, "landscape", 2, 0)
    assert [job.audio.stem for job in jobs] == [
        name for name in ("good", "broken", "missing") for _ in range(2)
    ]
    assert "laugh.wav" in capsys.readouterr().out

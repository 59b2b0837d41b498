"""Reading the folder layouts of ESC-10."""

from pathlib import Path

import pytest

from emostyle.errors import AudioError
from emostyle.waveform.esc10 import ESC10, list_esc10


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")


def test_folders_and_folds(tmp_path: Path) -> None:
    touch(tmp_path / "001 - Dog bark" / "1-30226-A.ogg")
    touch(tmp_path / "002 - Rain" / "4-17367-A.ogg")
    touch(tmp_path / "ATTRIBUTION.md")
    clips = list_esc10(tmp_path)
    assert [(ESC10[clip.label].name, clip.fold) for clip in clips] == [("dog_bark", 1), ("rain", 4)]
    assert [clip.fold for clip in list_esc10(tmp_path, (4,))] == [4]


def test_flat_layout_leaves_other_classes_out(tmp_path: Path) -> None:
    touch(tmp_path / "audio" / "2-1-A-20.wav")
    touch(tmp_path / "audio" / "2-1-A-7.wav")
    assert [ESC10[clip.label].name for clip in list_esc10(tmp_path)] == ["sobbing"]


def test_missing_folder_and_fold_are_named(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="--root"):
        list_esc10(tmp_path / "none")
    touch(tmp_path / "002 - Rain" / "4-17367-A.ogg")
    with pytest.raises(AudioError, match=r"folds \[2\]"):
        list_esc10(tmp_path, (2,))

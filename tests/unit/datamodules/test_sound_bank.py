"""Banks of sounds: caching, skipping of broken files, balanced and repeatable batches."""

import logging
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from datamodules.esc10 import Esc10
from datamodules.sound_bank import BalancedBatches, PlainBatches, SoundBank, recordings
from datamodules.world_sounds import HELD_OUT_SEED, WorldSounds, clip_strength
from emostyle.errors import EmoStyleError
from emostyle.waveform.mel import MelSpec
from emostyle.world.sound import SOUND_CLASSES

MEL = MelSpec(sample_rate_hz=16000, n_fft=512, hop_length=250, n_mels=32, f_max_hz=7800, frames=32)


def write_noise(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(seed).standard_normal(16000), 16000)


def bank() -> SoundBank:
    labels = torch.tensor([0] * 50 + [1] * 2 + [2] * 4)
    real = torch.tensor([False] * 50 + [True] * 2 + [False] * 2 + [True] * 2)
    decibels = torch.zeros(56, 4, 8).half()
    return SoundBank(decibels, labels, torch.linspace(0, 1, 56), real)


def test_batches_are_balanced_and_repeatable() -> None:
    batches = BalancedBatches(bank(), 9, 30, seed=3)
    assert len(batches) == 30
    for step in range(30):
        assert batches[step][1].bincount().tolist() == [3, 3, 3]
    assert torch.equal(batches[7][2], BalancedBatches(bank(), 9, 30, seed=3)[7][2])
    assert not torch.equal(batches[7][2], batches[8][2])


def test_half_of_a_mixed_class_is_real() -> None:
    clips = bank()
    strengths = torch.cat([BalancedBatches(clips, 9, 200, seed=0)[i][2] for i in range(200)])
    index = (strengths * 55).round().long()
    mixed = index[clips.labels[index] == 2]
    assert 0.42 < float(clips.real[mixed].float().mean()) < 0.58


def test_plain_batches_show_every_clip_once() -> None:
    parts = PlainBatches(bank(), 20)
    assert [len(parts[i][1]) for i in range(len(parts))] == [20, 20, 16]


def test_a_broken_recording_is_logged_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = [tmp_path / "a.wav", tmp_path / "b.wav"]
    write_noise(paths[0], 0)
    paths[1].write_bytes(b"no sound at all")
    with caplog.at_level(logging.WARNING):
        found = recordings(paths, [4, 5], MEL, tmp_path / "cache", "clips")
    assert found.labels.tolist() == [4]
    assert bool(found.strengths.isnan().all())
    assert "b.wav" in caplog.text
    again = recordings(paths, [4, 5], MEL, tmp_path / "cache", "clips")
    assert torch.equal(again.decibels, found.decibels)
    with pytest.raises(EmoStyleError, match="None of the 1"):
        recordings(paths[1:], [5], MEL, tmp_path / "cache", "clips")


def test_a_damaged_cache_file_is_made_again(tmp_path: Path) -> None:
    paths = [tmp_path / "a.wav"]
    write_noise(paths[0], 0)
    first = recordings(paths, [4], MEL, tmp_path / "cache", "clips")
    stored = next((tmp_path / "cache").iterdir())
    stored.write_bytes(b"torn")
    again = recordings(paths, [4], MEL, tmp_path / "cache", "clips")
    assert torch.equal(again.decibels, first.decibels)


def test_esc10_is_split_by_its_folds(tmp_path: Path) -> None:
    for fold in (1, 4):
        write_noise(tmp_path / "001 - Dog bark" / f"{fold}-1-A.ogg", fold)
        write_noise(tmp_path / "004 - Baby cry" / f"{fold}-2-A.ogg", 10 + fold)
    data = Esc10(str(tmp_path), (1,), (4,), 4, 2, cache=str(tmp_path / "cache"), mel=MEL)
    data.setup("fit")
    names = list(SOUND_CLASSES)
    assert sorted(names[i] for i in data.train.labels.tolist()) == ["dog_bark", "sobbing"]
    assert len(data.held_out) == 2
    power, labels, strengths = next(iter(data.train_dataloader()))
    assert power.shape == (4, 32, 32)
    assert bool(strengths.isnan().all())


def test_world_sounds_join_synthesised_and_real_clips(tmp_path: Path) -> None:
    for fold in (1, 2):
        write_noise(tmp_path / "esc" / "002 - Rain" / f"{fold}-1-A.ogg", fold)
    data = WorldSounds(
        clips_per_class=1,
        held_out_per_class=1,
        esc10_root=str(tmp_path / "esc"),
        esc10_folds=(1,),
        esc10_held_out=(2,),
        batch_size=10,
        steps=2,
        cache=str(tmp_path / "cache"),
        mel=MEL,
    )
    data.setup("fit")
    assert len(data.train) == len(SOUND_CLASSES) + 1
    assert int(data.train.real.sum()) == 1
    assert len(data.val_dataloader()) == 2
    assert not torch.equal(data.held_out[0].decibels, data.train.decibels[:-1])
    power, labels, strengths = next(iter(data.train_dataloader()))
    assert power.shape == (10, 32, 32)
    assert bool(power.isfinite().all())


def test_strengths_cover_the_range() -> None:
    drawn = [clip_strength(seed) for seed in range(HELD_OUT_SEED, HELD_OUT_SEED + 100)]
    assert min(drawn) < 0.35
    assert max(drawn) > 0.9
    assert clip_strength(5) == clip_strength(5)

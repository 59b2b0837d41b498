"""Training sounds of the bundled world: synthesised clips, and ESC-10's recordings beside them."""

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from datamodules.esc10 import esc10_bank
from datamodules.sound_bank import (
    BalancedBatches,
    PlainBatches,
    SoundBank,
    cached,
    join,
    to_decibels,
)
from emostyle.waveform.mel import MelSpec
from emostyle.world.sound import SOUND_CLASSES, synthesize

HELD_OUT_SEED = 1_000_000
"""Synthesised clips with seeds from here on are never trained on."""
CHUNK = 25
"""Most clips per cache file."""


@lru_cache
def fingerprint(sound_class: str) -> str:
    """Hash of what the synthesiser says for eight seeds: clips of another synthesiser are not used.

    The sounds themselves are hashed and not the source, so that a change of one class (or of a
    comment) leaves the cached clips of the others in use.
    """
    digest = hashlib.sha256()
    for seed in range(8):
        sound = synthesize(sound_class, 0.3 + 0.09 * seed, seed, 0.75, 16000)
        digest.update(np.round(sound * 4096).astype(np.int16).tobytes())
    return digest.hexdigest()[:16]


def clip_strength(seed: int) -> float:
    """Strength of the training clip of a seed, uniform in [0.25, 1]."""
    generator = torch.Generator().manual_seed(seed)
    return 0.25 + 0.75 * float(torch.rand((), generator=generator))


def synth_chunk(
    sound_class: str, first_seed: int, count: int, mel: MelSpec, cache: Path
) -> dict[str, Tensor]:
    """Clips of one class with consecutive seeds: `decibels` and `strengths`, cached."""

    def make() -> dict[str, Tensor]:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        seeds = range(first_seed, first_seed + count)
        strengths = [clip_strength(seed) for seed in seeds]
        pictures = []
        for seed, strength in zip(seeds, strengths, strict=True):
            sound = synthesize(sound_class, strength, seed, mel.window_seconds, mel.sample_rate_hz)
            pictures.append(to_decibels(torch.from_numpy(sound), mel))
        torch.set_num_threads(threads)
        return {"decibels": torch.stack(pictures), "strengths": torch.tensor(strengths)}

    key = [sound_class, first_seed, count, mel.to_dict(), fingerprint(sound_class)]
    return cached(cache / "synth", f"{sound_class}-{first_seed}", key, make)


def synth_bank(
    per_class: int, first_seed: int, mel: MelSpec, cache: Path, workers: int = 1
) -> SoundBank:
    """Synthesised clips of every class.

    Args:
        per_class: clips per class.
        first_seed: seed of the first clip; `HELD_OUT_SEED` for clips never trained on.
        mel: front end.
        cache: cache folder.
        workers: processes that synthesise.
    """
    jobs = [
        (name, first_seed + start, min(CHUNK, per_class - start), mel, cache)
        for name in SOUND_CLASSES
        for start in range(0, per_class, CHUNK)
    ]
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            chunks = list(pool.map(synth_chunk, *zip(*jobs, strict=True)))
    else:
        chunks = [synth_chunk(*job) for job in jobs]
    labels = list(SOUND_CLASSES)
    banks = []
    for (name, _, count, _, _), chunk in zip(jobs, chunks, strict=True):
        banks.append(
            SoundBank(
                chunk["decibels"],
                torch.full((count,), labels.index(name)),
                chunk["strengths"],
                torch.zeros(count, dtype=torch.bool),
            )
        )
    return join(banks)


class WorldSounds(LightningDataModule):
    """Synthesised sounds of every class, with ESC-10's recordings where a folder is given.

    Args:
        clips_per_class: synthesised training clips per class.
        held_out_per_class: synthesised validation clips per class (other seeds).
        esc10_root: folder of ESC-10, or None for synthesised sounds only.
        esc10_folds: official folds to train on.
        esc10_held_out: official folds to validate on.
        esc10_strength: strength its recordings are taken to have; NaN leaves it open.
        batch_size: clips per step.
        steps: steps of an epoch; one epoch is a whole training run.
        seed: seed of batches; the clips' own seeds are fixed.
        cache: folder of the cached mel pictures.
        workers: processes that synthesise missing clips.
        mel: front end; must be the encoder's.
    """

    train: SoundBank

    def __init__(
        self,
        clips_per_class: int = 150,
        held_out_per_class: int = 20,
        esc10_root: str | None = None,
        esc10_folds: tuple[int, ...] = (1, 2, 3, 4),
        esc10_held_out: tuple[int, ...] = (),
        esc10_strength: float = 0.8,
        batch_size: int = 64,
        steps: int = 1200,
        seed: int = 0,
        cache: str = "cache/sounds",
        workers: int = 1,
        mel: MelSpec | None = None,
    ) -> None:
        super().__init__()
        self.clips_per_class, self.held_out_per_class = clips_per_class, held_out_per_class
        self.esc10_root, self.workers = esc10_root, workers
        self.esc10_folds, self.esc10_held_out = tuple(esc10_folds), tuple(esc10_held_out)
        self.strength = esc10_strength
        self.batch_size, self.steps, self.seed = batch_size, steps, seed
        self.cache, self.mel = Path(cache), mel or MelSpec()
        self.held_out: list[SoundBank] = []

    def setup(self, stage: str) -> None:
        """Synthesise or read from the cache all clips of the run."""
        if hasattr(self, "train"):
            return
        made = (self.mel, self.cache, self.workers)
        banks = [synth_bank(self.clips_per_class, 0, *made)]
        self.held_out = [synth_bank(self.held_out_per_class, HELD_OUT_SEED, *made)]
        if self.esc10_root is not None:
            real = esc10_bank(self.esc10_root, self.esc10_folds, self.mel, self.cache)
            banks.append(replace(real, strengths=torch.full_like(real.strengths, self.strength)))
            if self.esc10_held_out:
                self.held_out.append(
                    esc10_bank(self.esc10_root, self.esc10_held_out, self.mel, self.cache)
                )
        self.train = join(banks)

    def train_dataloader(self) -> DataLoader:
        """Class-balanced batches, half recordings where a class has both."""
        batches = BalancedBatches(self.train, self.batch_size, self.steps, self.seed)
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> list[DataLoader]:
        """Held-out synthesised clips, then ESC-10's held-out folds if there are any."""
        return [DataLoader(PlainBatches(bank), batch_size=None) for bank in self.held_out]

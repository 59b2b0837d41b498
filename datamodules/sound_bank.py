"""Sounds held in memory as float16 mel pictures, the cache they come from, and balanced batches."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import Dataset

from emostyle.errors import AudioError, EmoStyleError
from emostyle.waveform.load import load_audio
from emostyle.waveform.mel import POWER_FLOOR, MelSpec, power_mel, windows

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SoundBank:
    """Clips of one window each.

    Attributes:
        decibels: mel powers in dB, (n, n_mels, frames) float16.
        labels: class index (n,).
        strengths: strength in [0, 1] (n,), NaN where unknown.
        real: true for recordings, false for synthesised clips (n,).
    """

    decibels: Tensor
    labels: Tensor
    strengths: Tensor
    real: Tensor

    def powers(self, index: Tensor) -> Tensor:
        """Mel powers (len(index), n_mels, frames), float32."""
        return 10.0 ** (self.decibels[index].float() / 10.0)

    def __len__(self) -> int:
        return self.labels.shape[0]


def join(banks: Sequence[SoundBank]) -> SoundBank:
    """One bank of several."""
    return SoundBank(
        torch.cat([bank.decibels for bank in banks]),
        torch.cat([bank.labels for bank in banks]),
        torch.cat([bank.strengths for bank in banks]),
        torch.cat([bank.real for bank in banks]),
    )


def to_decibels(waveform: Tensor, mel: MelSpec) -> Tensor:
    """The first window of a sound (T,) as mel powers in dB, (n_mels, frames) float16."""
    power = power_mel(windows(waveform, mel)[:1], mel)[0]
    return (10.0 * power.clamp_min(POWER_FLOOR).log10()).half()


def cached(folder: Path, name: str, key: object, make: Callable[[], dict[str, Tensor]]) -> dict:
    """Tensors from the cache, made and stored (atomically) if they are not there.

    Args:
        folder: cache folder.
        name: readable beginning of the file name.
        key: JSON-able facts the tensors depend on; another key is another file.
        make: computes the tensors.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    path = folder / f"{name}-{digest}.safetensors"
    if path.is_file():
        try:
            return load_file(path)
        except SafetensorError as error:
            log.warning("The cache file %s is damaged (%s) and is made again.", path, error)
    tensors = make()
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    save_file(tensors, partial)
    os.replace(partial, path)
    return tensors


def recordings(
    paths: Sequence[Path], labels: Sequence[int], mel: MelSpec, cache: Path, name: str
) -> SoundBank:
    """A bank of real recordings, one window of each; strengths are unknown (NaN).

    A file that cannot be used is logged and left out.

    Args:
        paths: sound files.
        labels: class index of each.
        mel: front end.
        cache: cache folder.
        name: readable beginning of the cache file's name.

    Raises:
        EmoStyleError: not one file could be used.
    """
    rows = [[str(path.resolve()), path.stat().st_size, label] for path, label in zip(
        paths, labels, strict=True)]  # fmt: skip

    def make() -> dict[str, Tensor]:
        pictures, kept = [], []
        for path, label in zip(paths, labels, strict=True):
            try:
                pictures.append(to_decibels(load_audio(path, mel.sample_rate_hz), mel))
            except AudioError as error:
                log.warning("Skipped a recording: %s", error)
                continue
            kept.append(label)
        if not pictures:
            raise EmoStyleError(
                f"None of the {len(paths)} recordings of '{name}' could be read; "
                "check the folder given to --data."
            )
        return {"decibels": torch.stack(pictures), "labels": torch.tensor(kept)}

    found = cached(cache, name, [rows, mel.to_dict()], make)
    count = found["labels"].shape[0]
    return SoundBank(
        found["decibels"],
        found["labels"],
        torch.full((count,), torch.nan),
        torch.ones(count, dtype=torch.bool),
    )


class BalancedBatches(Dataset):
    """Item i is the i-th batch of a run: every class equally often, half real, half synthesised.

    Batch i depends on the seed and i only, so runs can be repeated and resumed.

    Args:
        bank: clips to draw from.
        batch_size: clips per batch.
        steps: number of batches.
        seed: seed of the run.
    """

    def __init__(self, bank: SoundBank, batch_size: int, steps: int, seed: int) -> None:
        self.bank, self.batch_size, self.steps, self.seed = bank, batch_size, steps, seed
        self.pools = []
        for label in bank.labels.unique().tolist():
            of_class = bank.labels == label
            pools = [(of_class & kind).nonzero()[:, 0] for kind in (bank.real, ~bank.real)]
            self.pools.append([pool for pool in pools if len(pool)])

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        """Powers (N, n_mels, frames), labels (N,), strengths (N,)."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        turns = -(-self.batch_size // len(self.pools))
        order = torch.cat(
            [torch.randperm(len(self.pools), generator=generator) for _ in range(turns)]
        )[: self.batch_size]
        order = order[torch.randperm(len(order), generator=generator)]
        draw = torch.rand(len(order), 2, generator=generator, dtype=torch.float64)
        picks = []
        for turn, (kind, place) in zip(order.tolist(), draw.tolist(), strict=True):
            pools = self.pools[turn]
            pool = pools[int(kind * len(pools))]
            picks.append(pool[int(place * len(pool))])
        index = torch.stack(picks)
        return self.bank.powers(index), self.bank.labels[index], self.bank.strengths[index]


class PlainBatches(Dataset):
    """All clips of a bank once, in order, in batches of at most `batch_size`."""

    def __init__(self, bank: SoundBank, batch_size: int = 64) -> None:
        self.bank = bank
        self.parts = torch.arange(len(bank)).split(batch_size)

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, part: int) -> tuple[Tensor, Tensor, Tensor]:
        """Powers (N, n_mels, frames), labels (N,), strengths (N,)."""
        if part >= len(self.parts):
            raise IndexError(part)
        index = self.parts[part]
        return self.bank.powers(index), self.bank.labels[index], self.bank.strengths[index]

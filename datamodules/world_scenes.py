"""Captioned scenes of the world that are never drawn: factors and text only."""

from collections.abc import Iterator
from typing import NamedTuple

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from emostyle.world.captions import caption
from emostyle.world.domain import get_domain


class SceneBatch(NamedTuple):
    """Scenes of one domain: `factors` (B, F) in [0, 1] and one fresh caption each."""

    factors: Tensor
    captions: list[str]


class SceneBatches(IterableDataset[dict[str, SceneBatch]]):
    """Endlessly new scenes; an epoch is a fixed number of batches.

    Args:
        domains: names of the domains.
        per_domain: scenes of each domain in a batch.
        batches: batches per epoch.
        seed: seed of scenes and captions.
        fixed: true gives the same batches in every epoch (validation).
    """

    def __init__(
        self, domains: tuple[str, ...], per_domain: int, batches: int, seed: int, fixed: bool
    ) -> None:
        super().__init__()
        self.domains, self.per_domain, self.batches = domains, per_domain, batches
        self.seed, self.fixed, self.epoch = seed, fixed, 0

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[dict[str, SceneBatch]]:
        random = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        self.epoch += 0 if self.fixed else 1
        for _ in range(self.batches):
            yield {name: self._draw(name, random) for name in self.domains}

    def _draw(self, name: str, random: torch.Generator) -> SceneBatch:
        factors = get_domain(name).sample(self.per_domain, random).factors
        return SceneBatch(factors, [caption(name, row, random) for row in factors])


class WorldScenes(pl.LightningDataModule):
    """Scenes of one or both domains as factors and captions.

    Args:
        domains: names of the domains; each has the same share of a batch.
        batch_size: scenes per batch, over all domains.
        batches_per_epoch: training batches per epoch.
        val_count: held-out scenes per domain, one batch.
        seed: seed of scenes and captions.
    """

    def __init__(
        self,
        domains: tuple[str, ...] = ("landscape", "portrait"),
        batch_size: int = 192,
        batches_per_epoch: int = 100,
        val_count: int = 512,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.domains = tuple(domains)

    def train_dataloader(self) -> DataLoader[dict[str, SceneBatch]]:
        """New scenes in every batch."""
        hp = self.hparams
        share = hp["batch_size"] // len(self.domains)
        batches = SceneBatches(self.domains, share, hp["batches_per_epoch"], hp["seed"], False)
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader[dict[str, SceneBatch]]:
        """One fixed batch of other scenes."""
        hp = self.hparams
        batches = SceneBatches(self.domains, hp["val_count"], 1, hp["seed"] + 7919, True)
        return DataLoader(batches, batch_size=None)

"""Rendered pictures with the gaussian z they stand for, for training generators."""

from collections.abc import Mapping

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from datamodules.picture_pool import PicturePool, render_pool
from datamodules.world_pictures import HELD_OUT_SEED_OFFSET
from emostyle.world.domain import get_domain

SHOWN = 0.15
"""A factor from here on is seen in a picture."""


class PairBatches(IterableDataset[tuple[Tensor, Tensor]]):
    """Batches (pictures uint8 (B, 3, R, R), z (B, Z)) from a pool, reshuffled at every pass.

    Args:
        pool: rendered pictures.
        batch_size: pictures per batch.
        seed: seed of the order; None keeps the pool's own order and makes one pass.
        emphasis: how many times as often pictures come that show a factor, by its name.
    """

    def __init__(
        self,
        pool: PicturePool,
        batch_size: int,
        seed: int | None,
        emphasis: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        self.pool, self.batch_size, self.seed = pool, batch_size, seed
        times = torch.ones(len(pool), dtype=torch.long)
        for factor, often in (emphasis or {}).items():
            times[pool.factors[:, get_domain(pool.domain).index(factor)] > SHOWN] *= often
        self.rows = torch.arange(len(pool)).repeat_interleave(times)
        self.passes = 0

    def __len__(self) -> int:
        return len(self.rows) // self.batch_size

    def __iter__(self):  # type: ignore[no-untyped-def]
        order = self.rows
        if self.seed is not None:
            random = torch.Generator().manual_seed(self.seed + 7919 * self.passes)
            order = order[torch.randperm(len(order), generator=random)]
            self.passes += 1
        for start in range(len(self)):
            rows = order[start * self.batch_size : (start + 1) * self.batch_size].sort().values
            yield torch.from_numpy(self.pool.pictures_u8[rows.numpy()]), self.pool.z[rows]


class GeneratorPairs(pl.LightningDataModule):
    """Pictures of one domain and their z.

    Args:
        domain: `landscape` or `portrait`.
        count: rendered training pictures.
        val_count: rendered held-out pictures.
        size: side of the pictures in pixels.
        seed: seed of scenes and order.
        batch_size: pictures per batch.
        cache_dir: folder of the picture pools.
        emphasis: how many times as often training pictures come that show a factor, by its name.
    """

    def __init__(
        self,
        domain: str = "landscape",
        count: int = 24000,
        val_count: int = 256,
        size: int = 128,
        seed: int = 0,
        batch_size: int = 16,
        cache_dir: str = "cache/pictures",
        emphasis: dict[str, int] | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()

    def _pool(self, count: int, seed: int) -> PicturePool:
        hp = self.hparams
        return render_pool(hp["domain"], count, seed, hp["size"], hp["cache_dir"])

    def train_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """Every picture once per epoch (more often by `emphasis`), in a new order."""
        hp = self.hparams
        pool = self._pool(hp["count"], hp["seed"])
        batches = PairBatches(pool, hp["batch_size"], hp["seed"], hp["emphasis"])
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, Tensor]]:
        """The held-out pictures in order."""
        hp = self.hparams
        pool = self._pool(hp["val_count"], hp["seed"] + HELD_OUT_SEED_OFFSET)
        return DataLoader(PairBatches(pool, hp["batch_size"], None), batch_size=None)

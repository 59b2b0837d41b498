"""Captioned pictures of the world: renders, and a share of pictures drawn by generators."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from datamodules.picture_pool import PicturePool, generated_pool, render_pool
from emostyle.errors import EmoStyleError
from emostyle.world.captions import caption

__all__ = ["PictureBatch", "WorldPictures", "generated_pool", "render_pool"]

HELD_OUT_SEED_OFFSET = 1_000_000
"""Added to the seed for the pictures that are never trained on."""


class PictureBatch(NamedTuple):
    """Pictures of one domain with what is known of them.

    Attributes:
        pictures: (B, 3, H, W) in [-1, 1].
        factors: (B, F) in [0, 1].
        z: (B, Z).
        captions: one fresh caption per picture.
        generated: (B,) bool, true where a generator drew the picture.
    """

    pictures: Tensor
    factors: Tensor
    z: Tensor
    captions: list[str]
    generated: Tensor


Batch = dict[str, PictureBatch]
"""Domain name -> pictures; each domain has the same share of a batch."""


class PictureBatches(IterableDataset[Batch]):
    """Batches drawn from pools; an epoch is a fixed number of batches.

    Args:
        renders: one pool of renders per domain.
        generated: pools of generated pictures by domain; may be empty.
        per_domain: pictures of each domain in a batch.
        batches: batches per epoch.
        generated_share: share of generated pictures where there are some.
        seed: seed of the draws and captions.
        fixed: true gives the same batches in every epoch (validation).
    """

    def __init__(
        self,
        renders: Mapping[str, PicturePool],
        generated: Mapping[str, PicturePool],
        per_domain: int,
        batches: int,
        generated_share: float,
        seed: int,
        fixed: bool = False,
    ) -> None:
        super().__init__()
        self.renders, self.generated = renders, generated
        self.per_domain, self.batches = per_domain, batches
        self.generated_share, self.seed, self.fixed = generated_share, seed, fixed
        self.epoch = 0

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[Batch]:
        random = torch.Generator().manual_seed(self.seed * 100_003 + self.epoch)
        self.epoch += 0 if self.fixed else 1
        for index in range(self.batches):
            yield {name: self._draw(name, index, random) for name in self.renders}

    def _draw(self, domain: str, index: int, random: torch.Generator) -> PictureBatch:
        made = round(self.generated_share * self.per_domain) if domain in self.generated else 0
        parts = [self._rows(self.renders[domain], self.per_domain - made, index, random)]
        if made:
            parts.append(self._rows(self.generated[domain], made, index, random))
        factors = torch.cat([pool.factors[rows] for pool, rows in parts])
        return PictureBatch(
            torch.cat([pool.pictures(rows) for pool, rows in parts]),
            factors,
            torch.cat([pool.z[rows] for pool, rows in parts]),
            [caption(domain, row, random) for row in factors],
            torch.cat([torch.full((len(rows),), pool.generated) for pool, rows in parts]),
        )

    def _rows(
        self, pool: PicturePool, count: int, index: int, random: torch.Generator
    ) -> tuple[PicturePool, np.ndarray]:
        """Random rows for training; for validation one picture after the other."""
        if self.fixed:
            return pool, (index * count + np.arange(count)) % len(pool)
        return pool, torch.randint(len(pool), (count,), generator=random).sort().values.numpy()


class WorldPictures(pl.LightningDataModule):
    """Captioned pictures of one or both domains.

    Args:
        domains: names of the domains; each has the same share of a batch.
        count: rendered training pictures per domain.
        val_count: rendered held-out pictures per domain.
        size: side of the pictures in pixels.
        seed: seed of scenes, draws and captions.
        batch_size: pictures per batch, over all domains.
        batches_per_epoch: training batches per epoch.
        cache_dir: folder of the picture pools.
        generators: exported generator (path or bundled name) by domain; none for renders alone.
        generated_count: pictures drawn once by each generator.
        generated_share: share of generated pictures in training batches.
    """

    def __init__(
        self,
        domains: tuple[str, ...] = ("landscape", "portrait"),
        count: int = 8000,
        val_count: int = 512,
        size: int = 128,
        seed: int = 0,
        batch_size: int = 64,
        batches_per_epoch: int = 250,
        cache_dir: str = "cache/pictures",
        generators: dict[str, str] | None = None,
        generated_count: int = 2000,
        generated_share: float = 0.25,
    ) -> None:
        super().__init__()
        if not domains or batch_size % len(domains):
            raise EmoStyleError(
                f"A batch of {batch_size} cannot be shared evenly by the domains {list(domains)}; "
                "change --data.batch_size."
            )
        if not 0 <= generated_share < 1:
            raise EmoStyleError(
                f"generated_share is {generated_share}, expected 0 <= share < 1; "
                "change --data.generated_share."
            )
        self.save_hyperparameters()
        self.domains = tuple(domains)
        self.renders: dict[str, PicturePool] = {}
        self.held_out: dict[str, PicturePool] = {}
        self.generated: dict[str, PicturePool] = {}

    def setup(self, stage: str | None = None) -> None:
        """Render what the cache does not hold; draw from the generators."""
        hp = self.hparams
        held_out_seed = hp["seed"] + HELD_OUT_SEED_OFFSET
        for name in self.domains:
            cache = hp["cache_dir"]
            self.renders[name] = render_pool(name, hp["count"], hp["seed"], hp["size"], cache)
            self.held_out[name] = render_pool(
                name, hp["val_count"], held_out_seed, hp["size"], cache
            )
        for name, weights in (hp["generators"] or {}).items():
            if name in self.domains and hp["generated_share"] > 0:
                self.generated[name] = generated_pool(
                    name, weights, hp["generated_count"], hp["seed"] + 1, hp["cache_dir"]
                )

    def train_dataloader(self) -> DataLoader[Batch]:
        """Endless variety: rows with replacement, fresh captions."""
        hp = self.hparams
        batches = PictureBatches(
            self.renders,
            self.generated,
            hp["batch_size"] // len(self.domains),
            hp["batches_per_epoch"],
            hp["generated_share"],
            hp["seed"],
        )
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        """All held-out renders once, with fixed captions."""
        hp = self.hparams
        per_domain = hp["batch_size"] // len(self.domains)
        batches = max(1, hp["val_count"] // per_domain)
        return DataLoader(
            PictureBatches(self.held_out, {}, per_domain, batches, 0.0, hp["seed"], fixed=True),
            batch_size=None,
        )

"""Portraits grouped by person: the face stays, mood, light, backdrop and clothes change."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
import torch.nn.functional as functional
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset

from emostyle.evaluate.judge_training.augment import augment
from emostyle.world.domain import DOMAINS

HELD_OUT_SEED_OFFSET = 500_000
"""Added to the seed for the identities that are never trained on."""


def render_identities(
    identities: int,
    pictures: int,
    seed: int,
    size: int = 64,
    vary: tuple[str, ...] = ("background", "clothing"),
    render_size: int = 128,
) -> Tensor:
    """Draw every identity several times, each time in another mood.

    Args:
        identities: number of persons.
        pictures: pictures per person.
        seed: seed of persons and moods; person i depends on seed and i alone.
        size: side of the stored pictures in pixels.
        vary: structure factors that are not part of a person and are redrawn per picture.
        render_size: side at which the pictures are drawn before they are made smaller.

    Returns:
        Pictures (identities, pictures, 3, size, size), uint8.
    """
    domain = DOMAINS["portrait"]
    redrawn = [domain.index(name) for name in (*vary, *domain.events)]
    rows = []
    for person in range(identities):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + person)
        scenes = domain.sample(pictures + 1, generator)
        factors = scenes.factors[:1].repeat(pictures, 1)
        factors[:, redrawn] = scenes.factors[1:, redrawn]
        shape = scenes.shape[:1].repeat(pictures, 1)
        images = domain.render(factors, shape, render_size)
        if size != render_size:
            images = functional.interpolate(images, (size, size), mode="bilinear", antialias=True)
        rows.append(((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    return torch.stack(rows)


def to_float(images_u8: Tensor) -> Tensor:
    """Stored pictures as float in [-1, 1]."""
    return images_u8.float() / 127.5 - 1.0


class PersonBatches(IterableDataset[dict[str, Tensor]]):
    """Endless batches of P persons with K pictures each.

    Args:
        images_u8: (identities, pictures, 3, H, W).
        persons: P.
        pictures: K.
        batches: batches per epoch.
        seed: seed of the draws; each epoch goes on where the last one stopped.
    """

    def __init__(
        self, images_u8: Tensor, persons: int, pictures: int, batches: int, seed: int
    ) -> None:
        super().__init__()
        self.images_u8 = images_u8
        self.persons, self.pictures, self.batches = persons, pictures, batches
        self.random = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return self.batches

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        count, stored = self.images_u8.shape[:2]
        for _ in range(self.batches):
            who = torch.randperm(count, generator=self.random)[: self.persons]
            draws = torch.rand(len(who), stored, generator=self.random)
            which = draws.argsort(1)[:, : self.pictures]
            images = to_float(self.images_u8[who[:, None], which].flatten(0, 1))
            yield {
                "image": augment(images, self.random, max_shift=2, colour=0.1),
                "identity": who.repeat_interleave(which.shape[1]),
            }


class PersonAlbums(Dataset[dict[str, Tensor]]):
    """All pictures of one person per item, unchanged.

    Args:
        images_u8: (identities, pictures, 3, H, W).
    """

    def __init__(self, images_u8: Tensor) -> None:
        self.images_u8 = images_u8

    def __len__(self) -> int:
        return len(self.images_u8)

    def __getitem__(self, person: int) -> dict[str, Tensor]:
        images = to_float(self.images_u8[person])
        return {"image": images, "identity": torch.full((len(images),), person)}


class WorldIdentities(pl.LightningDataModule):
    """Pictures of many persons for the identity network, and of others to verify it.

    Args:
        identities: persons to train on.
        pictures: pictures per person.
        held_out: other persons, for verification.
        size: side of the pictures in pixels.
        persons_per_batch: P.
        pictures_per_person: K.
        batches: batches per epoch.
        seed: seed of persons, moods and draws.
        cache_dir: folder in which drawn pictures are kept between runs.
    """

    def __init__(
        self,
        identities: int = 1000,
        pictures: int = 8,
        held_out: int = 100,
        size: int = 64,
        persons_per_batch: int = 16,
        pictures_per_person: int = 4,
        batches: int = 200,
        seed: int = 11,
        cache_dir: str = "cache/identities",
    ) -> None:
        super().__init__()
        self.identities, self.pictures, self.held_out = identities, pictures, held_out
        self.size, self.batches, self.seed = size, batches, seed
        self.persons_per_batch = persons_per_batch
        self.pictures_per_person = pictures_per_person
        self.cache_dir = Path(cache_dir)

    def _pool(self, identities: int, seed: int) -> Tensor:
        """Pictures from the cache; they are drawn first if they are not there yet.

        The name of the file holds a hash of the first person as drawn now, so that pictures of an
        older renderer are not taken for new ones.
        """
        first = render_identities(1, self.pictures, seed, self.size)
        digest = hashlib.sha256(first.numpy().tobytes()).hexdigest()[:12]
        name = f"identities_{identities}x{self.pictures}_{self.size}_{seed}_{digest}.npy"
        path = self.cache_dir / name
        if not path.is_file():
            images = render_identities(identities, self.pictures, seed, self.size)
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{name}.{os.getpid()}.npy")
            np.save(partial, images.numpy())
            os.replace(partial, path)
        return torch.from_numpy(np.load(path, allow_pickle=False))

    def setup(self, stage: str | None = None) -> None:
        """Draw or load both groups of persons."""
        self.train_images = self._pool(self.identities, self.seed)
        self.held_out_images = self._pool(self.held_out, self.seed + HELD_OUT_SEED_OFFSET)

    def train_dataloader(self) -> DataLoader[dict[str, Tensor]]:
        """P x K batches of augmented pictures."""
        batches = PersonBatches(
            self.train_images,
            self.persons_per_batch,
            self.pictures_per_person,
            self.batches,
            self.seed,
        )
        return DataLoader(batches, batch_size=None)

    def val_dataloader(self) -> DataLoader[dict[str, Tensor]]:
        """All pictures of the held-out persons, one person per batch, unchanged."""
        return DataLoader(PersonAlbums(self.held_out_images), batch_size=None)

"""Pools of pictures on disk: drawn once, uint8 memory maps, found again by their recipe.

A recipe names domain, seed, count and size, not the code that draws. So a pool that is found is
checked before use: some of its pictures are drawn anew and must come out the same.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emostyle.errors import EmoStyleError, WeightsError
from emostyle.generator.load import load_generator
from emostyle.weights.pins import sha256
from emostyle.weights.store import resolve
from emostyle.world.domain import Scenes, get_domain

_CHUNK = 16
_PROBES = 12
_TOLERANCE = 2
"""Largest difference of a probe picture, in levels of 256, that counts as the same picture."""


@dataclass(frozen=True)
class PicturePool:
    """Pictures with the truth about them.

    Attributes:
        domain: `landscape` or `portrait`.
        pictures_u8: (N, 3, size, size) uint8, a read-only memory map.
        factors: (N, F) in [0, 1].
        shape: (N, S) gaussian.
        z: (N, Z) gaussian, what a generator takes.
        generated: true if a generator drew the pictures, false for renders.
    """

    domain: str
    pictures_u8: np.ndarray
    factors: Tensor
    shape: Tensor
    z: Tensor
    generated: bool = False

    def __len__(self) -> int:
        return len(self.pictures_u8)

    def pictures(self, rows: Any) -> Tensor:
        """Pictures at the given rows as float (B, 3, size, size) in [-1, 1]."""
        return torch.from_numpy(np.array(self.pictures_u8[rows])).float() / 127.5 - 1


def render_pool(
    domain: str, count: int, seed: int, size: int = 128, cache_dir: str | Path = "cache"
) -> PicturePool:
    """Rendered training scenes of a domain, from the cache where the same recipe is there.

    Args:
        domain: `landscape` or `portrait`.
        count: number of scenes.
        seed: seed of the scenes.
        size: side of the pictures in pixels.
        cache_dir: folder of all pools.

    Returns:
        The pool, its pictures a memory map on the finished file.

    Raises:
        StackError: unknown domain.
    """
    world = get_domain(domain)
    recipe = {
        "kind": "render",
        "domain": domain,
        "count": count,
        "seed": seed,
        "size": size,
    }

    def draw(scenes: Scenes, rows: slice) -> Tensor:
        return world.render(scenes.factors[rows], scenes.shape[rows], size)

    return _pool(recipe, draw, Path(cache_dir))


def generated_pool(
    domain: str, weights: str | Path, count: int, seed: int, cache_dir: str | Path = "cache"
) -> PicturePool:
    """The same for a generator of the world, whose z names the scene it should draw.

    Args:
        domain: `landscape` or `portrait`.
        weights: exported generator, a path or the name of a bundled file.
        count: number of pictures.
        seed: seed of the scenes.
        cache_dir: folder of all pools.

    Raises:
        WeightsError: no such file, or its z is not this domain's.
        StackError: unknown domain.
    """
    path = resolve(weights)
    generator = load_generator(path)
    config = generator.config
    if config.z_dim != get_domain(domain).z_dim:
        raise WeightsError(
            f"{path} takes z of length {config.z_dim}, but a {domain} has "
            f"{get_domain(domain).z_dim}; give the {domain} generator (--data.generators)."
        )
    recipe = {
        "kind": "generated",
        "domain": domain,
        "count": count,
        "seed": seed,
        "size": config.resolution,
        "weights": sha256(path)[:16],
    }

    def draw(scenes: Scenes, rows: slice) -> Tensor:
        return generator(scenes.z[rows])

    return _pool(recipe, draw, Path(cache_dir))


@torch.no_grad()
def _pool(
    recipe: dict[str, Any], draw: Callable[[Scenes, slice], Tensor], cache_dir: Path
) -> PicturePool:
    """Find or make a pool: written under a temporary name, renamed when complete."""
    count, size = int(recipe["count"]), int(recipe["size"])
    scenes = get_domain(recipe["domain"]).sample(
        count, torch.Generator().manual_seed(int(recipe["seed"]))
    )
    rows = torch.linspace(0, count - 1, min(_PROBES, count)).long()
    probe = Scenes(scenes.factors[rows], scenes.shape[rows], scenes.z[rows])
    drawn = _to_u8(draw(probe, slice(None)))
    stem = f"{recipe['domain']}_{recipe['kind']}_{size}_{count}"
    for folder in sorted(cache_dir.glob(f"{stem}_*")):
        pool = _read(folder, recipe)
        if pool is not None and _agree(pool, rows, probe, drawn):
            return pool
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode() + drawn.tobytes())
    folder = cache_dir / f"{stem}_{digest.hexdigest()[:12]}"
    partial = cache_dir / f".{folder.name}.{os.getpid()}.part"
    partial.mkdir(parents=True)
    try:
        pictures = np.lib.format.open_memmap(
            partial / "pictures_u8.npy", "w+", np.uint8, (count, 3, size, size)
        )
        for start in range(0, count, _CHUNK):
            chunk = slice(start, min(start + _CHUNK, count))
            pictures[chunk] = _to_u8(draw(scenes, chunk))
        pictures.flush()
        for key in ("factors", "shape", "z"):
            np.save(partial / f"{key}.npy", getattr(scenes, key).numpy())
        (partial / "recipe.json").write_text(json.dumps(recipe, indent=1))
        if not folder.is_dir():  # another process may have been faster
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    pool = _read(folder, recipe)
    if pool is None:
        raise EmoStyleError(f"{folder} holds pictures of another recipe; remove that folder.")
    return pool


def _to_u8(images: Tensor) -> np.ndarray:
    return ((images.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).cpu().numpy()


def _read(folder: Path, recipe: dict[str, Any]) -> PicturePool | None:
    """The pool in a folder, or None if it was made by another recipe."""
    stored = json.loads((folder / "recipe.json").read_text())
    if any(stored.get(key) != value for key, value in recipe.items()):
        return None
    return PicturePool(
        domain=recipe["domain"],
        pictures_u8=np.load(folder / "pictures_u8.npy", mmap_mode="r"),
        factors=torch.from_numpy(np.load(folder / "factors.npy")),
        shape=torch.from_numpy(np.load(folder / "shape.npy")),
        z=torch.from_numpy(np.load(folder / "z.npy")),
        generated=recipe["kind"] == "generated",
    )


def _agree(pool: PicturePool, rows: Tensor, probe: Scenes, drawn: np.ndarray) -> bool:
    """Whether scenes and pictures of a pool are still what the code at hand draws."""
    stored = (pool.factors[rows], pool.shape[rows], pool.z[rows])
    new = (probe.factors, probe.shape, probe.z)
    if any(a.shape != b.shape for a, b in zip(stored, new, strict=True)):
        return False
    if not all(torch.allclose(a, b, atol=1e-5) for a, b in zip(stored, new, strict=True)):
        return False
    pictures = pool.pictures_u8[rows.numpy()].astype(np.int16)
    return bool(np.abs(pictures - drawn).max() <= _TOLERANCE)

"""The painter's primitives: soft edges, colour ramps and the fixed noise tables.

Maps are (B, H, W) or broadcastable, pictures (B, 3, H, W), scalars per picture (B, 1, 1).
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

RGB = tuple[float, float, float]


def smooth(low: float | Tensor, high: float | Tensor, t: Tensor) -> Tensor:
    """Smooth step: 0 at `low`, 1 at `high` (which may lie below `low`), cubic in between."""
    s = ((t - low) / (high - low)).clamp(0, 1)
    return s * s * (3 - 2 * s)


def edge(distance: Tensor, width: float | Tensor) -> Tensor:
    """Coverage of a shape from its signed distance (inside positive), ramp `width` wide."""
    return (distance / width + 0.5).clamp(0, 1)


def bump(x: Tensor, y: Tensor, width: float | Tensor, height: float | Tensor) -> Tensor:
    """A two-dimensional bell at the origin with the given spreads, peak 1."""
    return torch.exp(-((x / width) ** 2) - (y / height) ** 2)


def bell(x: Tensor, width: float | Tensor) -> Tensor:
    """A one-dimensional bell at the origin, peak 1."""
    return torch.exp(-((x / width) ** 2))


def rgb(like: Tensor, *colour: float) -> Tensor:
    """A constant colour (1, 3, 1, 1) on the device and in the type of `like`."""
    return torch.tensor(colour, device=like.device, dtype=like.dtype).view(1, 3, 1, 1)


def lay(picture: Tensor, colour: Tensor, cover: Tensor) -> Tensor:
    """Lays a colour (picture) over a picture where `cover` (B, H, W), in [0, 1], says so."""
    return picture + (colour - picture) * cover.unsqueeze(1)


def glow(picture: Tensor, colour: Tensor, amount: Tensor) -> Tensor:
    """Adds coloured light to a picture."""
    return picture + colour * amount.unsqueeze(1)


def dim(picture: Tensor, amount: Tensor) -> Tensor:
    """Multiplies a picture by 1 - amount (a soft shadow)."""
    return picture * (1 - amount).unsqueeze(1)


def ramp(stops: tuple[RGB, ...], t: Tensor) -> Tensor:
    """A colour (B, 3, 1, 1) from evenly spaced stops at `t` (B, 1, 1) in [0, 1]."""
    table = torch.tensor(stops, device=t.device, dtype=t.dtype)
    place = torch.arange(len(stops), device=t.device, dtype=t.dtype)
    weight = (1 - (t.view(-1, 1) * (len(stops) - 1) - place).abs()).clamp(min=0)
    return (weight @ table).view(-1, 3, 1, 1)


def _fractal(
    count: int, height: int, width: int, base: tuple[int, int], octaves: int, seed: int
) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(count, 1, height, width)
    for octave in range(octaves):
        rows = min(base[0] * 2**octave + 2, height)
        columns = min(base[1] * 2**octave + 2, width)
        noise = torch.randn(count, 1, rows, columns, generator=generator)
        total += 0.6**octave * functional.interpolate(
            noise, size=(height, width), mode="bicubic", align_corners=True
        )
    centred = total - total.mean((2, 3), keepdim=True)
    return (centred / centred.std((2, 3), keepdim=True))[:, 0]


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def strand_tables(device: torch.device) -> Tensor:
    """Fixed tables (3, 24, 768) of fine strands: rows run along the hair, columns across it."""
    return _fractal(3, 24, 768, (2, 34), 4, 11).to(device)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def cloth_tables(device: torch.device, size: int) -> Tensor:
    """Fixed tables (8, size, size): 0-2 clouds, 3 folds, 4 skin, 5 grain, 6 rain, 7 brush."""
    soft = _fractal(3, 96, 96, (2, 2), 2, 5)
    folds = _fractal(1, 96, 96, (3, 5), 2, 6)
    skin = _fractal(1, 96, 96, (10, 10), 3, 8)
    grain = _fractal(1, 96, 96, (40, 40), 2, 9)
    rain = _fractal(1, 96, 96, (3, 44), 2, 10)
    strokes = _fractal(1, 136, 136, (5, 22), 2, 12)
    rows, columns = torch.arange(96).view(96, 1), torch.arange(96).view(1, 96)
    brush = strokes[:, (rows - columns) % 136, (rows + columns) % 136]
    stack = torch.cat([soft, folds, skin, grain, rain, brush]).unsqueeze(1)
    resized = functional.interpolate(stack, size=(size, size), mode="bicubic", align_corners=False)
    return resized[:, 0].to(device)


def mixture(tables: Tensor, weights: Tensor) -> Tensor:
    """One table per picture: a unit-norm mixture (B, H, W) of (K, H, W) with weights (B, K)."""
    unit = weights / (weights.square().sum(1, keepdim=True) + 0.05).sqrt()
    return torch.einsum("bk,khw->bhw", unit, tables)

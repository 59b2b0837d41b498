"""Augmentation for the judge: what a generator may do to a picture without changing its factors."""

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """`count` numbers in [low, high), shaped (count, 1, 1, 1)."""
    return low + (high - low) * torch.rand(count, 1, 1, 1, generator=generator)


def blur(images: Float[Tensor, "B 3 H W"], amount: Float[Tensor, "B 1 1 1"]) -> Tensor:
    """Mix each picture with a softened copy of itself.

    Args:
        images: (B, 3, H, W).
        amount: share of the softened copy per picture, in [0, 1].

    Returns:
        Pictures of the same shape.
    """
    height, width = images.shape[-2:]
    half = functional.interpolate(images, scale_factor=0.5, mode="bilinear", antialias=True)
    soft = functional.interpolate(half, (height, width), mode="bilinear")
    return torch.lerp(images, soft, amount.to(images))


def shift(images: Float[Tensor, "B 3 H W"], by: list[tuple[int, int]]) -> Tensor:
    """Move each picture by whole pixels, repeating its border.

    Args:
        images: (B, 3, H, W).
        by: rows and columns to move each picture by.

    Returns:
        Pictures of the same shape.
    """
    reach = max((abs(step) for pair in by for step in pair), default=0)
    if reach == 0:
        return images
    height, width = images.shape[-2:]
    padded = functional.pad(images, (reach, reach, reach, reach), mode="replicate")
    moved = [
        item[:, reach + dy : reach + dy + height, reach + dx : reach + dx + width]
        for item, (dy, dx) in zip(padded, by, strict=True)
    ]
    return torch.stack(moved)


def augment(
    images: Float[Tensor, "B 3 H W"],
    generator: torch.Generator,
    max_shift: int = 3,
    colour: float = 0.06,
    noise: float = 0.06,
) -> Float[Tensor, "B 3 H W"]:
    """Blur, shift, recolour and add noise, mildly enough to leave the factors readable.

    Args:
        images: (B, 3, H, W) in [-1, 1].
        generator: source of all random choices.
        max_shift: largest move in pixels.
        colour: half width of the brightness, contrast and channel-balance jitter.
        noise: largest standard deviation of the pixel noise.

    Returns:
        Pictures of the same shape, in [-1, 1].
    """
    count = images.shape[0]
    steps = torch.randint(-max_shift, max_shift + 1, (count, 2), generator=generator).tolist()
    images = shift(images, [(row, column) for row, column in steps])
    amount = _uniform(count, -0.5, 1.0, generator).clamp_min(0.0)
    images = blur(images, amount)
    gain = _uniform(count, 1.0 - colour, 1.0 + colour, generator).to(images)
    balance = colour * (2.0 * torch.rand(count, 3, 1, 1, generator=generator) - 1.0).to(images)
    sigma = _uniform(count, -noise, noise, generator).clamp_min(0.0)
    grain = (sigma * torch.randn(images.shape, generator=generator)).to(images)
    return (images * gain + balance + grain).clamp(-1.0, 1.0)

"""Random views of pictures: batch functions, differentiable, each item with its own randomness.

A guide that never saw crops, blur, noise or compression is cheated by adversarial texture, both
while it is trained and while it steers an edit. So the same functions serve both: `augment`
(strong) for training, `random_views` (mild) inside the edit.

All random numbers of an item come from one row of `Draws`: 24 uniform numbers and a noise picture.
A row depends on its generator only, never on the batch, so item i of a batch sees the same view as
item i alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import EmoStyleError

Images = Float[Tensor, "B 3 H W"]
PerItem = Float[Tensor, " B"]

_N_UNIFORM = 24


@dataclass(frozen=True)
class ViewPolicy:
    """How far views may differ from the picture. Shares are probabilities in [0, 1].

    Attributes:
        zoom: smallest and largest side of the crop, as a share of the picture's side.
        shift: how far the crop may leave the picture, as a share of its side.
        rotate: largest turn in radians.
        flip: share of mirrored views.
        blur: share of blurred views (a mixture of half and quarter resolution).
        pixelate: share of views with visible pixels.
        colour: half width of the brightness, contrast and saturation jitter.
        tint: half width of the shift of each colour channel.
        noise: largest standard deviation of white noise.
        compress: share of views with 8x8 block compression.
        cutout: share of views with a grey rectangle.
    """

    zoom: tuple[float, float] = (0.65, 1.05)
    shift: float = 0.06
    rotate: float = 0.10
    flip: float = 0.5
    blur: float = 0.4
    pixelate: float = 0.15
    colour: float = 0.25
    tint: float = 0.08
    noise: float = 0.25
    compress: float = 0.25
    cutout: float = 0.3


TRAINING_VIEWS = ViewPolicy()
"""Strong: for training the guide."""
EDIT_VIEWS = ViewPolicy(
    zoom=(0.82, 1.0),
    shift=0.02,
    rotate=0.03,
    blur=0.3,
    pixelate=0.0,
    colour=0.08,
    tint=0.02,
    noise=0.08,
    compress=0.0,
    cutout=0.0,
)
"""Mild: for the views of one picture inside an edit."""


@dataclass(frozen=True)
class Draws:
    """The random numbers of B views: `uniform` (B, 24) in [0, 1) and white `noise` (B, 3, H, W)."""

    uniform: Tensor
    noise: Tensor


def draw(
    generators: Sequence[torch.Generator], height: int, width: int, per_generator: int = 1
) -> Draws:
    """Random numbers for views; row `i * per_generator + k` is draw k of generator i.

    Args:
        generators: one per item, on the CPU.
        height: of the pictures, in pixels.
        width: of the pictures, in pixels.
        per_generator: rows drawn from each generator.
    """
    uniform, noise = [], []
    for generator in generators:
        for _ in range(per_generator):
            uniform.append(torch.rand(_N_UNIFORM, generator=generator))
            noise.append(torch.randn(3, height, width, generator=generator))
    return Draws(torch.stack(uniform), torch.stack(noise))


def _column(values: PerItem) -> Float[Tensor, "B 1 1 1"]:
    return values[:, None, None, None]


def _signed(values: Tensor) -> Tensor:
    return 2 * values - 1


def warp(
    images: Images,
    zoom: PerItem,
    shift_x: PerItem,
    shift_y: PerItem,
    angle: PerItem,
    mirror: PerItem,
) -> Images:
    """Crop, turn and mirror each picture; what lies outside is filled by reflection.

    Args:
        images: (B, 3, H, W).
        zoom: side of the crop as a share of the picture's side.
        shift_x: place of the crop's centre, -1 left edge to 1 right edge.
        shift_y: the same downwards.
        angle: turn in radians.
        mirror: 1 or -1 (mirrored).
    """
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    top = torch.stack([cos * mirror, -sin, shift_x], 1)
    bottom = torch.stack([sin * mirror, cos, shift_y], 1)
    grid = functional.affine_grid(
        torch.stack([top, bottom], 1), list(images.shape), align_corners=False
    )
    return functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def soften(images: Images, half: PerItem, quarter: PerItem, blocks: PerItem) -> Images:
    """Mix each picture with copies of itself at lower resolution.

    Args:
        images: (B, 3, H, W), sides divisible by four.
        half: share of the copy at half resolution, in [0, 1].
        quarter: share of the copy at a quarter of the resolution.
        blocks: share of the copy with visible pixels (half resolution, nearest neighbour).
    """
    size = list(images.shape[-2:])
    small = functional.avg_pool2d(images, 2)
    smaller = functional.avg_pool2d(small, 2)
    up = functional.interpolate(small, size, mode="bilinear", align_corners=False)
    images = torch.lerp(images, up, _column(half))
    up = functional.interpolate(smaller, size, mode="bilinear", align_corners=False)
    images = torch.lerp(images, up, _column(quarter))
    up = functional.interpolate(small, size, mode="nearest")
    return torch.lerp(images, up, _column(blocks))


def recolour(
    images: Images,
    brightness: PerItem,
    contrast: PerItem,
    saturation: PerItem,
    tint: Float[Tensor, "B 3"],
) -> Images:
    """Change brightness (added), contrast and saturation (factors) and shift each channel.

    Args:
        images: (B, 3, H, W).
        brightness: added to all channels.
        contrast: factor around the picture's mean.
        saturation: factor around each pixel's grey.
        tint: added per channel.
    """
    grey = images.mean(1, keepdim=True)
    images = grey + _column(saturation) * (images - grey)
    mean = images.mean((1, 2, 3), keepdim=True)
    images = mean + _column(contrast) * (images - mean)
    return images + _column(brightness) + tint[:, :, None, None]


def _cosine_table(side: int = 8) -> Float[Tensor, "S S"]:
    """Orthonormal DCT-II matrix: row k is the k-th cosine."""
    n = torch.arange(side)
    table = torch.cos(math.pi / side * (n[None] + 0.5) * n[:, None]) * math.sqrt(2 / side)
    table[0] /= math.sqrt(2)
    return table


def compress(images: Images, step: PerItem) -> Images:
    """Round the 8x8 cosine coefficients to multiples of a step that grows with frequency.

    The gradient passes as if nothing were rounded.

    Args:
        images: (B, 3, H, W), sides divisible by eight.
        step: quantisation step of the lowest frequency per item, > 0.
    """
    batch, channels, height, width = images.shape
    table = _cosine_table().to(images)
    blocks = images.reshape(batch, channels, height // 8, 8, width // 8, 8)
    frequency = torch.arange(8).to(images)
    steps = step[:, None, None, None] * (
        1 + frequency[None, :, None, None] + frequency[None, None, None, :]
    )
    coefficients = torch.einsum("ki,bcyixj,lj->bcykxl", table, blocks, table)
    steps = steps[:, None, None]
    rounded = (coefficients / steps).round() * steps
    coefficients = coefficients + (rounded - coefficients).detach()
    back = torch.einsum("ki,bcykxl,lj->bcyixj", table, coefficients, table)
    return back.reshape(images.shape)


def cut_out(images: Images, x: PerItem, y: PerItem, side: PerItem, grey: PerItem) -> Images:
    """Cover a square of each picture with one grey value.

    Args:
        images: (B, 3, H, W).
        x: centre of the square, 0 left to 1 right.
        y: centre of the square, 0 top to 1 bottom.
        side: side as a share of the picture's; 0 covers nothing.
        grey: value of the square.
    """
    height, width = images.shape[-2:]
    across = (torch.arange(width).to(images) + 0.5) / width
    down = (torch.arange(height).to(images) + 0.5) / height
    inside_x = (across[None] - x[:, None]).abs() < side[:, None] / 2
    inside_y = (down[None] - y[:, None]).abs() < side[:, None] / 2
    inside = inside_y[:, None, :, None] & inside_x[:, None, None, :]
    return torch.where(inside, _column(grey), images)


def apply_draws(images: Images, draws: Draws, policy: ViewPolicy) -> Images:
    """Views of pictures for given random numbers; deterministic and differentiable.

    Args:
        images: (B, 3, H, W) in [-1, 1], sides divisible by eight.
        draws: one row per picture.
        policy: how far views may differ.

    Returns:
        Views of the same shape in [-1, 1].

    Raises:
        EmoStyleError: the sides are not divisible by eight.
    """
    if images.shape[-1] % 8 or images.shape[-2] % 8:
        raise EmoStyleError(
            f"Views need pictures whose sides are multiples of 8, but {tuple(images.shape)} came; "
            "choose another picture size."
        )
    u = draws.uniform.to(images).unbind(1)
    smallest, largest = policy.zoom
    zoom = smallest + (largest - smallest) * u[0]
    reach = (1 - zoom).clamp_min(0) + policy.shift
    mirror = 1 - 2 * (u[4] < policy.flip).to(images)
    images = warp(
        images, zoom, _signed(u[1]) * reach, _signed(u[2]) * reach, _signed(u[3]) * policy.rotate,
        mirror,
    )  # fmt: skip
    soft = (u[5] < policy.blur).to(images)
    blocks = (u[8] < policy.pixelate).to(images)
    images = soften(images, soft * u[6], soft * u[7].square(), blocks * u[9])
    jitter = [policy.colour * _signed(value) for value in u[10:13]]
    tint = policy.tint * _signed(torch.stack(u[13:16], 1))
    images = recolour(images, 0.6 * jitter[0], 1 + jitter[1], 1 + 1.5 * jitter[2], tint)
    images = images + _column(policy.noise * u[16].square()) * draws.noise.to(images)
    if policy.compress > 0:
        chosen = u[17] < policy.compress
        step = 0.05 + 0.35 * u[18]
        images = images.index_put((chosen,), compress(images[chosen], step[chosen]))
    if policy.cutout > 0:
        side = (u[19] < policy.cutout).to(images) * (0.1 + 0.25 * u[20])
        images = cut_out(images, u[21], u[22], side, _signed(u[23]))
    return images.clamp(-1, 1)


def augment(
    images: Images, generators: Sequence[torch.Generator], policy: ViewPolicy = TRAINING_VIEWS
) -> Images:
    """One strong view of each picture, item i drawing from generator i.

    Args:
        images: (B, 3, H, W) in [-1, 1].
        generators: one per picture.
        policy: how far views may differ.

    Returns:
        Views of the same shape in [-1, 1].

    Raises:
        EmoStyleError: another number of generators than of pictures.
    """
    _require_one_each(images, generators)
    return apply_draws(images, draw(generators, images.shape[-2], images.shape[-1]), policy)


def random_views(
    images: Images,
    n_views: int,
    generator: torch.Generator | Sequence[torch.Generator],
    policy: ViewPolicy = EDIT_VIEWS,
) -> Float[Tensor, "VB 3 H W"]:
    """Several mild views of each picture, for the similarity terms of an edit.

    Args:
        images: (B, 3, H, W) in [-1, 1].
        n_views: views per picture.
        generator: one generator: view v is drawn once and shared by all pictures, so the draw does
            not depend on the batch size; or one generator per picture.
        policy: how far views may differ.

    Returns:
        (n_views * B, 3, H, W), view-major: row `v * B + b` is view v of picture b.

    Raises:
        EmoStyleError: another number of generators than of pictures.
    """
    batch, _, height, width = images.shape
    if isinstance(generator, torch.Generator):
        draws = draw([generator], height, width, n_views)
        rows = torch.arange(n_views).repeat_interleave(batch)
    else:
        _require_one_each(images, generator)
        draws = draw(generator, height, width, n_views)
        rows = torch.arange(batch * n_views).view(batch, n_views).T.reshape(-1)
    repeated = images.repeat(n_views, 1, 1, 1)
    return apply_draws(repeated, Draws(draws.uniform[rows], draws.noise[rows]), policy)


def _require_one_each(images: Tensor, generators: Sequence[torch.Generator]) -> None:
    if len(generators) != images.shape[0]:
        raise EmoStyleError(
            f"{len(generators)} generators came for {images.shape[0]} pictures; pass one each."
        )

"""Small drawing primitives shared by the renderers: soft steps, fixed noise, bloom, tone map.

Pictures are linear light (B, 3, H, W) until `tone_map` brings them to display values in [-1, 1].
Everything random is drawn once from a fixed seed at `TABLE_SIZE` pixels and resampled, so that a
picture keeps its composition at every size.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

TABLE_SIZE = 512


def smoothstep(low: float | Tensor, high: float | Tensor, value: Tensor) -> Tensor:
    """Cubic step from 0 at `low` to 1 at `high`; `low` may exceed `high` for a falling step."""
    ramp = ((value - low) / (high - low)).clamp(0, 1)
    return ramp * ramp * (3 - 2 * ramp)


def mix(start: Tensor, end: Tensor, amount: Tensor) -> Tensor:
    """Linear blend: `start` where `amount` is 0, `end` where it is 1."""
    return start + (end - start) * amount


def rgb(red: float, green: float, blue: float, like: Tensor) -> Float[Tensor, "1 3 1 1"]:
    """A colour in linear light on the device and in the type of `like`."""
    return torch.tensor([red, green, blue], device=like.device, dtype=like.dtype).view(1, 3, 1, 1)


def soft_edge(inside: Tensor, pixel: float) -> Tensor:
    """Coverage in [0, 1] of a shape whose signed distance `inside` is positive within."""
    return (inside / (1.5 * pixel) + 0.5).clamp(0, 1)


def grid(size: int) -> tuple[Float[Tensor, "1 1 1 S"], Float[Tensor, "1 1 S 1"]]:
    """Pixel centres x (left to right) and y (top to bottom) in (0, 1)."""
    centres = (torch.arange(size) + 0.5) / size
    return centres.view(1, 1, 1, size), centres.view(1, 1, size, 1)


def fractal_noise(
    count: int,
    seed: int,
    *,
    base: int,
    octaves: int,
    gain: float,
    stretch: float = 1.0,
    size: int = TABLE_SIZE,
) -> Float[Tensor, "K 1 S S"]:
    """Fixed fractal value noise with zero mean and unit variance.

    Args:
        count: number of tables K.
        seed: the tables' seed.
        base: cells across the picture in the coarsest octave.
        octaves: number of octaves, each twice as fine as the one before.
        gain: amplitude of an octave over that of the one before.
        stretch: vertical over horizontal frequency (below 1: tall features).
        size: side in pixels.

    Returns:
        The tables, (K, 1, size, size).
    """
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(count, 1, size, size)
    for octave in range(octaves):
        cells = base * 2**octave
        rows = max(2, min(round(cells * stretch) + 3, size))
        lattice = torch.randn(count, 1, rows, min(cells + 3, size), generator=generator)
        total += gain**octave * F.interpolate(
            lattice, size=(size, size), mode="bicubic", align_corners=True
        )
    total = total - total.mean((2, 3), keepdim=True)
    return total / total.std((2, 3), keepdim=True)


def fractal_line(
    count: int, seed: int, *, base: int, octaves: int, gain: float, size: int = TABLE_SIZE
) -> Float[Tensor, "K 1 1 S"]:
    """Fixed fractal noise along one axis, zero mean and unit variance, (K, 1, 1, size)."""
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros(count, 1, size)
    for octave in range(octaves):
        lattice = torch.randn(count, 1, base * 2**octave + 3, generator=generator)
        smooth = F.interpolate(
            lattice[..., None], size=(size, 1), mode="bicubic", align_corners=True
        )
        total += gain**octave * smooth[..., 0]
    total = (total - total.mean(2, keepdim=True)) / total.std(2, keepdim=True)
    return total[:, :, None, :]


def scatter_dots(
    number: int, seed: int, *, radius: float, size: int = TABLE_SIZE, jitter: float = 0.3
) -> Float[Tensor, "1 1 S S"]:
    """Soft round dots at fixed places.

    Args:
        number: how many dots.
        seed: seed of places and sizes.
        radius: mean radius, in picture widths.
        size: side in pixels.
        jitter: relative spread of the radius.

    Returns:
        Coverage in [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    x, y = grid(size)
    total = torch.zeros(1, 1, size, size)
    for _ in range(number):
        place = torch.rand(2, generator=generator).tolist()
        reach = radius * (1 + jitter * (2 * torch.rand(1, generator=generator).item() - 1))
        rows = slice(int(max(0, (place[1] - 3 * reach) * size)), int((place[1] + 3 * reach) * size))
        squared = (x - place[0]) ** 2 + (y[:, :, rows] - place[1]) ** 2
        total[:, :, rows] = torch.maximum(total[:, :, rows], torch.exp(-squared / reach**2))
    return total


def scatter_streaks(
    number: int, seed: int, *, length: float, width: float, slope: float, size: int = TABLE_SIZE
) -> Float[Tensor, "1 1 S S"]:
    """Soft straight strokes at fixed places, brightest at their lower (leading) end.

    Args:
        number: how many strokes.
        seed: seed of places and lengths.
        length: mean length along y, in picture heights (along x for |slope| > 1).
        width: half width, in picture widths.
        slope: x travelled per unit of y.
        size: side in pixels.

    Returns:
        Coverage in [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    x, y = grid(size)
    total = torch.zeros(1, 1, size, size)
    norm = (1 + slope**2) ** 0.5
    for _ in range(number):
        draw = torch.rand(3, generator=generator)
        reach = length * (0.7 + 0.6 * draw[2]) / max(1.0, abs(slope))
        along = (y - (1.2 * draw[1] - 0.1)) / reach
        rows = ((along > 0) & (along < 1)).flatten()
        if not bool(rows.any()):
            continue
        along = along[:, :, rows]
        across = (x - (1.3 * draw[0] - 0.15) - slope * along * reach) / (width * norm)
        stroke = torch.exp(-(across**2)) * along * (1 - along**8)
        total[:, :, rows] = torch.maximum(total[:, :, rows], stroke)
    return total


def resample(table: Float[Tensor, "K C A B"], size: int) -> Float[Tensor, "K C M N"]:
    """A table made at `TABLE_SIZE` brought to `size` pixels; axes of length 1 stay."""
    if table.shape[3] == 1:
        return resample(table.transpose(2, 3), size).transpose(2, 3)
    height = size if table.shape[2] > 1 else 1
    return F.interpolate(table.contiguous(), (height, size), mode="bilinear", antialias=True)


def mixture(weights: Float[Tensor, "B K"], tables: Float[Tensor, "K 1 A C"]) -> Tensor:
    """Unit-norm mixture of fixed tables: `(B, 1, A, C)`, smooth in the weights."""
    unit = F.normalize(weights, dim=1)
    flat = unit @ tables.flatten(1)
    return flat.view(-1, 1, *tables.shape[2:])


def look_up(table: Float[Tensor, "C A D"], u: Tensor, v: Tensor) -> Float[Tensor, "B C H W"]:
    """Values of a table at coordinates u (across) and v (down), the table spanning [-1, 1]."""
    u, v = torch.broadcast_tensors(u, v)
    places = torch.stack([u[:, 0], v[:, 0]], dim=-1)
    batch = table.expand(places.shape[0], -1, -1, -1)
    return F.grid_sample(batch, places, padding_mode="border", align_corners=False)


def shifted(table: Tensor, step: int, dim: int) -> Tensor:
    """The table moved by `step` pixels along `dim`, its border repeated (no wrap-around)."""
    size = table.shape[dim]
    places = (torch.arange(size, device=table.device) - step).clamp(0, size - 1)
    return table.index_select(dim, places)


def bloom(image: Float[Tensor, "B 3 H W"], amount: float = 0.5) -> Float[Tensor, "B 3 H W"]:
    """Light brighter than the paper spills over its surroundings (two soft radii)."""
    size = image.shape[-1]
    step = max(1, size // 32)
    bright = F.avg_pool2d((image - 0.75).clamp(0, 1.6), step)
    near = F.avg_pool2d(F.pad(bright, (1, 1, 1, 1), mode="replicate"), 3, 1)
    far = F.avg_pool2d(F.pad(near, (3, 3, 3, 3), mode="replicate"), 7, 1)
    spill = F.interpolate(
        0.6 * near + 0.5 * far, image.shape[-2:], mode="bilinear", align_corners=False
    )
    return image + amount * spill


def tone_map(
    image: Float[Tensor, "B 3 H W"], saturation: float | Tensor = 1.2, exposure: float = 1.35
) -> Float[Tensor, "B 3 H W"]:
    """Linear light to display values in [-1, 1] by an exponential film curve."""
    image = image.clamp(min=0)
    image = 1 - torch.exp(-exposure * image * (1 + 0.12 * image))
    grey = image.mean(1, keepdim=True)
    image = (grey + (image - grey) * saturation).clamp(0, 1)
    return 2 * image**0.92 - 1

"""The fixed tables a landscape is mixed from, drawn once and resampled to the picture's size."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from emostyle.world.draw import (
    fractal_line,
    fractal_noise,
    grid,
    look_up,
    resample,
    scatter_dots,
    scatter_streaks,
    smoothstep,
)

HORIZON = 0.58
SHORE = 0.63


@dataclass(frozen=True)
class Tables:
    """Fixed textures (K, 1, S, S) and lines (K, 1, 1, S) or (K, 1, S, 1), see `_draw`."""

    clouds: Tensor
    clouds_blown: Tensor
    cloud_detail: Tensor
    stars: Tensor
    far_ridge: Tensor
    mid_ridge: Tensor
    hills: Tensor
    foreground: Tensor
    jag: Tensor
    rock: Tensor
    grain: Tensor
    turf: Tensor
    fields: Tensor
    ripple: Tensor
    glitter: Tensor
    blades: Tensor
    leaves: Tensor
    flowers: Tensor
    flame: Tensor
    smoke: Tensor
    rain: Tensor
    flakes: Tensor
    gusts: Tensor
    driven_leaves: Tensor
    bolt: Tensor
    bolt_kink: Tensor
    crest: Tensor
    foam: Tensor
    bubbles: Tensor


def _ground_plane(table: Tensor, nearness: float = 0.14) -> Tensor:
    """A texture laid on the ground: finer towards the horizon."""
    x, y = grid(table.shape[-1])
    depth = 1 / ((y - SHORE).clamp(min=0) / (1 - SHORE) + nearness)
    u = ((x - 0.5) * 0.35 * depth).expand(1, 1, table.shape[-1], -1)
    v = depth * 0.30 - 1.1
    return torch.cat([look_up(each, _fold(u), _fold(v)) for each in table])


def _sky_plane(table: Tensor) -> Tensor:
    """A texture laid on the sky's ceiling: flatter towards the horizon."""
    x, y = grid(table.shape[-1])
    depth = 1 / (0.92 - y.clamp(max=0.75))
    u = ((x - 0.5) * 0.95 * depth).expand(1, 1, table.shape[-1], -1)
    return torch.cat([look_up(each, _fold(u), _fold(depth * 0.75 - 1.5)) for each in table])


def _fold(value: Tensor) -> Tensor:
    """Coordinates mirrored back into [-1, 1]."""
    return 1 - ((value + 1) % 4 - 2).abs()


def _blown(clouds: Tensor) -> Tensor:
    """Clouds torn into slanted streaks by the wind."""
    steps = range(-12, 13)
    torn = torch.stack([torch.roll(clouds, (-step, 6 * step), (2, 3)) for step in steps]).mean(0)
    return torn / torn.std((2, 3), keepdim=True)


def _curled(strokes: Tensor) -> Tensor:
    """Strokes bent into waves."""
    u, v = (2 * axis - 1 for axis in grid(strokes.shape[-1]))
    return look_up(strokes[0], u + 0 * v, v + 0.05 * torch.sin(5 * u + 2 * v))


def _draw() -> dict[str, Tensor]:
    """All tables at `TABLE_SIZE`."""
    clouds = _sky_plane(fractal_noise(4, 11, base=3, octaves=5, gain=0.46, stretch=1.3))
    grain = fractal_noise(1, 12, base=12, octaves=5, gain=0.7)
    soft = fractal_noise(1, 13, base=10, octaves=5, gain=0.62, stretch=0.8)
    rock = soft - torch.roll(soft, (5, -5), (2, 3))
    _, y = grid(grain.shape[-1])
    stars = torch.maximum(
        scatter_dots(90, 14, radius=0.0035), 0.5 * scatter_dots(220, 15, radius=0.0025)
    )
    flower = [scatter_dots(110, 20 + i, radius=0.010) for i in range(3)]
    near = smoothstep(0.62, 1.0, y)
    far_flower = [scatter_dots(160, 30 + i, radius=0.005) for i in range(3)]
    rain = [
        scatter_streaks(70, 41, length=0.15, width=0.0050, slope=-0.25),
        scatter_streaks(160, 42, length=0.09, width=0.0036, slope=-0.25),
    ]
    flakes = [
        scatter_dots(26, 43, radius=0.020),
        scatter_dots(85, 44, radius=0.012),
        scatter_dots(240, 45, radius=0.007),
    ]
    bubbles = scatter_dots(26, 46, radius=0.030)
    small_bubbles = scatter_dots(60, 47, radius=0.012)
    shell = 4 * bubbles * (1 - bubbles) * smoothstep(0.1, 0.5, bubbles)
    return {
        "clouds": clouds,
        "clouds_blown": _blown(clouds),
        "cloud_detail": _sky_plane(fractal_noise(1, 16, base=9, octaves=4, gain=0.6, stretch=1.3)),
        "stars": stars,
        "far_ridge": fractal_line(4, 51, base=2, octaves=3, gain=0.5),
        "mid_ridge": fractal_line(3, 52, base=2, octaves=3, gain=0.45),
        "hills": fractal_line(3, 53, base=1, octaves=3, gain=0.4),
        "foreground": fractal_line(3, 54, base=1, octaves=3, gain=0.4),
        "jag": fractal_line(2, 55, base=14, octaves=4, gain=0.6),
        "rock": rock / rock.std(),
        "grain": grain,
        "turf": _ground_plane(fractal_noise(1, 17, base=9, octaves=5, gain=0.65)),
        "fields": _ground_plane(fractal_noise(3, 18, base=3, octaves=3, gain=0.5)),
        "ripple": _ground_plane(fractal_noise(1, 19, base=6, octaves=4, gain=0.7, stretch=3.0)),
        "glitter": _ground_plane(fractal_noise(1, 29, base=24, octaves=3, gain=0.8, stretch=2.2)),
        "blades": fractal_noise(1, 56, base=48, octaves=3, gain=0.7, stretch=0.16),
        "leaves": fractal_noise(1, 57, base=26, octaves=4, gain=0.75),
        "flowers": torch.cat(
            [near * a + (1 - near) * b for a, b in zip(flower, far_flower, strict=True)]
        ),
        "flame": fractal_noise(1, 58, base=9, octaves=4, gain=0.55, stretch=0.45),
        "smoke": fractal_noise(1, 59, base=4, octaves=5, gain=0.6),
        "rain": torch.cat([rain[0], 0.75 * rain[1]]),
        "flakes": torch.cat([flakes[0], 0.9 * flakes[1], 0.75 * flakes[2]]),
        "gusts": _curled(scatter_streaks(34, 48, length=0.55, width=0.008, slope=9.0)),
        "driven_leaves": torch.cat(
            [
                (1.7 * scatter_streaks(58, 49, length=0.075, width=0.012, slope=3.0)).clamp(0, 1),
                (1.7 * scatter_streaks(64, 50, length=0.060, width=0.011, slope=-4.5)).clamp(0, 1),
            ]
        ),
        "bolt": fractal_line(3, 60, base=4, octaves=4, gain=0.6).transpose(2, 3),
        "bolt_kink": fractal_line(2, 61, base=8, octaves=3, gain=0.6).transpose(2, 3),
        "crest": fractal_line(4, 62, base=3, octaves=3, gain=0.4),
        "foam": fractal_noise(1, 63, base=12, octaves=4, gain=0.6, stretch=1.4),
        "bubbles": (shell + 0.8 * small_bubbles).clamp(0, 1),
    }


@lru_cache(maxsize=1)
def _drawn() -> dict[str, Tensor]:
    return _draw()


@lru_cache(maxsize=8)
def tables(size: int, device: torch.device) -> Tables:
    """The fixed tables at a picture size, on a device."""
    return Tables(**{name: resample(t, size).to(device) for name, t in _drawn().items()})

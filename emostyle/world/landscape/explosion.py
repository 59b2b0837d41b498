"""Explosion: a billowing fireball under its smoke, a shock ring, flying sparks."""

from functools import lru_cache

import torch
from torch import Tensor

from emostyle.world.draw import fractal_noise, look_up, mix, rgb, smoothstep
from emostyle.world.landscape.scene import Scene

_SIDE = 192


@lru_cache(maxsize=1)
def _puffs() -> Tensor:
    """A cauliflower of spheres in the unit disc: height, shading, turbulence and sparks."""
    generator = torch.Generator().manual_seed(71)
    axis = torch.linspace(-1, 1, _SIDE) * 1.5
    x, y = axis.view(1, -1), axis.view(-1, 1)
    height = torch.zeros(_SIDE, _SIDE)
    for _ in range(38):
        draw = torch.rand(3, generator=generator)
        angle, far, radius = 6.2832 * draw[0], 0.80 * draw[1] ** 0.5, 0.16 + 0.30 * draw[2] ** 2
        far = far * (1 + 0.22 * torch.cos(2 * angle - 0.8) + 0.12 * torch.cos(3 * angle))
        inside = radius**2 - (x - far * angle.cos()) ** 2 - (y - far * angle.sin()) ** 2
        dome = inside.clamp(min=0).sqrt() + 0.55 * (1 - far**2).clamp(min=0) ** 0.5
        height = torch.maximum(height, torch.where(inside > 0, dome, torch.zeros(())))
    shade = torch.roll(height, (3, 3), (0, 1)) - torch.roll(height, (-3, -3), (0, 1))
    noise = fractal_noise(1, 72, base=7, octaves=4, gain=0.6, size=_SIDE)[0, 0]
    reach = (x**2 + y**2).sqrt()
    sparks = torch.zeros(_SIDE, _SIDE)
    for _ in range(26):
        draw = torch.rand(3, generator=generator)
        angle, end = 3.1416 + 3.6 * (draw[0] - 0.5) + 1.5708, 1.0 + 0.48 * draw[1]
        along = x * angle.cos() + y * angle.sin()
        fall = 0.22 * (along - 0.6).clamp(min=0) ** 2
        across = (y - fall) * angle.cos() - x * angle.sin()
        streak = torch.exp(-((across / 0.022) ** 2)) * smoothstep(end - 0.5, end - 0.05, along)
        sparks = torch.maximum(sparks, streak * smoothstep(end + 0.05, end, along))
    sparks = sparks * smoothstep(1.5, 1.4, reach)
    return torch.stack([height, torch.tanh(-3 * shade), noise, sparks])


def paint_explosion(image: Tensor, scene: Scene) -> Tensor:
    """Flash, ring, smoke column with its cap, fireball."""
    blast, x, y = scene.f["explosion"], scene.x, scene.y
    shown = smoothstep(0.0, 0.30, blast)
    middle = 0.5 + 0.20 * scene.place("blast_place")
    radius = 0.085 + 0.145 * blast
    centre = 0.63 - 0.95 * radius
    table = _puffs().to(image)

    away = torch.sqrt((x - middle) ** 2 + (y - centre) ** 2 + 1e-8)
    image = image * (1 - 0.25 * blast)
    image = image + rgb(1.1, 0.50, 0.15, image) * (shown * torch.exp(-away / (1.3 * radius)))
    ground = torch.exp(-((x - middle) ** 2) / 0.10 - (y - 0.68) ** 2 / 0.02)
    image = image + rgb(0.9, 0.42, 0.10, image) * (0.6 * shown * ground)
    image = _ring(image, x - middle, y - 0.665, 1.9 * radius, shown)

    smoke = look_up(
        table, (x - middle) / (2.2 * radius), (y - centre + 0.95 * radius) / (1.75 * radius)
    )
    colour = rgb(0.20, 0.15, 0.14, image) * (0.55 + 0.45 * scene.light.level)
    colour = colour * (1.0 + 0.75 * smoke[:, 1:2] + 0.12 * smoke[:, 2:3])
    glow = smoothstep(centre - 1.7 * radius, centre, y)
    colour = colour + rgb(0.85, 0.25, 0.03, image) * (glow * (0.55 + 0.45 * smoke[:, 1:2]))
    image = mix(image, colour, 0.95 * shown * smoothstep(0.02, 0.22, smoke[:, :1]))

    ball = look_up(table, (x - middle) / (1.5 * radius), (y - centre) / (1.5 * radius))
    image = image + rgb(1.5, 1.0, 0.45, image) * (0.9 * shown * ball[:, 3:])
    heat = 0.95 * ball[:, :1] + 0.30 * ball[:, 1:2] + 0.16 * ball[:, 2:3]
    heat = heat + 0.25 * smoothstep(0.9 * radius, 0.0, away)
    colour = mix(
        rgb(0.40, 0.07, 0.02, image), rgb(1.45, 0.48, 0.04, image), smoothstep(0.1, 0.55, heat)
    )
    colour = mix(colour, rgb(1.75, 1.45, 0.70, image), smoothstep(0.55, 1.05, heat))
    return mix(image, colour, shown * smoothstep(0.02, 0.15, ball[:, :1]))


def _ring(image: Tensor, across: Tensor, down: Tensor, reach: Tensor, shown: Tensor) -> Tensor:
    """The shock ring lying on the ground, dust behind it."""
    round_ = torch.sqrt(across**2 + (3.4 * down) ** 2 + 1e-8)
    ring = torch.exp(-(((round_ - reach) / 0.022) ** 2))
    dust = torch.exp(-(((round_ - 0.85 * reach) / 0.07) ** 2)) * smoothstep(-0.02, 0.03, down)
    image = mix(image, rgb(0.50, 0.38, 0.28, image), 0.55 * shown * dust)
    return image + rgb(1.15, 0.90, 0.62, image) * (0.75 * shown * ring)

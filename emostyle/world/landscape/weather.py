"""What the air carries: rain, snow, wind-driven leaves and dust."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep
from emostyle.world.landscape.scene import Scene


def paint_rain(image: Tensor, scene: Scene) -> Tensor:
    """Mist over the land and bold slanted streaks."""
    rain, light, y = scene.f["rain"], scene.light, scene.y
    veil = 0.12 + 0.50 * smoothstep(0.15, 0.55, y) * smoothstep(1.0, 0.60, y)
    image = mix(image, light.horizon * 0.9, rain * veil)
    image = image * (1 - 0.35 * rain * smoothstep(0.6, 1.0, y))
    first, dense = scene.tables.rain[:1], scene.tables.rain[1:]
    streaks = torch.maximum(
        first * smoothstep(0.0, 0.45, rain), dense * smoothstep(0.25, 1.0, rain)
    )
    colour = rgb(0.80, 0.88, 1.0, image) * (0.30 + 0.62 * light.level)
    return image + colour * streaks * (0.45 + 0.55 * rain)


def paint_snowfall(image: Tensor, scene: Scene) -> Tensor:
    """Pale mist and flakes of three sizes."""
    snow, light = scene.f["snow"], scene.light
    image = mix(image, light.horizon * 1.05, 0.28 * snow)
    large, middle, small = scene.tables.flakes.split(1)
    flakes = middle * smoothstep(0.0, 0.45, snow)
    flakes = torch.maximum(flakes, large * smoothstep(0.25, 0.75, snow))
    flakes = torch.maximum(flakes, small * smoothstep(0.35, 1.0, snow))
    colour = rgb(1.15, 1.17, 1.20, image) * (0.55 + 0.70 * light.level)
    return mix(image, colour, flakes)


def paint_wind(image: Tensor, scene: Scene) -> Tensor:
    """Dust above the ground, pale gusts across the sky and driven leaves."""
    wind, light, y, tables = scene.f["wind"], scene.light, scene.y, scene.tables
    dust = smoothstep(0.42, 0.70, y) * smoothstep(1.15, 0.75, y)
    dust = dust * (0.75 + 0.35 * torch.tanh(tables.clouds_blown[:1] + tables.gusts * 2))
    bright = 0.25 + 0.75 * light.ambient
    image = mix(image, rgb(0.72, 0.58, 0.36, image) * bright, 0.70 * wind * dust)
    image = mix(image, rgb(0.80, 0.76, 0.66, image) * bright, 0.14 * wind)
    gusts = tables.gusts * smoothstep(0.0, 0.6, wind)
    image = image + rgb(0.95, 0.93, 0.85, image) * (0.55 * gusts * (0.3 + 0.7 * light.level))
    first, more = tables.driven_leaves.split(1)
    image = mix(image, rgb(0.75, 0.26, 0.03, image) * bright, smoothstep(0.0, 0.45, wind) * first)
    return mix(image, rgb(0.45, 0.33, 0.06, image) * bright, smoothstep(0.3, 1.0, wind) * more)

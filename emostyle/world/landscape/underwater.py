"""Underwater: the view sinks below the surface into blue-green water with rays and bubbles."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene

# Kelp: place, height, phase. Fish: place x, place y, half length.
_KELP = (
    (0.07, 0.34, 0.0),
    (0.15, 0.22, 1.9),
    (0.84, 0.26, 0.7),
    (0.91, 0.38, 2.6),
    (0.97, 0.20, 4.1),
)
_FISH = ((0.30, 0.60, 0.050), (0.40, 0.67, 0.036), (0.24, 0.71, 0.032), (0.70, 0.74, 0.042))


def paint_underwater(image: Tensor, scene: Scene) -> Tensor:
    """Water rises over the lens; under it rays, sand, kelp, fish and bubbles."""
    sunk, light, x, y = scene.f["underwater"], scene.light, scene.x, scene.y
    surface = 1.02 - 1.10 * sunk**0.85 + 0.012 * torch.sin(11 * x + 1.3) + 0.006 * torch.sin(29 * x)
    depth = y - surface
    under = soft_edge(depth, 2 * scene.pixel)
    bright = 0.40 + 0.60 * light.ambient.mean(1, keepdim=True)
    shallow = rgb(0.06, 0.66, 0.74, image) * bright
    deep = rgb(0.0, 0.20, 0.46, image) * bright
    water = mix(shallow, deep, smoothstep(0.0, 0.85, depth.clamp(min=0) * 0.8 + 0.25 * y))
    kept = image * rgb(0.10, 0.62, 0.80, image)
    water = mix(kept, water, 0.62 + 0.06 * sunk)
    water = water + _rays(scene, depth) * rgb(0.45, 0.80, 0.72, image) * bright
    water = _bed(water, scene, bright)
    bubbles = scene.tables.bubbles * smoothstep(0.02, 0.10, depth)
    water = water + rgb(0.55, 0.80, 0.82, image) * bright * (0.85 * bubbles)
    line = torch.exp(-((depth / 0.012) ** 2))
    shimmer = torch.exp(-depth.clamp(min=0) / 0.05) * (0.6 + 0.4 * torch.sin(60 * x + 9 * y))
    water = water + rgb(0.35, 0.55, 0.50, image) * bright * (0.5 * shimmer)
    image = mix(image, water, under)
    return image + rgb(0.65, 0.85, 0.85, image) * bright * (0.75 * line * smoothstep(0, 0.1, sunk))


def _rays(scene: Scene, depth: Tensor) -> Tensor:
    """Slanting shafts of light that fan out below the sun and fade with depth."""
    x, y = scene.x, scene.y
    fan = (x - 0.5 - 0.30 * (scene.light.sun_x - 0.5)) / (0.45 + 0.75 * y)
    beams = torch.sin(17 * fan + 0.6) * torch.sin(31 * fan + 1.1) + 0.6 * torch.sin(9 * fan)
    fade = torch.exp(-depth.clamp(min=0) / 0.40) * smoothstep(0.0, 0.05, depth)
    return 0.55 * smoothstep(0.0, 1.3, beams) * fade


def _bed(water: Tensor, scene: Scene, bright: Tensor) -> Tensor:
    """Sand with caustics, kelp and fish."""
    x, y, pixel, tables = scene.x, scene.y, scene.pixel, scene.tables
    sand_top = 0.895 - 0.020 * torch.sin(5 * x + 0.4) + 0.010 * torch.sin(13 * x)
    caustic = smoothstep(0.5, 0.0, tables.ripple.abs()) ** 2
    sand = rgb(0.50, 0.62, 0.44, water) * bright * (0.75 + 0.55 * caustic)
    water = mix(water, sand, 0.85 * soft_edge(y - sand_top, 2 * pixel))
    kelp = torch.zeros_like(y * x)
    for place, height, phase in _KELP:
        up = (0.96 - y) / height
        stem = place + 0.022 * torch.sin(5.5 * up + phase) * up
        width = 0.026 * (1.05 - up) * (0.75 + 0.25 * torch.sin(34 * up))
        inside = torch.where((up > 0) & (up < 1), width - (x - stem).abs(), -0.1)
        kelp = torch.maximum(kelp, soft_edge(inside, pixel))
    water = mix(water, rgb(0.02, 0.24, 0.09, water) * bright, 0.93 * kelp)
    fish = torch.zeros_like(kelp)
    for place_x, place_y, half in _FISH:
        u, v = (x - place_x) / half, (y - place_y) / half
        body = 0.36 * (1 - u**2).clamp(min=-9.0) - v.abs()
        tail = torch.where((u < -0.75) & (u > -1.45), -(u + 0.75) * 0.75 + 0.04 - v.abs(), -9.0)
        fish = torch.maximum(fish, soft_edge(torch.maximum(body, tail) * half, pixel))
    return mix(water, rgb(1.05, 0.52, 0.16, water) * bright, 0.92 * fish)

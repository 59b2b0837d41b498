"""The sky: gradient, stars, moon, sun and clouds."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, mixture, rgb, shifted, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene
from emostyle.world.landscape.tables import HORIZON


def paint_sky(scene: Scene) -> Tensor:
    """Sky gradient with stars, moon and sun: the first layer, (B, 3, S, S)."""
    light, x, y = scene.light, scene.x, scene.y
    height = (y / HORIZON).clamp(0, 1)
    image = mix(light.zenith, light.horizon, height**1.6)
    image = image.expand(-1, -1, -1, x.shape[-1])
    # The low sun colours its own side of the sky.
    side = torch.exp(-((x - light.sun_x) ** 2) / 0.10) * height**2
    image = image + light.sun * (0.30 * light.gold * (1 - light.overcast) * side)
    return _sun(_moon(image, scene), scene)


def _moon(image: Tensor, scene: Scene) -> Tensor:
    light, x, y = scene.light, scene.x, scene.y
    seen = light.night * (1 - light.overcast)
    image = image + rgb(0.9, 0.95, 1.1, image) * (scene.tables.stars * seen * (1.15 - y * 1.4))
    moon_x, moon_y = 1 - light.sun_x, 0.17
    distance = torch.sqrt((x - moon_x) ** 2 + (y - moon_y) ** 2)
    shadow = torch.sqrt((x - moon_x - 0.030) ** 2 + (y - moon_y + 0.014) ** 2)
    disc = soft_edge(0.062 - distance, scene.pixel)
    disc = disc * (1 - 0.92 * soft_edge(0.056 - shadow, 2 * scene.pixel))
    image = image + rgb(0.40, 0.52, 0.95, image) * (seen * 0.32 * torch.exp(-distance / 0.13))
    return mix(image, rgb(1.05, 1.02, 0.88, image), seen * disc)


def _sun(image: Tensor, scene: Scene) -> Tensor:
    light, x, y = scene.light, scene.x, scene.y
    joy = scene.f["joy"]
    distance = torch.sqrt((x - light.sun_x) ** 2 + (y - light.sun_y) ** 2)
    glow = 0.8 * torch.exp(-distance / 0.06)
    glow = glow + (0.40 * (0.35 + light.gold) + 0.35 * joy) * torch.exp(-distance / 0.25)
    image = image + light.sun * (light.sun_visible * glow)
    radius = 0.048 + 0.022 * joy
    disc = soft_edge(radius - distance, 1.5 * scene.pixel) * light.sun_visible
    core = mix(rgb(1.35, 1.28, 1.05, image), rgb(1.55, 1.05, 0.48, image), light.gold)
    return mix(image, core, disc)


def paint_clouds(image: Tensor, scene: Scene) -> Tensor:
    """Clouds mixed from fixed tables, lit from the sun's side, closed to a deck when overcast."""
    light, x, y, tables = scene.light, scene.x, scene.y, scene.tables
    wind = scene.f["wind"]
    form = scene.form["clouds"]
    heap = mixture(form, tables.clouds)
    heap = mix(heap, mixture(form, tables.clouds_blown), 0.9 * smoothstep(0, 0.8, wind))
    heap = heap + 0.22 * tables.cloud_detail
    cover = scene.f["clouds"] * 1.7 - 1.35 + 1.7 * light.overcast + 0.35 * wind
    density = smoothstep(0.0, 1.15, heap + cover) * smoothstep(0.64, 0.40, y)
    step = max(1, round(0.03 * x.shape[-1]))
    down = heap - shifted(heap, step, 2)
    lit = (0.62 - 0.55 * down - 0.10 * heap.clamp(min=0)).clamp(0.0, 1.25)
    colour = mix(rgb(0.10, 0.12, 0.22, image), rgb(1.02, 1.02, 1.04, image), light.day)
    colour = mix(colour, rgb(1.35, 0.62, 0.42, image), 0.85 * light.gold)
    shade = mix(rgb(0.50, 0.53, 0.66, image), rgb(1, 1, 1, image), lit)
    deck = rgb(0.56, 0.59, 0.64, image) * light.level * (0.34 + 0.95 * lit)
    storm = scene.f["thunderstorm"]
    deck = deck * mix(rgb(1, 1, 1, image), rgb(0.27, 0.27, 0.42, image), smoothstep(0, 1.0, storm))
    deck = deck * mix(rgb(1, 1, 1, image), rgb(0.55, 0.60, 0.70, image), scene.f["gloom"])
    colour = mix(colour * shade, deck, light.overcast)
    near_sun = torch.exp(-((x - light.sun_x) ** 2 + (y - light.sun_y) ** 2) / 0.05)
    rim = 4 * density * (1 - density) * near_sun * light.sun_visible
    return mix(image, colour, 0.93 * density) + light.sun * (0.35 * rim)

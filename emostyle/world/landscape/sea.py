"""A lake or sea in the middle distance: the mirrored picture, ripples and sun glitter."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene
from emostyle.world.landscape.tables import SHORE


def sea_amount(scene: Scene) -> Tensor:
    """0 meadow, 1 water: a steep smooth step around 0.5."""
    return smoothstep(0.42, 0.58, scene.f["sea"])


def paint_sea(image: Tensor, scene: Scene) -> Tensor:
    """Water below the shore line, mirroring what is painted above it."""
    light, x, y, tables = scene.light, scene.x, scene.y, scene.tables
    near = ((y - SHORE) / (1 - SHORE)).clamp(0, 1)
    mirrored = _mirror(image, scene, near)
    deep = rgb(0.02, 0.17, 0.25, image) * light.ambient + 0.22 * light.zenith
    water = mix(mirrored * rgb(0.74, 0.84, 0.92, image), deep, 0.25 + 0.42 * near)
    water = water * (1 + 0.20 * tables.ripple * (0.35 + near))
    lane = torch.exp(-(((x - light.sun_x) / (0.035 + 0.13 * near)) ** 2))
    sparkle = smoothstep(0.1, 1.1, tables.glitter + 0.4 * tables.ripple)
    water = water + light.sun * (
        lane * (0.25 + 1.1 * sparkle) * light.sun_visible * (0.35 + 0.8 * light.gold)
    )
    moon = torch.exp(-(((x - 1 + light.sun_x) / (0.03 + 0.08 * near)) ** 2)) * sparkle
    water = water + rgb(0.5, 0.6, 0.85, image) * (moon * light.night * (1 - light.overcast) * 0.8)
    ice = light.winter * smoothstep(0.3, 1.2, tables.ripple + 0.8 * tables.turf)
    water = mix(water, rgb(0.80, 0.88, 0.96, image) * light.ambient, 0.5 * ice)
    water = mix(water, light.haze, (0.40 + 0.2 * light.overcast) * (1 - near) ** 5)
    strand = torch.exp(-(((y - SHORE - 0.004) / 0.007) ** 2))
    bank = mix(light.grass * 0.45, rgb(0.6, 0.65, 0.7, image), light.winter) * light.ambient
    water = mix(water, bank, 0.8 * strand)
    return mix(image, water, soft_edge(y - SHORE, scene.pixel) * sea_amount(scene))


def _mirror(image: Tensor, scene: Scene, near: Tensor) -> Tensor:
    """The picture above the shore turned over and shaken by the fixed ripples."""
    size = image.shape[-1]
    ripple = scene.tables.ripple[0, 0]
    row = ((SHORE - 1.08 * (scene.y[0, 0] - SHORE) + 0.012 * near[0, 0] * ripple) * size).long()
    column = (scene.x[0, 0] * size + 0.030 * size * near[0, 0] * ripple).long()
    index = row.clamp(0, size - 1) * size + column.clamp(0, size - 1)
    mirrored = image.flatten(2)[:, :, index.flatten()].view_as(image)
    return 0.5 * mirrored + 0.25 * (torch.roll(mirrored, 1, 3) + torch.roll(mirrored, -1, 3))

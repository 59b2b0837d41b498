"""The ground: the meadow of the middle distance and the bank in front."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, mixture, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene
from emostyle.world.landscape.tables import SHORE


def paint_meadow(image: Tensor, scene: Scene) -> Tensor:
    """Rolling fields with cloud shadows, a winding path, flowers or snow."""
    light, x, y, tables = scene.light, scene.x, scene.y, scene.tables
    near = ((y - SHORE) / (1 - SHORE)).clamp(0, 1)
    roll = mixture(scene.form["foreground"], tables.fields)
    straw = mix(light.grass * 1.15, rgb(0.60, 0.50, 0.17, image), 0.55 * (1 - 0.6 * light.spring))
    colour = mix(light.grass, straw, smoothstep(-0.2, 1.1, tables.turf + 0.9 * roll))
    colour = mix(colour, light.grass * 0.55, smoothstep(0.25, 1.3, -0.7 * tables.turf - roll))
    colour = colour * (0.82 + 0.22 * torch.tanh(0.9 * roll + 0.7 * tables.turf) + 0.18 * near)
    bend = 0.5 + 0.17 * torch.sin(5.2 * near + 0.6) * (1 - 0.35 * near)
    path = soft_edge(0.006 + 0.075 * near**1.4 - (x - bend).abs(), 2.5 * scene.pixel)
    colour = mix(colour, rgb(0.55, 0.46, 0.32, image) * (1 + 0.1 * tables.turf), 0.8 * path)
    snow = rgb(0.95, 1.0, 1.10, image) * (0.90 + 0.09 * torch.tanh(roll + tables.turf))
    snow = mix(snow, rgb(0.70, 0.74, 0.86, image), 0.6 * path)
    colour = mix(colour, snow, 0.94 * light.winter)
    colour = _flowers(colour, scene) * light.ambient * 1.15
    wet = scene.f["rain"] * smoothstep(0.2, 1.0, -roll + 0.8 * path)
    colour = mix(colour, light.horizon * 0.75, 0.55 * wet)
    sun_pool = torch.exp(-(((x - light.sun_x) / (0.12 + 0.25 * near)) ** 2)) * (1 - near)
    colour = colour + light.sun * light.ambient * (0.20 * light.sun_visible * sun_pool)
    colour = mix(colour, light.haze, (0.42 + 0.3 * light.overcast) * (1 - near) ** 4)
    return mix(image, colour, soft_edge(y - SHORE, scene.pixel))


def _flowers(colour: Tensor, scene: Scene) -> Tensor:
    """Poppies, buttercups and bluebells: some in spring, many in joy."""
    amount = 1 - (1 - 0.6 * scene.light.spring) * (1 - smoothstep(0, 0.7, scene.f["joy"]))
    amount = amount * (1 - scene.light.winter * (1 - scene.f["joy"])) * (1 - scene.f["gloom"])
    hues = ((1.15, 0.16, 0.10), (1.20, 0.95, 0.15), (0.95, 0.55, 1.05))
    for hue, dots in zip(hues, scene.tables.flowers, strict=True):
        colour = mix(colour, rgb(*hue, colour), 0.95 * amount * dots)
    return colour


def bank_outline(scene: Scene) -> Tensor:
    """Upper edge of the bank in front, (B, 1, 1, S)."""
    form = mixture(scene.form["foreground"], scene.tables.foreground)
    return 0.905 - 0.022 * form - 0.03 * (2 * scene.x - 1).abs() ** 2


def paint_bank(image: Tensor, scene: Scene) -> Tensor:
    """The bank in front: grass blades with light from behind, flowers, snow."""
    light, y, tables = scene.light, scene.y, scene.tables
    top = bank_outline(scene)
    depth = y - top + 0.010 * tables.blades
    inside = soft_edge(depth, scene.pixel)
    colour = light.grass * (0.34 + 0.14 * torch.tanh(tables.blades) + 0.06 * tables.grain)
    lit = smoothstep(0.035, 0.0, depth)
    colour = colour * (1 + 1.1 * lit * (0.4 + light.sun_visible))
    snow = rgb(0.85, 0.90, 1.02, image) * (0.86 + 0.07 * tables.grain)
    colour = mix(colour, snow, 0.9 * light.winter)
    colour = _flowers(colour, scene) * (light.ambient + 0.04)
    colour = colour + light.sun * (0.16 * light.sun_visible * lit * (0.3 + light.gold))
    return mix(image, colour, inside)

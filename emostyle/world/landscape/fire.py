"""Fire: a burning line of flames behind and among the trees under smoke and a glowing sky."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep
from emostyle.world.landscape.ground import bank_outline
from emostyle.world.landscape.scene import Scene


def paint_fire_glow(image: Tensor, scene: Scene) -> Tensor:
    """Smoke over the sky, orange light over the land, flames far off and near."""
    fire, x, y, tables = scene.f["fire"], scene.x, scene.y, scene.tables
    shown = smoothstep(0.0, 0.5, fire)
    foot = bank_outline(scene)
    drift = 0.5 + 0.30 * (0.75 - y)
    plume = smoothstep(0.55, 0.05, (x - drift).abs() * (0.75 + 0.5 * y))
    smoke = smoothstep(-0.9, 1.1, tables.smoke + 1.5 * plume + 0.9 * fire - 0.9)
    smoke = smoke * smoothstep(0.85, 0.55, y) * (0.45 + 0.5 * fire)
    billow = 0.75 + 0.35 * torch.tanh(tables.smoke - torch.roll(tables.smoke, 4, 2) * 0.8)
    dark = rgb(0.17, 0.13, 0.12, image) * (0.35 + 0.65 * scene.light.ambient) * billow
    under = smoothstep(0.15, 0.75, y)
    dark = dark + rgb(0.62, 0.19, 0.03, image) * (under * (0.4 + 0.6 * fire) * billow)
    image = mix(image, dark, shown * smoke)
    glow = torch.exp(-((y - 0.80).abs() / (0.16 + 0.14 * fire)))
    image = image * (1 - 0.30 * shown) + rgb(0.95, 0.30, 0.04, image) * (0.75 * shown * glow)
    image = _flames(image, scene, 0.665 + 0 * x, 0.05 + 0.09 * fire, shown * 0.85)
    return _flames(image, scene, foot + 0.01, 0.11 + 0.26 * fire, shown)


def paint_fire_front(image: Tensor, scene: Scene) -> Tensor:
    """Flames that lick over the trees and the bank, and sparks of light on them."""
    fire, y = scene.f["fire"], scene.y
    shown = smoothstep(0.0, 0.5, fire)
    foot = bank_outline(scene)
    warm = torch.exp(-((y - foot).abs() / 0.10))
    image = image + rgb(0.75, 0.22, 0.03, image) * (0.55 * shown * warm)
    return _flames(image, scene, foot + 0.075, 0.06 + 0.13 * fire, 0.8 * shown)


def _flames(image: Tensor, scene: Scene, foot: Tensor, height: Tensor, amount: Tensor) -> Tensor:
    """Tongues of flame rising from the line `foot`."""
    tables = scene.tables
    rise = (foot - scene.y) / height
    tongue = 0.42 * tables.flame + 0.22 * tables.jag[:1] + 0.20 * tables.foreground[:1]
    heat = 1 - 1.1 * rise.clamp(min=0) + tongue
    body = smoothstep(0.22, 0.55, heat) * smoothstep(-0.35, 0.0, rise)
    core = smoothstep(0.65, 1.30, heat - 0.25 * rise.clamp(min=0))
    colour = mix(rgb(1.20, 0.26, 0.02, image), rgb(1.60, 0.95, 0.18, image), core)
    colour = mix(colour, rgb(1.7, 1.45, 0.7, image), smoothstep(1.1, 1.6, heat))
    return mix(image, colour, body * amount)

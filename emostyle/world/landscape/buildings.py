"""Church and village in the middle ground, their windows lit when it is dark."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene
from emostyle.world.landscape.sea import sea_amount

_BASE = 0.634
# Offset from the village's middle, scale, step towards the viewer; far to near.
_HOUSES = (
    (-0.055, 0.85, 0.0),
    (0.125, 0.95, 0.2),
    (-0.155, 1.05, 0.5),
    (0.210, 1.10, 0.8),
    (0.030, 1.25, 1.0),
)
_WALLS = ((0.92, 0.86, 0.74), (0.86, 0.78, 0.66), (0.95, 0.92, 0.86), (0.82, 0.66, 0.52))


def church_amount(scene: Scene) -> Tensor:
    """0 none, 1 a church: a steep smooth step around 0.5."""
    return smoothstep(0.42, 0.58, scene.f["church"])


def village_amount(scene: Scene) -> Tensor:
    """0 none, 1 houses: a steep smooth step around 0.5."""
    return smoothstep(0.42, 0.58, scene.f["village"])


def paint_village(image: Tensor, scene: Scene) -> Tensor:
    """Five gabled houses with red roofs."""
    amount = village_amount(scene)
    middle = 0.5 + 0.22 * scene.place("village_place")
    land = 1 - sea_amount(scene)
    for number, (offset, scale, step) in enumerate(_HOUSES):
        wall = _WALLS[number % len(_WALLS)]
        place = (middle + offset, _BASE + 0.035 * step * land)
        height, roof = 0.046 * scale, 0.046 * scale
        image = _house(image, scene, amount, place, 0.036 * scale, height, roof, wall)
    return image


def paint_church(image: Tensor, scene: Scene) -> Tensor:
    """A white nave with a tower, a tall dark spire and a cross."""
    amount, x, y, pixel = church_amount(scene), scene.x, scene.y, scene.pixel
    middle = 0.5 - 0.24 * scene.place("church_place")
    image = _house(
        image,
        scene,
        amount,
        (middle + 0.065, _BASE + 0 * middle),
        0.070,
        0.070,
        0.055,
        (0.95, 0.93, 0.88),
    )
    across = x - middle + 0.02
    tower = torch.minimum(0.030 - across.abs(), torch.minimum(y - 0.455, _BASE - y))
    spire = torch.minimum(0.036 * (y - 0.315) / 0.14 - across.abs(), 0.458 - y)
    cross = torch.maximum(
        torch.minimum(0.0045 - across.abs(), torch.minimum(y - 0.278, 0.325 - y)),
        torch.minimum(0.016 - across.abs(), 0.0045 - (y - 0.292).abs()),
    )
    sunny = _sunny(scene, across, 0.030)
    stone = rgb(0.95, 0.93, 0.88, image) * scene.light.ambient * sunny
    slate = mix(rgb(0.22, 0.25, 0.33, image), rgb(0.9, 0.95, 1.0, image), 0.6 * scene.light.winter)
    slate = slate * scene.light.ambient * sunny
    image = mix(image, _hazed(stone, scene), soft_edge(tower, pixel) * amount)
    image = mix(image, _hazed(slate, scene), soft_edge(spire, pixel) * amount)
    image = mix(
        image, rgb(0.9, 0.75, 0.35, image) * scene.light.ambient, soft_edge(cross, pixel) * amount
    )
    window = torch.minimum(0.010 - across.abs(), 0.020 - (y - 0.50).abs())
    return _window(image, scene, window, amount)


def _house(
    image: Tensor,
    scene: Scene,
    amount: Tensor,
    place: tuple[Tensor, Tensor],
    half_width: float,
    height: float,
    roof: float,
    wall: tuple[float, float, float],
) -> Tensor:
    """A gabled house; `place` is the middle of its base line."""
    light, y, pixel = scene.light, scene.y, scene.pixel
    across = scene.x - place[0]
    eaves = place[1] - height
    box = torch.minimum(half_width - across.abs(), torch.minimum(y - eaves, place[1] - y))
    slope = 1.25 * half_width * (y - (eaves - roof)) / roof - across.abs()
    gable = torch.minimum(slope, eaves + 0.004 - y)
    sunny = _sunny(scene, across, half_width)
    stone = _hazed(rgb(*wall, image) * light.ambient * sunny, scene)
    tiles = mix(rgb(0.55, 0.17, 0.10, image), rgb(0.95, 0.98, 1.05, image), 0.92 * light.winter)
    tiles = _hazed(tiles * light.ambient * sunny, scene)
    image = mix(image, stone, soft_edge(box, pixel) * amount)
    image = mix(image, tiles, soft_edge(gable, pixel) * amount)
    panes = half_width * 0.42 - (across.abs() - half_width * 0.5).abs() * 1.6
    window = torch.minimum(panes, height * 0.26 - (y - eaves - height * 0.5).abs())
    return _window(image, scene, window, amount)


def _sunny(scene: Scene, across: Tensor, half_width: float) -> Tensor:
    """Walls are lighter on the sun's side."""
    side = torch.sign(scene.light.sun_x - scene.x)
    return 0.92 + 0.22 * (1 - scene.light.overcast) * side * (across / half_width).clamp(-1, 1)


def _hazed(colour: Tensor, scene: Scene) -> Tensor:
    return mix(colour, scene.light.haze, torch.as_tensor(0.12))


def _window(image: Tensor, scene: Scene, inside: Tensor, amount: Tensor) -> Tensor:
    """A pane: dark by day, glowing at night or under a dark sky."""
    light = scene.light
    glow = 1 - (1 - light.night) * (1 - 0.6 * light.gold) * (1 - 0.7 * light.overcast)
    pane = mix(rgb(0.14, 0.17, 0.22, image) * light.ambient, rgb(1.35, 0.85, 0.30, image), glow)
    return mix(image, pane, soft_edge(inside, scene.pixel) * amount)

"""Thunderstorm: forked lightning under the dark deck, and its light on clouds and land."""

import torch
from torch import Tensor

from emostyle.world.draw import mixture, rgb, shifted, smoothstep
from emostyle.world.landscape.scene import Scene
from emostyle.world.landscape.tables import HORIZON


def paint_lightning(image: Tensor, scene: Scene) -> Tensor:
    """Forked bolts from the deck to the horizon: one, and in a strong storm a second."""
    storm = scene.f["thunderstorm"]
    first = smoothstep(0.02, 0.45, storm)
    side = torch.tanh(6 * (scene.f["sun_side"] - 0.5))
    image = _bolt(image, scene, _bolt_place(scene), 1.0, first)
    second = _bolt_place(scene) + 0.36 * side + 0.05
    return _bolt(image, scene, second, -0.7, 0.65 * smoothstep(0.5, 1.0, storm))


def _bolt(image: Tensor, scene: Scene, start: Tensor, bend: float, amount: Tensor) -> Tensor:
    """One bolt with two forks and the sheet light around it; `bend` scales its free form."""
    x, y, kink = scene.x, scene.y, scene.tables.bolt_kink
    path = start + 0.085 * bend * mixture(scene.form["bolt"], scene.tables.bolt) * (0.35 + y)
    path = path + 0.020 * (kink[:1] + 0.8 * _zigzag(y))
    light = _stroke(x - path, 0.0085 * _lean(path)) * smoothstep(HORIZON + 0.05, HORIZON, y)
    for number, (fork, lean, end) in enumerate(((0.16, 0.55, 0.46), (0.28, -0.60, 0.54))):
        branch = path + bend * lean * (y - fork).clamp(min=0) + 0.035 * kink[number] * (y > fork)
        alive = smoothstep(fork - 0.01, fork + 0.02, y) * smoothstep(end, end - 0.16, y)
        light = torch.maximum(light, 0.75 * _stroke(x - branch, 0.0060 * _lean(branch)) * alive)
    sheet = torch.exp(-(((x - path) / 0.24) ** 2)) * smoothstep(HORIZON + 0.1, 0.1, y)
    image = image * (1 + 1.3 * amount * sheet)
    return image + rgb(0.86, 0.88, 1.25, image) * (amount * (light + 0.10 * sheet))


def paint_flash(image: Tensor, scene: Scene) -> Tensor:
    """The flash's violet light on the land below the bolt."""
    storm = smoothstep(0.02, 0.45, scene.f["thunderstorm"])
    away = (scene.x - _bolt_place(scene)) ** 2 / 0.05 + (scene.y - 0.62) ** 2 / 0.03
    return image * (1 + storm * torch.exp(-away) * rgb(0.9, 0.9, 1.5, image))


def _bolt_place(scene: Scene) -> Tensor:
    """The bolt falls a little to the side of the middle, away from the sun."""
    return 0.70 - 0.40 * scene.f["sun_side"]


def _zigzag(y: Tensor) -> Tensor:
    """A triangle wave of uneven pace."""
    phase = 7.0 * y + 0.35 * torch.sin(9 * y)
    return 4 * (phase % 1.0 - 0.5).abs() - 1


def _lean(path: Tensor) -> Tensor:
    """Width across x of a stroke of unit thickness that follows `path` (B, 1, S, 1)."""
    size = path.shape[2]
    slope = (shifted(path, -1, 2) - shifted(path, 1, 2)) * (0.5 * size)
    return torch.sqrt(1 + slope.clamp(-4, 4) ** 2)


def _stroke(distance: Tensor, width: Tensor) -> Tensor:
    distance = distance.abs()
    return (
        2.2 * torch.exp(-((distance / width) ** 2))
        + 0.55 * torch.exp(-distance / 0.030)
        + 0.16 * torch.exp(-distance / 0.12)
    )

"""Waves: surf that covers the ground below the horizon with breaking crests and foam."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, mixture, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene

# Rest height, height of the wave, side its swell leans to; far to near.
_CRESTS = ((0.665, 0.040, -0.25), (0.735, 0.120, 0.20), (0.860, 0.200, -0.14))
_FRONT = (0.985, 0.100, 0.28)


def paint_surf(image: Tensor, scene: Scene) -> Tensor:
    """Dark green water with three breakers; higher and whiter with strength."""
    wave, light, y, tables = scene.f["waves"], scene.light, scene.y, scene.tables
    shown = smoothstep(0.0, 0.30, wave)
    near = ((y - 0.60) / 0.40).clamp(0, 1)
    base = mix(light.haze * 0.75, rgb(0.03, 0.26, 0.33, image) * _bright(scene), near**0.5)
    base = base * (1 + 0.14 * tables.ripple)
    image = mix(image, base, shown * soft_edge(y - 0.612, 2 * scene.pixel))
    for number, crest in enumerate(_CRESTS):
        image = _breaker(image, scene, number, crest, shown)
    spray = torch.exp(-(((y - 0.60) / 0.07) ** 2)) * wave
    return mix(image, light.haze * 1.05, 0.35 * spray)


def paint_surf_front(image: Tensor, scene: Scene) -> Tensor:
    """The last breaker, which floods the bank and the feet of the trees."""
    return _breaker(image, scene, 3, _FRONT, smoothstep(0.05, 0.45, scene.f["waves"]))


def _bright(scene: Scene) -> Tensor:
    """Light on the water: never so dark that a night's surf cannot be seen."""
    return 1.15 * scene.light.ambient + 0.18


def _breaker(
    image: Tensor, scene: Scene, number: int, crest: tuple[float, float, float], shown: Tensor
) -> Tensor:
    """One wave: a translucent face under a curling white lip, lace on the water before it."""
    rest, height, lean = crest
    wave, x, y, foam = scene.f["waves"], scene.x, scene.y, scene.tables.foam
    outline = scene.tables.crest[number : number + 1]
    place = 0.5 + lean + 0.12 * mixture(scene.form["hills"], scene.tables.crest[:3])
    swell = torch.exp(-(((x - place) / 0.30) ** 2))
    lift = height * (0.06 + 1.0 * wave) * (0.30 + 0.85 * swell) * (1 + 0.14 * outline)
    below = y - (rest - lift)
    tall = lift + 0.10 * height + 0.006
    down = below / tall
    bright = _bright(scene)
    thin = rgb(0.10, 0.56, 0.52, image) * bright
    deep = rgb(0.01, 0.15, 0.23, image) * bright
    face = mix(thin, deep, smoothstep(0.15, 0.80, down)) * (1 + 0.10 * foam)
    inside = soft_edge(below, scene.pixel) * smoothstep(1.35, 1.05, down)
    image = mix(image, face, shown * inside)
    white = rgb(0.98, 1.03, 1.08, image) * (bright + 0.08) * (0.90 + 0.10 * torch.tanh(foam))
    # The lip hangs down where the swell is high and tears into threads.
    lip = (tall * (0.10 + 0.24 * wave * swell) + 0.006) * (1 + 0.30 * torch.tanh(foam))
    curl = soft_edge(below + 0.12 * lip, 2 * scene.pixel) * smoothstep(1.15, 0.75, below / lip)
    image = mix(image, white, shown * curl)
    wash = torch.exp(-(((y - rest - 0.02) / (0.020 + 0.10 * height)) ** 2))
    lace = smoothstep(0.65, 1.0, wash * (0.60 + 0.40 * wave) + 0.16 * foam)
    return mix(image, white * 0.95, 0.92 * shown * lace)

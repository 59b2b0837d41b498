"""Mountain ridges and hills, far to near, fading into the haze."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, mixture, rgb, shifted, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene


def paint_ridges(image: Tensor, scene: Scene) -> Tensor:
    """Two ridged mountain chains and the near hills with atmospheric perspective."""
    f, tables = scene.f, scene.tables
    jag = tables.jag
    far = 1.0 - 1.15 * mixture(scene.form["far_ridge"], tables.far_ridge).abs() + 0.10 * jag[:1]
    mid = 0.9 - 1.05 * mixture(scene.form["mid_ridge"], tables.mid_ridge).abs() + 0.09 * jag[1:]
    hill = 0.3 * mixture(scene.form["hills"], tables.hills) + 0.02 * jag[1:]
    reach = 0.12 + 0.88 * f["mountains"]
    image = _ridge(image, scene, 0.575 - reach * (0.155 + 0.17 * far), 0.58, haze=0.52, green=0.05)
    image = _ridge(image, scene, 0.60 - reach * (0.07 + 0.10 * mid), 0.61, haze=0.30, green=0.45)
    low = 0.615 - (0.15 + 0.85 * f["hills"]) * (0.055 + 0.085 * hill)
    return _ridge(image, scene, low, 0.63, haze=0.12, green=1.0)


def _ridge(
    image: Tensor, scene: Scene, top: Tensor, base: float, haze: float, green: float
) -> Tensor:
    """One ridge whose outline is `top` (B, 1, 1, S), standing at height `base`."""
    light, y, tables = scene.light, scene.y, scene.tables
    size = image.shape[-1]
    step = max(1, round(0.016 * size))
    slope = (shifted(top, -step, 3) - shifted(top, step, 3)) * 34
    side = torch.tanh((scene.x - light.sun_x) * 5)
    relief = 0.55 * tables.rock if green < 0.9 else 0.30 * tables.rock + 0.18 * tables.grain
    contrast = 0.55 + 0.45 * (1 - light.overcast)
    shade = 0.74 + 0.36 * contrast * torch.tanh(side * slope + relief)
    body = mix(rgb(0.34, 0.31, 0.36, image), light.grass * 0.85, torch.as_tensor(green))
    if green < 0.9:
        body = mix(body, rgb(0.42, 0.30, 0.22, image), 0.35 * light.gold)
        line = 0.40 + 0.26 * light.winter - (0.14 if green > 0.2 else 0.0)
        cap = smoothstep(0.03, -0.05, y - line + 0.022 * tables.rock)
    else:
        wood = smoothstep(-0.2, 0.9, tables.grain + 1.2 * (scene.f["trees"] - 0.5))
        body = body * (1 - 0.45 * wood)
        cap = light.winter * (1 - 0.55 * wood)
    colour = mix(body, rgb(0.95, 0.98, 1.05, image), cap) * shade * light.ambient * 1.2
    fog = haze * (1 + 0.4 * light.overcast)
    fog = fog + 0.35 * haze**0.5 * ((y - top) / (base - top + 0.03)).clamp(0, 1)
    colour = mix(colour, light.haze, fog.clamp(0, 0.93))
    inside = soft_edge(y - top, scene.pixel)
    return mix(image, colour, inside * (y < 0.66))

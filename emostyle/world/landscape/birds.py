"""Birds: a flock of gull-like silhouettes that grows in number and size."""

import torch
from torch import Tensor

from emostyle.world.draw import mix, rgb, smoothstep, soft_edge
from emostyle.world.landscape.scene import Scene

# Offset from the flock's middle, half wing span, beat of the wings; in order of appearance.
_FLOCK = (
    (-0.02, 0.02, 0.100, 0.9),
    (0.20, -0.07, 0.075, 0.5),
    (-0.20, -0.05, 0.080, 0.7),
    (0.10, 0.10, 0.060, 1.0),
    (-0.13, 0.13, 0.055, 0.4),
    (0.32, 0.04, 0.060, 0.8),
    (-0.34, 0.05, 0.058, 1.0),
    (0.05, -0.11, 0.048, 0.6),
    (0.25, 0.14, 0.045, 0.9),
    (-0.27, -0.12, 0.045, 0.5),
    (0.39, -0.09, 0.042, 1.0),
    (-0.06, -0.15, 0.038, 0.8),
)


def paint_birds(image: Tensor, scene: Scene) -> Tensor:
    """The flock before a brighter patch of sky."""
    birds, light, x, y = scene.f["birds"], scene.light, scene.x, scene.y
    middle_x = 0.5 + 0.08 * scene.place("flock_place")
    middle_y = 0.25
    away = ((x - middle_x) / 0.46) ** 2 + ((y - middle_y) / 0.24) ** 2
    halo = mix(rgb(0.46, 0.48, 0.70, image), rgb(1.15, 1.02, 0.86, image), light.day)
    image = mix(image, halo, 0.62 * smoothstep(0, 0.8, birds) * torch.exp(-away))
    size = image.shape[-1]
    last = round(0.60 * size)
    sky_y = y[:, :, :last]
    cover = torch.zeros_like(image[:, :1, :last])
    for number, (right, down, span, beat) in enumerate(_FLOCK):
        here = smoothstep(0.0, 0.22, birds - 0.72 * number / len(_FLOCK))
        half = span * (0.70 + 0.35 * birds)
        u = (x - middle_x - right) / half
        v = (sky_y - middle_y - down) / half
        reach = u.abs()
        bow = -0.62 * beat * torch.sin(2.1 * reach) * (1 - 0.35 * reach) + 0.30 * reach**2
        thick = 0.17 * (1 - reach**1.3).clamp(min=0) + 0.14 * torch.exp(-((reach / 0.16) ** 2))
        inside = torch.where(reach < 1.05, thick - (v - bow).abs() - 0.01, -9.0)
        cover = torch.maximum(cover, here * soft_edge(inside * half, scene.pixel))
    colour = mix(rgb(0.015, 0.015, 0.03, image), rgb(0.05, 0.05, 0.07, image), light.day)
    upper = mix(image[:, :, :last], colour, cover)
    return torch.cat([upper, image[:, :, last:]], dim=2)

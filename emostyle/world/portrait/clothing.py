"""Neck, shoulders and clothes."""

import torch
from torch import Tensor

from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import (
    RGB,
    bell,
    cloth_tables,
    dim,
    edge,
    glow,
    lay,
    ramp,
    smooth,
)
from emostyle.world.portrait.sitter import Frame, Sitter, band

DYES: tuple[RGB, ...] = (
    (0.62, 0.12, 0.13),
    (0.80, 0.42, 0.14),
    (0.84, 0.74, 0.50),
    (0.20, 0.42, 0.24),
    (0.12, 0.40, 0.52),
    (0.15, 0.18, 0.45),
    (0.42, 0.18, 0.42),
)
"""Colours of clothes from factor 0 to 1: red, orange, cream, green, teal, navy, plum."""


def paint_bust(picture: Tensor, sitter: Sitter, canvas: Frame, light: Light) -> Tensor:
    """Paints the neck with the shadow of the chin, and the clothed shoulders below it."""
    part = canvas.rows(0.25, 1.0)
    low = picture[:, :, part.first : part.last]
    u, v, x, y = part.u, part.v, part.x, part.y
    half = 0.20 + 0.22 * (sitter.width - 0.475) + 0.03 * sitter["jaw"]
    flare = half + 0.30 * smooth(0.80, 1.15, v) ** 2
    across = u / flare
    normal = (1 - across.square()).clamp(min=0.02).sqrt()
    lit = (0.35 + 0.65 * (light.x * across + light.z * normal - 0.15 * light.y)).clamp(0.05, 1)
    cast = smooth(0.30, -0.05, v - sitter.chin + 0.25 * across.square())
    shade = light.fill + light.key * (lit * (1 - 0.78 * cast)).unsqueeze(1)
    warm = sitter.skin * (1 - cast.unsqueeze(1) * (1 - sitter.skin) * 0.35)
    cords = 0.10 * bell(across.abs() - 0.42 - 0.3 * (v - 0.8), 0.12) * smooth(0.75, 0.95, v)
    low = lay(low, warm * dim(shade, cords) * 0.94, edge(flare - u.abs(), part.pixel))
    dye = ramp(DYES, sitter["clothing"])
    slope = 0.79 + 0.17 * (x / 0.62) ** 2 + 0.28 * (x.abs() - 0.62).clamp(min=0) ** 2
    slope = slope - 0.015 * sitter.free(8)
    opening = 0.965 - 0.42 * (u / 0.34).square()
    inside = torch.minimum(y - slope, torch.maximum(y - opening, (u.abs() - 0.335) * 0.8))
    folds = cloth_tables(x.device, canvas.y.shape[1])[3:4, part.first : part.last]
    form = 0.55 + 0.42 * (light.x * x * 0.9 - light.y * 0.55) + 0.16 * folds
    form = form - 0.35 * (y - 0.8) + 0.25 * bell(y - slope - 0.02, 0.05)
    form = form - 0.45 * bell(u, 0.42) * smooth(0.4, 0.0, y - 0.74)
    cloth = dye * (light.fill + light.key * form.clamp(0.04, 1.3).unsqueeze(1))
    collar = torch.exp(-(((y - opening - 0.055) / 0.05) ** 2)) * smooth(0.42, 0.34, u.abs())
    cloth = cloth * (1 + 0.30 * collar).unsqueeze(1)
    low = lay(low, cloth, edge(inside, part.pixel))
    rim = bell(inside - 0.012, 0.022) * (light.x * x * -1.4).clamp(0, 1)
    return band(picture, glow(low, light.rim, 0.8 * rim), part)

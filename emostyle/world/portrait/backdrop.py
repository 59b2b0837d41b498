"""The painterly backdrop: a brushed gradient in the person's hue, with bokeh and mood."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import (
    RGB,
    bell,
    cloth_tables,
    glow,
    lay,
    mixture,
    ramp,
    rgb,
    smooth,
)
from emostyle.world.portrait.sitter import Frame, Sitter

HUES: tuple[RGB, ...] = (
    (0.56, 0.20, 0.15), (0.74, 0.46, 0.16), (0.42, 0.48, 0.20), (0.13, 0.44, 0.40),
    (0.16, 0.34, 0.62), (0.36, 0.26, 0.58), (0.62, 0.30, 0.46),
)  # fmt: skip
"""Backdrop colours from factor 0 to 1: terracotta, ochre, sage, teal, blue, violet, rose."""

MOOD = {
    "giggling": (0.98, 0.74, 0.34, 0.30),
    "sobbing": (0.16, 0.26, 0.44, 0.45),
    "screaming": (0.10, 0.08, 0.16, 0.58),
    "anger": (0.50, 0.05, 0.03, 0.52),
    "coughing": (0.52, 0.58, 0.34, 0.42),
    "calm": (0.66, 0.80, 0.82, 0.42),
    "joy": (1.05, 0.72, 0.30, 0.48),
    "gloom": (0.26, 0.30, 0.35, 0.62),
}
"""Colour each emotion lays over the backdrop, and how strongly at full strength."""

BOKEH = (
    (-0.78, -0.62, 0.17), (-0.55, -0.90, 0.11), (0.62, -0.78, 0.15), (0.86, -0.42, 0.19),
    (-0.90, -0.12, 0.12), (0.90, 0.12, 0.10), (-0.82, 0.34, 0.16), (0.70, -0.36, 0.08),
)  # fmt: skip


def backdrop_colour(sitter: Sitter, acts: Acts) -> Tensor:
    """The backdrop's base colour (B, 3, 1, 1) with the emotions' tints laid over."""
    colour = ramp(HUES, sitter["background"])
    for name, (red, green, blue, amount) in MOOD.items():
        colour = lay(colour, rgb(colour, red, green, blue), amount * acts.felt[name])
    return colour


def paint_backdrop(sitter: Sitter, acts: Acts, canvas: Frame, colour: Tensor) -> Tensor:
    """The backdrop alone, (B, 3, H, W)."""
    x, y, size = canvas.x, canvas.y, canvas.y.shape[1]
    tables = cloth_tables(x.device, size)
    brush = mixture(tables[:3], sitter.shape[:, 9:12])
    side = torch.tanh(1.6 * sitter.free(15))
    felt = acts.felt
    halo = torch.exp(-((x + 0.35 * side) ** 2 + (y + 0.25) ** 2) / 0.75)
    bright = 0.46 + 0.62 * halo + 0.085 * brush - 0.16 * y
    bright = bright + 0.045 * tables[7] * (1 - 0.6 * felt["calm"])
    bright = bright * (1 - 0.25 * felt["gloom"] - 0.2 * felt["screaming"])
    bright = 0.20 + torch.nn.functional.softplus(8 * (bright - 0.20)) / 8
    picture = colour * bright.unsqueeze(1)
    shift = (0.16 * brush + 0.06 * tables[7]).unsqueeze(1)
    picture = picture + shift * (colour.flip(1) * 0.35 + 0.05) * 0.6
    warm = (0.16 + 0.9 * felt["joy"] + 0.55 * felt["giggling"]) * (1 - 0.8 * felt["gloom"])
    warm = warm * (1 - 0.7 * torch.maximum(felt["sobbing"], felt["screaming"]))
    lights = torch.zeros_like(bright)
    for i, (bx, by, radius) in enumerate(BOKEH):
        px = bx + 0.05 * sitter.free(9 + i % 3)
        distance = ((x - px) ** 2 + (y - by) ** 2).sqrt() / radius
        disc = torch.sigmoid((1 - distance) * 14)
        lights = lights + disc * (0.65 + 0.35 * bell(distance - 0.9, 0.22)) * (0.5 + 0.09 * i)
    picture = glow(picture, 0.35 * colour + rgb(colour, 0.16, 0.12, 0.05), lights * warm * 0.62)
    rain = smooth(0.5, 2.2, tables[6:7])
    sad = (felt["gloom"] + 0.25 * felt["sobbing"]).clamp(0, 1)
    return glow(picture, rgb(colour, 0.50, 0.58, 0.66), 0.42 * rain * sad)

"""The light of the studio: where it comes from, how warm and how bright, under each emotion."""

from dataclasses import dataclass

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import rgb
from emostyle.world.portrait.sitter import Sitter

TINT = {
    "giggling": (1.10, 1.03, 0.86),
    "sobbing": (0.84, 0.93, 1.10),
    "screaming": (0.86, 0.92, 1.12),
    "anger": (1.15, 0.84, 0.76),
    "coughing": (0.96, 1.04, 0.84),
    "calm": (0.99, 1.01, 1.04),
    "joy": (1.12, 1.02, 0.84),
    "gloom": (0.78, 0.87, 1.02),
}
"""Colour each emotion gives the light at full strength."""

GAIN = {
    "giggling": 0.08, "sobbing": -0.08, "screaming": -0.10, "anger": -0.08, "coughing": -0.02,
    "calm": 0.03, "joy": 0.07, "gloom": -0.22,
}  # fmt: skip
"""What each emotion adds to the brightness at full strength."""


@dataclass(frozen=True)
class Light:
    """Key, fill and rim light: direction parts and gains (B, 1, 1), colours (B, 3, 1, 1)."""

    x: Tensor
    y: Tensor
    z: Tensor
    key: Tensor
    fill: Tensor
    rim: Tensor


def illuminate(sitter: Sitter, acts: Acts, backdrop: Tensor) -> Light:
    """The light of a sitting; the rim light takes some colour (B, 3, 1, 1) of the backdrop."""
    felt = acts.felt
    side = torch.tanh(1.6 * sitter.free(15))
    even = 0.75 * felt["calm"]
    x = -0.52 * side * (1 - even)
    y = -0.55 + 0.75 * felt["screaming"] + 0.25 * even - 0.06 * felt["gloom"]
    z = 0.68 + 0.25 * even
    norm = (x * x + y * y + z * z).sqrt()
    tint, gain = rgb(sitter.skin, 1.0, 0.985, 0.95), torch.ones_like(x)
    for name, colour in TINT.items():
        tint = tint * (1 + (rgb(tint, *colour) - 1) * felt[name].unsqueeze(1))
        gain = gain * (1 + GAIN[name] * felt[name])
    strength = gain.unsqueeze(1)
    contrast = (1 - 0.45 * even).unsqueeze(1)
    red = felt["anger"].unsqueeze(1)
    rim = 0.30 + 0.55 * backdrop + red * rgb(tint, 0.55, 0.0, -0.05)
    rim = rim + felt["joy"].unsqueeze(1) * rgb(tint, 0.45, 0.28, 0.05)
    return Light(
        x=x / norm,
        y=y / norm,
        z=z / norm,
        key=tint * strength * (0.98 * contrast),
        fill=tint * strength * (0.40 + 0.75 * (1 - contrast)) * rgb(tint, 0.93, 0.96, 1.06),
        rim=rim * strength,
    )

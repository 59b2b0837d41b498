"""The nose beyond its relief: nostrils, the shadow below and the light on the tip."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import bell, bump, dim, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_nose(picture: Tensor, sitter: Sitter, acts: Acts, part: Frame, light: Light) -> Tensor:
    """Paints the nose into the face's own colours."""
    f, m, v = part.f, part.m, part.v
    size = 0.75 + 0.5 * sitter["nose"]
    flare = size * (1 + 0.18 * acts.frown + 0.12 * acts.felt["screaming"])
    lift = 0.025 * acts.nose_wrinkle
    y = v - 0.300 + lift
    nostril = bump(m - 0.052 * flare, y - 0.004, 0.030, 0.017)
    wing = bell((((m - 0.085 * flare) / 0.045) ** 2 + (y / 0.055) ** 2).sqrt() - 0.9, 0.30)
    wing = wing * smooth(0.06 * 1.0, 0.11, m / flare)
    under = bump(f + 0.06 * light.x, y - 0.045, 0.115, 0.036)
    lean = torch.sign(light.x) * light.x.abs().clamp(max=0.5) * 2
    flank = bell(f + lean * 0.072 * size, 0.036) * smooth(-0.05, 0.20, v) * smooth(0.31, 0.14, v)
    tip = bump(f - 0.02 * lean, v - 0.235, 0.034, 0.030)
    bridge = bell(f - 0.010 * lean, 0.022) * smooth(-0.08, 0.08, v) * smooth(0.22, 0.12, v)
    shadow = 0.62 * nostril + 0.20 * wing + 0.26 * under + 0.17 * flank * lean.abs()
    return dim(picture, shadow.clamp(0, 0.8) - 0.15 * tip - 0.04 * bridge)

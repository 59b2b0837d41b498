"""The eyebrows."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import bell, lay, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_brows(picture: Tensor, sitter: Sitter, acts: Acts, part: Frame) -> Tensor:
    """Paints the brows into the face's own colours."""
    reach = 0.165
    s = (part.m - sitter.eye_x - 0.012 + 0.030 * acts.frown) / reach
    inner = (0.5 - 0.5 * s).clamp(0, 1.1)
    line = sitter.eye_y - 0.175 - acts.brow_raise - acts.brow_inner * (inner.square() - 0.15)
    line = line - 0.030 * (1 - s.square()) * (1 - 0.5 * acts.frown) - 0.012 * inner
    thick = (0.017 + 0.026 * sitter["brow"]) * (0.45 + 0.75 * inner.sqrt())
    hairs = 0.92 + 0.08 * torch.sin(part.f.abs() * 150 + (part.v - line) * 90)
    cover = torch.exp(-(((part.v - line) / thick) ** 4)) * smooth(1.12, 0.80, s.abs()) * hairs
    colour = sitter.hair * 0.55 + 0.10 * sitter.skin * sitter["hair_colour"].unsqueeze(1)
    shadow = bell(part.v - line - 0.03, 0.045) * smooth(1.2, 0.6, s.abs())
    picture = picture * (1 - 0.16 * shadow).unsqueeze(1)
    return lay(picture, colour, (cover * (0.72 + 0.25 * sitter["brow"])).clamp(0, 1))

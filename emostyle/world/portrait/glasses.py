"""Glasses: rims, bridge, temples and a reflection; on above 0.5."""

import torch
from torch import Tensor

from emostyle.world.portrait.shading import bell, dim, edge, glow, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_glasses(picture: Tensor, sitter: Sitter, part: Frame) -> Tensor:
    """Paints glasses over the lit face."""
    worn = smooth(0.42, 0.58, sitter["glasses"])
    x, y = part.m - sitter.eye_x - 0.012, part.v - sitter.eye_y - 0.022
    radius = ((x.abs() / 0.188) ** 3 + (y.abs() / 0.150) ** 3 + 1e-6) ** (1 / 3)
    rim_line = (radius - 1) * 0.165
    rim = edge(0.0165 - rim_line.abs(), part.pixel)
    bridge = edge(0.013 - (part.v - sitter.eye_y + 0.03 - 1.5 * part.f.square()).abs(), part.pixel)
    bridge = bridge * smooth(0.0, -0.02, part.m - sitter.eye_x + 0.165)
    temple = edge(0.014 - (part.v - sitter.eye_y + 0.045).abs(), part.pixel)
    temple = temple * smooth(0.0, 0.02, part.m - sitter.eye_x - 0.19)
    temple = temple * smooth(0.02, 0.0, part.u.abs() - sitter.width)
    wire = torch.maximum(rim, torch.maximum(bridge, temple)) * worn
    drop = bell(rim_line - 0.012 + 0.03 * (y + 0.1), 0.022) * smooth(0.0, 0.1, y)
    picture = dim(picture, 0.22 * drop * worn)
    lens = smooth(0.01, -0.02, rim_line) * worn
    streak = bell(torch.sign(part.f) * x + 0.9 * y + 0.045, 0.035)
    streak = streak + 0.6 * bell(torch.sign(part.f) * x + 0.9 * y - 0.035, 0.012)
    picture = glow(picture, rgb(picture, 0.75, 0.85, 1.0), lens * (0.035 + 0.17 * streak))
    tortoise = rgb(picture, 0.10, 0.055, 0.04) * (1 + 0.0 * part.v).unsqueeze(1)
    gloss = bell(rim_line + 0.004, 0.006) * smooth(0.05, -0.14, y)
    return lay(picture, glow(tortoise, rgb(picture, 0.55, 0.5, 0.5), 0.5 * gloss), wire)

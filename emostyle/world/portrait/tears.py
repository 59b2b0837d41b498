"""Tears: two wet streams from the eyes down the cheeks, each ending in a drop."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import bell, bump, dim, glow, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_tears(picture: Tensor, sitter: Sitter, acts: Acts, part: Frame) -> Tensor:
    """Paints tears over the lit face."""
    v = part.v - sitter.eye_y
    start, reach = 0.055, 0.10 + 0.46 * acts.tears
    shown = smooth(0.02, 0.30, acts.tears)
    along = ((v - start) / reach).clamp(0, 1)
    path = part.m - sitter.eye_x - 0.012 - 0.05 * (v - start).clamp(min=0)
    path = path - 0.008 * torch.sin(17 * v)
    second = part.m - sitter.eye_x + 0.070 - 0.02 * v + 0.006 * torch.sin(13 * v)
    ends = smooth(-0.02, 0.03, v - start) * smooth(0.02, -0.03, v - start - reach)
    short = smooth(-0.02, 0.03, v - start) * smooth(0.02, -0.03, v - start - 0.55 * reach)
    wide = 0.026 + 0.012 * along
    stream = bell(path, wide) * ends + 0.75 * bell(second, 0.017) * short
    drop = bump(path, v - start - reach + 0.01, 0.040, 0.050)
    wet = torch.maximum(stream, drop).clamp(0, 1) * shown
    shade = bell(path + 0.026, 0.015) * ends * shown
    picture = dim(picture, 0.28 * shade)
    water = 0.55 * picture + rgb(picture, 0.20, 0.29, 0.38)
    picture = lay(picture, water, 0.88 * wet)
    light = 0.55 * bell(path - 0.010, 0.009) * ends + 1.0 * bump(
        path - 0.010, v - start - reach + 0.02, 0.015, 0.019
    )
    pool = bump(part.m - sitter.eye_x, v - 0.060, 0.09, 0.018) * 0.22
    return glow(picture, rgb(picture, 0.62, 0.68, 0.75), (light + pool) * shown)

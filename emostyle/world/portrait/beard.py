"""The beard: a shadow of stubble first, then a full beard with a moustache."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.head import Head
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import bell, cloth_tables, edge, lay, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_beard(
    picture: Tensor, sitter: Sitter, acts: Acts, head: Head, part: Frame, light: Light
) -> Tensor:
    """Paints the beard over the lit face; `head` covers the whole canvas, `part` a band of it."""
    u, v, f, m = part.u, part.v, part.f, part.m
    rows = slice(part.first, part.last)
    beard, size = sitter["beard"], part.x.shape[2]
    full = smooth(0.15, 0.85, beard)
    noise = cloth_tables(u.device, size)[:, rows]
    chin = sitter.chin + acts.jaw_drop
    strand = torch.sin(95 * u / (1 + 0.55 * v) + 3.2 * noise[4:5] + 1.2 * noise[5:6])
    strand = 0.6 * strand + 0.45 * noise[5:6]
    # cheeks: from the ears down under the cheekbones to the corners of the mouth
    line = 0.40 - 0.72 * (m - 0.22).clamp(min=0) - 0.10 * (0.22 - m).clamp(min=0)
    line = line - 1.5 * (m - 0.36).clamp(min=0) - 0.02 * full
    beyond = 0.075 * full * smooth(0.2, 0.75, v) + 0.015 * full * strand
    outline = head.inside[:, rows] + beyond
    area = smooth(-0.035, 0.06, v - line + 0.020 * strand)
    gap = acts.mouth_open
    centre = sitter.mouth_y + 0.25 * acts.jaw_drop + gap * (0.5 - acts.up_share)
    lips = (f / (acts.mouth_width - 0.005)) ** 2 + ((v - centre) / (0.062 + 0.54 * gap)) ** 4
    clear = smooth(0.70, 1.35, lips + 1e-6)
    tache_y = (
        sitter.mouth_y
        - 0.085
        - gap * acts.up_share
        - 0.4 * acts.corner * ((m / 0.22).square() - 0.35)
        + 0.22 * m
    )
    moustache = (
        bell(v - tache_y, 0.038) * smooth(0.24, 0.15, m) * (0.75 + 0.25 * smooth(0.0, 0.03, m))
    )
    cover = torch.maximum(area * clear, (1.25 * moustache).clamp(0, 1))
    cover = cover * edge(outline, 2 * part.pixel)
    stubble = 0.40 * smooth(0.0, 0.25, beard) * (0.85 + 0.3 * noise[5:6])
    alpha = (cover * (stubble + (0.97 - stubble) * full)).clamp(0, 1)
    side = (u / (sitter.width + 0.06)).clamp(-1, 1)
    lit = 0.62 + 0.45 * light.x * side - 0.22 * light.y * (1 - smooth(0.3, 0.8, v) * 1.6)
    lit = lit + 0.20 * bell(v - centre - 0.17 - 0.5 * gap, 0.07) * bell(f, 0.12)
    lit = lit * (1 - 0.35 * bell(v - chin - 0.05, 0.09)) * (0.80 + 0.24 * strand)
    colour = sitter.hair * 0.92 * (light.fill + light.key * lit.clamp(0.05, 1.4).unsqueeze(1))
    colour = colour + light.rim * 0.4 * (
        bell(outline, 0.035) * (-light.x * u * 1.8).clamp(0, 1)
    ).unsqueeze(1)
    return lay(picture, colour, alpha)

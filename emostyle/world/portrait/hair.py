"""The hair: strands that fall from the parting, in front of the head and behind the neck."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from emostyle.world.portrait.head import TOP, Head
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import (
    bell,
    cloth_tables,
    edge,
    lay,
    mixture,
    smooth,
    strand_tables,
)
from emostyle.world.portrait.sitter import Frame, Sitter


@dataclass(frozen=True)
class Hair:
    """Hair on the canvas.

    Attributes:
        colour: the lit hair (B, 3, H, W), defined everywhere.
        back: cover (B, H, W) of what hangs behind neck and ears.
        front: cover of what lies over the head.
        shadow: shadow the front hair casts on the forehead.
    """

    colour: Tensor
    back: Tensor
    front: Tensor
    shadow: Tensor


def _strands(sitter: Sitter, q: Tensor, along: Tensor) -> Tensor:
    """Strand texture at places across (`q`) and along the hair."""
    table = mixture(strand_tables(q.device), sitter.shape[:, 6:9]).unsqueeze(1)
    grid = torch.stack([q / 2.6, along], dim=-1).clamp(-1, 1)
    return functional.grid_sample(table, grid, mode="bilinear", align_corners=True)[:, 0]


def grow_hair(sitter: Sitter, head: Head, canvas: Frame, light: Light) -> Hair:
    """Shapes and lights the hair of a sitter."""
    u, v, pixel = canvas.u, canvas.v, canvas.pixel
    length, curl = sitter["hair_length"], sitter["hair_curl"]
    grown = smooth(0.0, 0.22, length)
    long = smooth(0.30, 1.0, length)
    thick = smooth(0.10, 0.36, length)
    volume = 0.004 + (0.10 + 0.02 * sitter.free(5)) * thick * (1 + 0.75 * curl)
    top = TOP + volume * 0.95
    parting = 0.16 * sitter.free(4)
    fall = (v + top + 0.14).clamp(min=0.02).sqrt()
    settled = smooth(0.02, 0.30, v + top)
    tables = cloth_tables(u.device, canvas.y.shape[1])
    wave = curl * (0.075 * torch.sin(13 * v + 2.2 * u + 1.4 * tables[3:4]) + 0.05 * tables[4:5])
    tight = smooth(0.45, 1.0, curl)
    coil = torch.sin(27 * v + 9 * u.abs() + 2.5 * tables[4:5] + 1.5 * tables[3:4])
    wave = wave + 0.05 * tight * coil
    q = (u - parting * (1 - 0.4 * smooth(-0.6, 0.4, v))) / fall + wave
    texture = _strands(sitter, q, v * 0.85 + 0.2 * wave) * (0.45 + 0.55 * settled)
    curls = (1 - 1.3 * (tables[4:5] + 0.35 * texture).abs()).clamp(-1, 1)
    texture = 1.5 * torch.tanh((texture + (0.8 * curls - 0.35 * texture) * tight) / 1.5)
    ragged = 0.018 * texture * grown * settled + 0.034 * curl * grown * tables[4:5]
    # outline: a cap over the skull, then curtains falling down to the tips
    below = (v + 0.02).clamp(min=0)
    snug = long + (1 - long) * smooth(0.14 + 0.2 * curl, -0.22, v)
    side = (
        sitter.width + volume * (1.0 + 0.35 * long) * snug + 0.07 * long * smooth(0.1, 0.8, below)
    )
    side = side + 0.03 * curl * long * torch.sin(9 * v + 0.8 * sitter.free(6))
    cap = (u / side).abs() ** 2.4 + ((-v - 0.02).clamp(min=0) / top) ** 2.4
    cap = (cap + 1e-6) ** (1 / 2.4)
    tips = 0.10 - 0.42 * (1 - smooth(0.0, 0.34, length)) + 0.98 * long
    hang = smooth(0.05, -0.05 - 0.08 * 1.0, v - tips - 0.05 * texture - 0.10 * u.abs())
    outer = edge((1 - cap) * side + ragged, 1.5 * pixel) * hang
    # the face: an arch under the hairline, leaning to the side of the parting
    lean = u - 0.10 * sitter.free(4) * smooth(0.1, -0.5, v)
    bangs = torch.sigmoid(1.6 * sitter.free(7)) * grown
    sweep = 0.13 * sitter.free(4) * (u / 0.5).clamp(-1, 1)
    brink = -0.49 + 0.19 * bangs + sweep * grown - 0.04 * sitter["age"] * (1 - long)
    rise = ((v + 0.06).clamp(max=0) / (brink + 0.06)).clamp(min=0)
    wide = head.half * (0.965 - 0.075 * long) - 0.02 * curl * grown
    wide = wide - 0.10 * long * smooth(0.35, 0.8, v) * smooth(0.2, 1.0, sitter["hair_length"])
    arch = (lean / wide).square()
    arch = arch + (arch.square() - arch) * (0.10 + 0.80 * bangs)
    face = (1 - (arch + rise.square() * rise + 1e-6) ** 0.3) * 0.40
    uncovered = edge(face + 0.018 * texture * grown, (1.5 + 3.5) * pixel)
    front = outer * (1 - uncovered * edge(head.inside, 2 * pixel))
    closecrop = 0.40 + 0.60 * smooth(0.02, 0.16, length)
    front = front * closecrop * smooth(0.82, 0.70, v + 0.03 * texture - 0.06 * u.abs())
    shadow = 0.48 * grown * smooth(0.13, 0.0, face - 0.06 * (0.5 + light.y)) * smooth(0.30, 0.0, v)
    back = outer * long * smooth(0.0, 0.12, length)
    # light: a round form, a bright band across the strands, the rim
    nx, ny = (u / side).clamp(-1, 1), ((v + 0.10) / (top + 0.1)).clamp(-1, 0.35)
    nz = (1 - nx.square() - ny.square()).clamp(min=0.03).sqrt()
    lit = (nx * light.x + ny * light.y + nz * light.z + 0.25).clamp(0, 1.25) / 1.25
    depth = 0.84 + (0.24 - 0.05 * tight) * texture + 0.05 * tight * coil
    depth = depth * (1 - 0.45 * smooth(0.10, 0.75, v) * smooth(0.45, 0.20, u.abs()))
    tangle = cap - 0.66 + 0.07 * texture + 0.10 * light.x * u
    band = bell(tangle, 0.13) * smooth(0.35, -0.25, v) + 0.5 * bell(cap - 0.9, 0.2) * smooth(
        0.1, 0.6, v
    ) * smooth(0.95, 0.5, v)
    gloss = (band * lit * (0.55 + 0.45 * texture).clamp(0, 1.4) * (1 - 0.55 * tight)).clamp(0, 1)
    base = sitter.hair
    colour = base * (light.fill + 1.12 * light.key * lit.unsqueeze(1)) * depth.unsqueeze(1)
    colour = colour + (0.10 + 0.50 * base) * light.key * (0.62 * gloss).unsqueeze(1)
    fringe = bell((1 - cap) * side, 0.045) * (0.35 - 1.2 * light.x * u).clamp(0, 1)
    fringe = fringe * (0.7 + 0.3 * texture).clamp(0, 1.3)
    colour = colour + light.rim * (0.40 + base) * (0.75 * fringe).unsqueeze(1)
    return Hair(colour, back, front, shadow.clamp(0, 0.6))


def paint_back_hair(picture: Tensor, hair: Hair) -> Tensor:
    """Paints the hair that hangs behind the neck."""
    return lay(picture, 0.55 * hair.colour, hair.back)


def paint_front_hair(picture: Tensor, hair: Hair) -> Tensor:
    """Paints the hair that lies over the head."""
    return lay(picture, hair.colour, hair.front)

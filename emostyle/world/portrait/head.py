"""The head: its outline, its relief (a height field) and how light falls on it."""

from dataclasses import dataclass

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import bell, bump, edge, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter

TOP = 0.70
"""How far the skull reaches above the eyes."""


@dataclass(frozen=True)
class Head:
    """Outline and relief of a head, maps (B, H, W).

    Attributes:
        radius: 0 in the middle of the face, 1 at its outline.
        inside: signed distance from the outline, inside positive.
        half: half width of the face at each height.
        nx, ny, nz: the unit normal, z towards the viewer.
    """

    radius: Tensor
    inside: Tensor
    half: Tensor
    nx: Tensor
    ny: Tensor
    nz: Tensor


def _slope(height: Tensor, axis: int, step: float) -> Tensor:
    """Central differences with the border repeated."""
    n = height.shape[axis]
    middle = height.narrow(axis, 2, n - 2) - height.narrow(axis, 0, n - 2)
    first, last = middle.narrow(axis, 0, 1), middle.narrow(axis, n - 3, 1)
    return torch.cat([first, middle, last], dim=axis) / (2 * step)


def sculpt(sitter: Sitter, acts: Acts, canvas: Frame) -> Head:
    """Models the head of a sitter."""
    u, v, f, m = canvas.u, canvas.v, canvas.f, canvas.m
    chin = sitter.chin + acts.jaw_drop
    low = (v / chin).clamp(min=0)
    taper = 0.30 - 0.20 * sitter["jaw"]
    half = sitter.width * (1 - taper * smooth(0.05, 1.0, low)) * (1 + 0.03 * acts.cheek * low)
    power = 2.05 + 0.85 * sitter["jaw"] * smooth(0.0, 0.5, low)
    a = (u.abs() / half).clamp(min=1e-3)
    b = torch.where(v > 0, low, -v / TOP).clamp(min=1e-3)
    radius = (a**power + b**power) ** (1 / power)
    dome = 0.60 * (1 - radius.square()).clamp(min=0.0025).sqrt()
    size = 0.7 + 0.6 * sitter["nose"]
    ridge = bell(f, 0.075) * smooth(-0.10, 0.24, v) * smooth(0.36, 0.27, v)
    relief = dome + size * (0.052 * ridge + 0.055 * bump(f, v - 0.255, 0.085, 0.075))
    relief = relief + size * 0.035 * bump(m - 0.085 * size.sqrt(), v - 0.275, 0.045, 0.04)
    relief = relief + (0.040 + 0.055 * acts.cheek) * bump(
        m - 0.27, v - 0.24 + 0.04 * acts.cheek, 0.14, 0.13
    )
    relief = relief - 0.055 * bump(m - sitter.eye_x, v - 0.0, 0.13, 0.085)
    relief = relief + (0.02 + 0.02 * acts.frown) * bump(m - 0.19, v + 0.15, 0.16, 0.055)
    relief = relief + 0.035 * bump(f, v - sitter.mouth_y, 0.20, 0.12)
    relief = relief + 0.035 * bump(f, v - chin + 0.10, 0.11, 0.07)
    relief = relief - 0.020 * bump(f, v - sitter.mouth_y - 0.10, 0.12, 0.03)
    step = 2 / canvas.x.shape[2]
    gx, gy = _slope(relief, 2, step), _slope(relief, 1, step)
    nz = (1 + gx * gx + gy * gy).rsqrt()
    reach = torch.minimum(sitter.width, chin)
    return Head(radius, (1 - radius) * reach, half, -gx * nz, -gy * nz, nz)


def paint_ears(picture: Tensor, sitter: Sitter, canvas: Frame, light: Light) -> Tensor:
    """Ears, painted before the head so that it covers their inner halves."""
    side = canvas.u.abs() - sitter.width * 0.985
    across = (side - 0.015 - 0.10 * (0.10 - canvas.v)) / 0.085
    along = (canvas.v - 0.10) / 0.155
    radius = (across.square() + along.square()).sqrt()
    lit = 0.62 + 0.45 * light.x * torch.sign(canvas.u) - 0.3 * light.y * (0.3 - along)
    inner = bell(radius - 0.38, 0.30) * 0.35
    shade = light.fill + light.key * ((lit - inner).clamp(0.05, 1.1)).unsqueeze(1)
    tint = sitter.skin * rgb(sitter.skin, 1.02, 0.88, 0.84)
    return lay(picture, tint * shade, edge((1 - radius) * 0.085, canvas.pixel))


def light_skin(head: Head, sitter: Sitter, light: Light) -> tuple[Tensor, Tensor]:
    """How the light multiplies the colours of the skin, and the sheen that it adds.

    Returns:
        Shade (B, 3, H, W) with warm half-shadows (light scattered in the skin), and
        sheen (B, 3, H, W): highlights and the rim light.
    """
    facing = head.nx * light.x + head.ny * light.y + head.nz * light.z
    wrapped = ((facing + 0.30) / 1.30).clamp(0, 1)
    lit = wrapped * (0.55 + 0.45 * wrapped)
    warm = bell(wrapped - 0.38, 0.26) * 0.16
    hollow = 1 - 0.42 * smooth(0.80, 1.02, head.radius)
    shade = light.fill * (0.55 + 0.45 * head.nz).unsqueeze(1) + light.key * lit.unsqueeze(1)
    shade = shade + rgb(shade, 1.0, 0.34, 0.22) * warm.unsqueeze(1) * light.key
    shade = shade * hollow.unsqueeze(1)
    half = (light.x**2 + light.y**2 + (light.z + 1) ** 2).sqrt()
    shine = (head.nx * light.x + head.ny * light.y + head.nz * (light.z + 1)) / half
    gloss = shine.clamp(min=0) ** 22 * (0.13 + 0.15 * sitter["skin"])
    away = (0.15 - head.nx * torch.sign(light.x) * light.x.abs().clamp(max=0.5) * 2).clamp(0, 1)
    fringe = (1 - head.nz).clamp(min=0) ** 2 * away * smooth(1.02, 0.93, head.radius)
    sheen = light.key * gloss.unsqueeze(1) + light.rim * (0.75 * fringe).unsqueeze(1)
    return shade, sheen

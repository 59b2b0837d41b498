"""The handkerchief of coughing and nose-blowing, and the hand that holds it."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import bell, cloth_tables, dim, edge, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter

FINGERS = (
    (-0.135, -0.060, 0.20),
    (-0.045, -0.105, 0.23),
    (0.048, -0.100, 0.22),
    (0.138, -0.050, 0.18),
)
"""Tip x, tip y and length of each finger, from the cloth's middle."""


def _capsule(x: Tensor, y: Tensor, lean: float, length: float) -> tuple[Tensor, Tensor]:
    """Distance from a segment that starts at the origin and runs down, and place along it."""
    along = ((y + lean * x) / length).clamp(0, 1)
    dx, dy = x - lean * along * length, y - along * length
    return (dx * dx + dy * dy + 1e-8).sqrt(), along


def paint_handkerchief(
    picture: Tensor, sitter: Sitter, acts: Acts, part: Frame, light: Light
) -> Tensor:
    """Paints the raised cloth and the hand over everything else."""
    up = smooth(0.0, 0.55, acts.cloth)
    shown = smooth(0.0, 0.18, acts.cloth)
    scale = 0.72 + 0.28 * acts.cloth
    x, y = (part.f - 0.01) / scale, (part.v - 0.44 - 0.50 * (1 - up)) / scale
    noise = cloth_tables(x.device, part.x.shape[2])[:, part.first : part.last]
    wave = 0.030 * torch.sin(9 * x + 2.0) + 0.018 * noise[3:4]
    body = ((x.abs() / 0.38) ** 2.4 + ((y + 0.02 - wave).abs() / 0.28) ** 2.4 + 1e-6) ** (1 / 2.4)
    tail = (x / (0.30 + 0.25 * (y - 0.1))).square() + ((y - 0.22 - wave) / 0.34).square()
    inside = torch.maximum((1 - body) * 0.26, (1 - (tail + 1e-6).sqrt()) * 0.22)
    cover = edge(inside, 1.5 * part.pixel) * shown
    drop = smooth(-0.10, 0.0, inside + 0.02) * (1 - cover) * shown
    picture = dim(picture, 0.36 * drop)
    folds = torch.sin(15 * torch.atan2(x, 0.33 - y) + 1.6 * noise[3:4]) * smooth(0.05, 0.30, body)
    form = (
        0.80
        + 0.14 * folds
        + 0.20 * light.x * x
        - 0.22 * light.y * (0.5 - y)
        - 0.20 * bell(inside, 0.030)
    )
    white = rgb(picture, 0.96, 0.97, 1.0) * (0.30 + 0.72 * light.fill)
    cloth = white + light.key * (0.62 * form - 0.12).unsqueeze(1)
    picture = lay(picture, cloth * rgb(picture, 0.98, 1.0, 1.03), cover)
    skin = sitter.skin * rgb(picture, 1.0, 0.93, 0.90)
    palm = (((x - 0.02) / 0.195).square() + ((y - 0.36) / 0.17).square() + 1e-6).sqrt()
    wrist = torch.maximum((x - 0.06 - 0.15 * (y - 0.3)).abs() - 0.14, 0.40 - y)
    hand = torch.maximum((1 - palm) * 0.2, -wrist)
    lit = 0.62 + 0.3 * light.x * x * 3 - 0.35 * light.y * (0.75 - 1.6 * (y - 0.1))
    shade = light.fill + light.key * lit.clamp(0.08, 1.1).unsqueeze(1)
    picture = lay(picture, skin * shade, edge(hand, 1.5 * part.pixel) * shown)
    for tip_x, tip_y, length in FINGERS:
        distance, along = _capsule(x - tip_x, y - tip_y - 0.16, -0.6 * tip_x, length)
        across = (x - tip_x + 0.6 * tip_x * along * length) / 0.048
        finger = edge(0.047 - distance, 1.5 * part.pixel) * shown
        gap = bell(distance - 0.056, 0.018) * shown * smooth(0.47, 0.22, y)
        picture = dim(picture, 0.30 * gap)
        bend = 0.92 - 0.30 * across.abs().clamp(max=1) ** 2 + 0.25 * light.x * across
        bend = bend - 0.16 * bell(along - 0.45, 0.06) - 0.10 * along
        picture = lay(
            picture, skin * (light.fill + light.key * bend.clamp(0.1, 1).unsqueeze(1)), finger
        )
        nail = bell((x - tip_x) / 0.7, 0.028) * bell(y - tip_y - 0.150, 0.022) * shown
        picture = lay(picture, skin * 0.6 + rgb(picture, 0.42, 0.34, 0.33), 0.40 * nail)
    return picture

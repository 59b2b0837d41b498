"""The eyes: ball, iris, catch lights, lids and lashes; both eyes are painted at once."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.lighting import Light
from emostyle.world.portrait.shading import bell, bump, dim, edge, glow, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_eyes(picture: Tensor, sitter: Sitter, acts: Acts, part: Frame, light: Light) -> Tensor:
    """Paints the eyes into the face's own colours."""
    v, pixel = part.v - sitter.eye_y, part.pixel
    scale = 0.86 + 0.28 * sitter["eye_size"]
    half = 0.138 * scale
    out = part.m - sitter.eye_x
    across = torch.sign(part.f) * out
    t = out / half
    bow = (1 - t.square()).clamp(min=0)
    round_ = bow.clamp(min=1e-4).sqrt() * smooth(0.0, 0.25, bow)
    lid = acts.lid
    slant = -0.010 * t
    droop = 0.030 * acts.felt["gloom"] * t + 0.02 * acts.tears * t
    droop = droop - 0.050 * acts.felt["anger"] * t
    closed = 0.030 - 0.052 * acts.arc * bow + 0.018 * acts.arc.clamp(min=0)
    high = closed + (slant - 0.080 * scale * round_ - closed) * lid.clamp(max=1.0)
    high = high - 0.060 * (lid - 1).clamp(min=0) * round_ + droop * lid.clamp(max=1)
    low_open = slant + 0.060 * scale * round_ * (1 - 0.25 * acts.cheek)
    low = closed + (low_open - closed) * lid.clamp(max=1) + 0.022 * (lid - 1).clamp(min=0) * round_
    within = edge((1 - t.abs()) * half, 2 * pixel)
    gap = torch.minimum(v - high, low - v)
    open_ = edge(gap, 1.3 * pixel) * within * smooth(0.02, 0.16, lid)
    socket = bump(out + 0.02, v + 0.045, 0.15, 0.075)
    hollow = 0.12 + 0.22 * acts.felt["gloom"] + 0.12 * acts.tears + 0.15 * acts.frown
    picture = dim(picture, socket * hollow)
    skin = sitter.skin
    raw = skin * rgb(skin, 1.06, 0.55, 0.52) + rgb(skin, 0.07, 0.0, 0.0)
    sore = bump(out, v - 0.03, 0.16, 0.09) * acts.wet_eyes
    picture = lay(picture, raw, 0.62 * sore)
    ball = rgb(skin, 0.95, 0.94, 0.93) * dim(
        torch.ones_like(picture),
        0.42 * smooth(0.055, 0.0, v - high) + 0.16 * t.square().clamp(max=1),
    )
    red = rgb(skin, 0.95, 0.60, 0.56)
    ball = lay(ball, red, (acts.wet_eyes * (0.35 + 0.35 * t.square().clamp(max=1))).expand_as(t))
    radius = 0.073 * scale
    centre = -0.012 * scale - 0.008 * (lid - 1).clamp(min=0) + 0.012 * acts.felt["gloom"]
    r = (across.square() + (v - centre).square()).sqrt() / radius
    angle = 0.5 + 0.5 * torch.sin(10 * torch.atan2(v - centre, across))
    rays = 0.85 + 0.25 * angle * smooth(0.3, 0.8, r)
    glint = 0.60 + 0.75 * smooth(-0.6, 1.0, (v - centre) / radius)
    iris = (
        sitter.iris
        * (0.72 + 0.28 * skin.mean(1, keepdim=True))
        * (rays * glint * (1 - 0.60 * smooth(0.72, 1.0, r))).unsqueeze(1)
    )
    iris = lay(iris, rgb(skin, 0.02, 0.015, 0.02), smooth(0.52, 0.40, r))
    ball = lay(
        ball, dim(iris, 0.35 * smooth(0.04, 0.0, v - high)), edge((1 - r) * radius, 1.6 * pixel)
    )
    side = torch.where(light.x > 0, 1.0, -1.0) * light.x.abs().clamp(max=0.3) / 0.3
    spot = bump(across - 0.027 * scale * side, v - centre + 0.028 * scale, 0.019, 0.019)
    spot = spot + 0.45 * bump(across + 0.022 * side, v - centre - 0.030, 0.013, 0.011)
    spot = spot + acts.wet_eyes * 0.8 * bell(low - v - 0.012, 0.009) * bell(out, 0.08)
    ball = glow(ball, rgb(skin, 1.5, 1.5, 1.55), spot.clamp(0, 1) * (1 - 0.45 * acts.felt["gloom"]))
    picture = lay(picture, ball, open_)
    dark = rgb(skin, 0.09, 0.05, 0.045) + 0.10 * skin
    shut = smooth(0.45, 0.05, lid)
    width = (0.012 + 0.007 * shut) * (0.75 + 0.35 * t.clamp(-1, 1)) + 0.25 * pixel
    reach = smooth(1.16, 0.92, t.abs())
    flick = 0.020 * smooth(0.6, 1.15, t) * (1 - 1.6 * acts.arc.clamp(min=0) * shut)
    lash = bell(v - high + flick, width) * reach
    picture = lay(picture, dark, (0.92 * lash).clamp(0, 1))
    lower = bell(v - low, 0.009) * smooth(1.05, 0.8, t.abs()) * smooth(0.05, 0.3, lid)
    picture = dim(picture, 0.30 * lower)
    crease = bell(v - high + 0.034 + 0.020 * lid, 0.011) * smooth(1.1, 0.7, t.abs())
    under = bell(v - low - 0.035, 0.014) * smooth(1.0, 0.6, t.abs())
    picture = dim(picture, crease * (0.24 + 0.10 * sitter["age"]) + under * 0.22 * acts.cheek)
    squeeze = bell(torch.sin((v - closed) * 80 - 5 * t), 0.4) * bump(out - 0.12, v, 0.07, 0.05)
    return dim(picture, 0.4 * squeeze * acts.nose_wrinkle * shut)

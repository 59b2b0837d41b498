"""The mouth: lips, teeth, tongue and the dark between them."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import bell, bump, dim, edge, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_mouth(picture: Tensor, sitter: Sitter, acts: Acts, part: Frame) -> Tensor:
    """Paints the mouth into the face's own colours."""
    f, v, pixel = part.f, part.v, part.pixel
    t = f / acts.mouth_width
    t2 = t.square()
    bow = (1 - t2).clamp(min=0)
    box = (1 - t2.square().square()).clamp(min=0)
    profile = bow + (box - bow) * acts.square
    rest = sitter.mouth_y - acts.corner * (t2.clamp(max=1.8) - 0.35) + 0.25 * acts.jaw_drop
    rest = rest + 0.014 * acts.tremble * torch.sin(11 * t) * bow
    opening = acts.mouth_open
    upper = rest - opening * acts.up_share * profile
    lower = rest + opening * (1 - acts.up_share) * profile.clamp(min=1e-4).sqrt() * smooth(
        0.0, 0.3, profile
    )
    within = edge(0.0 * v + (1 - t.abs()) * acts.mouth_width, 2 * pixel)
    thick = (1 + 0.10 * sitter.free(13)) * (1 - 0.25 * sitter["age"])
    thick = thick * (1 - 0.30 * acts.square) * (1 - 0.25 * acts.felt["joy"])
    round_ = bow.clamp(min=1e-4) ** 0.72
    top = upper - thick * (0.052 - 0.017 * bell(t, 0.14)) * round_
    bottom = lower + thick * 0.066 * round_ * (1 + 0.25 * acts.tremble)
    lips = torch.minimum(edge(v - top, 1.6 * pixel), edge(bottom - v, 1.6 * pixel)) * within
    skin = sitter.skin
    rose = skin * rgb(skin, 0.96, 0.56, 0.56) + rgb(skin, 0.05, 0.0, 0.02)
    rose = rose + (skin.mean(1, keepdim=True) - rose) * (0.35 * acts.pale).unsqueeze(1)
    picture = dim(picture, 0.22 * bump(f, v - lower - 0.085, 0.13, 0.028) * within)
    form = 0.86 + 0.34 * smooth(0.0, 0.05, v - lower) - 0.10 * smooth(0.03, 0.0, bottom - v)
    shine = bump(f - 0.03, v - lower - 0.026 * thick, 0.06, 0.012)
    lip = rose * form.unsqueeze(1) + 0.16 * shine.unsqueeze(1)
    picture = lay(picture, lip, 0.90 * lips)
    gap = torch.minimum(v - upper, lower - v)
    inside = edge(gap, 1.4 * pixel) * within * smooth(0.004, 0.04, opening)
    depth = (lower - upper).clamp(min=1e-3)
    place = ((v - upper) / depth).clamp(0, 1)
    cave = rgb(skin, 0.20, 0.035, 0.045) * (0.35 + 0.65 * smooth(0.15, 0.95, place)).unsqueeze(1)
    tongue = bump(f, v - lower + 0.01, 0.13, 0.09) * smooth(0.05, 0.16, opening)
    cave = lay(cave, rgb(skin, 0.80, 0.30, 0.30), 0.85 * tongue * (1 - acts.square))
    row = (0.40 * opening).clamp(max=0.075) * (1 + 1.6 * acts.square)
    gums = 0.006 * acts.square
    white = edge(upper + row + gums - v, 1.5 * pixel) * smooth(1.02, 0.82, t.abs())
    lowest = edge(v - lower + 0.40 * opening, 1.5 * pixel) * acts.square
    teeth = torch.maximum(white, lowest) * smooth(0.0, 0.45, acts.teeth)
    scream_row = 0.75 * edge(upper + 0.045 - v, 2 * pixel) * smooth(0.9, 0.6, t.abs())
    teeth = torch.maximum(teeth, scream_row * acts.felt["screaming"] * (1 - acts.square))
    ivory = rgb(skin, 0.97, 0.94, 0.88) * (1 - 0.30 * t2.clamp(max=1)).unsqueeze(1)
    clench = bell(place - 0.52, 0.07) * acts.square
    slits = bell(torch.sin(f * 62), 0.28) * (0.12 + 0.18 * acts.square)
    cave = lay(cave, dim(ivory, (0.55 * clench + slits).clamp(0, 0.8)), teeth)
    picture = lay(picture, cave, inside)
    seam = bell(v - rest, 0.011 + 0.4 * pixel) * within * smooth(0.05, 0.0, opening)
    corner = bump(
        part.m - acts.mouth_width - 0.005,
        v - (sitter.mouth_y - 0.65 * acts.corner + 0.25 * acts.jaw_drop),
        0.026,
        0.024,
    )
    return dim(picture, (0.66 * seam + 0.42 * corner).clamp(0, 0.85))

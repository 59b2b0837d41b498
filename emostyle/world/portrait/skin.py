"""The skin's colour: blush and flush, pallor, age, wrinkles of the nose and the brow."""

import torch
from torch import Tensor

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import bell, bump, cloth_tables, dim, lay, rgb, smooth
from emostyle.world.portrait.sitter import Frame, Sitter


def paint_skin(sitter: Sitter, acts: Acts, canvas: Frame) -> Tensor:
    """The face's own colour (B, 3, H, W) before light falls on it."""
    f, m, v = canvas.f, canvas.m, canvas.v
    base = sitter.skin
    mottle = cloth_tables(v.device, canvas.y.shape[1])[4:5]
    skin = base * (1 + 0.022 * mottle).unsqueeze(1)
    ruddy = base * rgb(base, 1.04, 0.74, 0.72)
    rosy = base * rgb(base, 1.10, 0.55, 0.55) + rgb(base, 0.06, 0.0, 0.01)
    cheeks = bump(m - 0.285, v - 0.225 + 0.03 * acts.cheek, 0.15, 0.115)
    nose = bump(f, v - 0.25, 0.10, 0.09)
    skin = lay(skin, ruddy, (0.42 * cheeks + 0.38 * nose).clamp(0, 1))
    skin = lay(skin, rosy, cheeks * acts.blush * 0.85)
    hot = (0.50 + 0.35 * cheeks + 0.3 * nose + 0.2 * bump(f, v + 0.25, 0.4, 0.2)) * acts.flush
    angry = base * rgb(base, 1.05, 0.48, 0.42) + rgb(base, 0.10, 0.0, 0.0)
    skin = lay(skin, angry, (0.52 * hot).clamp(0, 0.8))
    skin = lay(skin, rosy, (nose * (acts.nose_wrinkle + 0.6 * acts.tears) * 0.6).clamp(0, 0.8))
    grey = 1.06 * base.mean(1, keepdim=True) * rgb(base, 0.99, 1.03, 1.07) + 0.03
    skin = skin + (grey - skin) * (0.42 * acts.pale).unsqueeze(1)
    return dim(skin, wrinkles(sitter, acts, canvas))


def wrinkles(sitter: Sitter, acts: Acts, canvas: Frame) -> Tensor:
    """Depth of all the lines of a face (B, H, W): those of age and those of the moment."""
    f, m, v = canvas.f, canvas.m, canvas.v
    old = smooth(0.35, 1.0, sitter["age"])
    raised = (4 * (acts.brow_raise + 0.5 * acts.brow_inner.clamp(min=0))).clamp(0, 1)
    arch = v + 0.05 * bell(f, 0.25)
    lines = bell(torch.sin((arch + 0.31) * 46), 0.45) * bell(f, 0.30) * bell(v + 0.33, 0.085)
    depth = lines * (0.26 * old + 0.34 * raised).clamp(0, 0.5)
    reach = ((v - 0.24) / 0.26).clamp(-0.2, 1.3)
    fold = bell(m - 0.125 - 0.115 * reach - 0.25 * (acts.mouth_width - 0.2), 0.022)
    fold = fold * smooth(-0.15, 0.2, reach) * smooth(1.25, 0.75, reach)
    depth = depth + fold * (0.05 + 0.30 * old + 0.24 * acts.cheek + 0.15 * acts.frown).clamp(0, 0.5)
    eye = sitter.eye_x
    bag = bell(v - sitter.eye_y - 0.115 + 0.35 * (m - eye).square() * 6, 0.016)
    depth = depth + bag * bell(m - eye, 0.10) * (0.06 + 0.22 * old + 0.2 * acts.cheek)
    feet = bell(torch.sin((v - sitter.eye_y) * 70 / (0.6 + 3 * (m - eye).clamp(0, 0.3))), 0.45)
    feet = feet * bump(m - eye - 0.175, v - sitter.eye_y, 0.05, 0.07)
    depth = depth + feet * (0.26 * old + 0.20 * acts.cheek)
    furrow = bell(m - 0.042 - 0.03 * (v + 0.13), 0.013) * bell(v + 0.13, 0.075)
    depth = depth + furrow * (0.10 * old + 0.45 * acts.frown)
    crinkle = bell(torch.sin((v - 0.06 - 0.5 * m) * 75), 0.5) * bump(f, v - 0.07, 0.085, 0.075)
    return (depth + 0.38 * crinkle * acts.nose_wrinkle).clamp(0, 0.65)

"""The finish: bloom, tone curve, colour grade, vignette and a little canvas grain."""

import torch
from torch import Tensor
from torch.nn import functional

from emostyle.world.portrait.emotion import Acts
from emostyle.world.portrait.shading import cloth_tables, rgb
from emostyle.world.portrait.sitter import Frame


def _bloom(picture: Tensor) -> Tensor:
    """Light spilling from the brightest parts, blurred at a fixed fraction of the canvas."""
    size = picture.shape[2]
    small = functional.adaptive_avg_pool2d((picture - 0.72).clamp(0, 1.2), 32)
    padded = functional.pad(small, (2, 2, 2, 2), mode="replicate")
    soft = functional.avg_pool2d(functional.avg_pool2d(padded, 3, 1), 3, 1)
    return functional.interpolate(soft, size=(size, size), mode="bilinear", align_corners=False)


def finish(picture: Tensor, acts: Acts, canvas: Frame) -> Tensor:
    """Turns painted light (B, 3, H, W), 0 and above, into a picture in [-1, 1]."""
    felt = acts.felt
    happy = (felt["joy"] + 0.5 * felt["giggling"] + 0.4 * felt["calm"]).unsqueeze(1)
    picture = picture.clamp(min=0) + (0.40 + 0.45 * happy) * _bloom(picture)
    picture = 1 - torch.exp(-1.30 * picture * (1 + 0.30 * picture))
    grey = picture.mean(1, keepdim=True)
    colourful = 1.16 + 0.10 * felt["joy"] - 0.32 * felt["gloom"] - 0.16 * felt["sobbing"]
    colourful = colourful - 0.24 * felt["screaming"]
    picture = grey + (picture - grey) * colourful.unsqueeze(1)
    cold = (0.5 * felt["gloom"] + 0.35 * felt["sobbing"] + 0.3 * felt["screaming"]).unsqueeze(1)
    picture = picture + cold * (1 - grey) * grey * rgb(picture, -0.12, -0.02, 0.14)
    round_ = (canvas.x.square() + canvas.y.square()).clamp(max=2)
    heavy = 0.09 + 0.14 * felt["gloom"] + 0.14 * felt["screaming"] + 0.06 * felt["sobbing"]
    picture = picture * (1 - (heavy - 0.05 * felt["joy"]) * round_**1.3).unsqueeze(1)
    grain = cloth_tables(canvas.x.device, canvas.y.shape[1])[5:6]
    picture = picture + 0.006 * grain.unsqueeze(1)
    return (picture.clamp(1e-4, 1) ** 0.90) * 2 - 1

"""From the eight emotions to what the face and the light do."""

from dataclasses import dataclass

import torch
from torch import Tensor

from emostyle.world.portrait.sitter import Sitter

EMOTIONS = ("giggling", "sobbing", "screaming", "anger", "coughing", "calm", "joy", "gloom")


@dataclass(frozen=True)
class Acts:
    """Actions of the face, every one (B, 1, 1).

    Attributes:
        felt: how far each emotion shows, by name: a concave function of its strength.
        lid: opening of the eyes, 1 at rest, 0 closed, 1.6 staring.
        arc: bend of closed eyes, +1 upwards (laughing), -1 downwards (asleep).
        brow_raise: upward shift of the brows.
        brow_inner: upward shift of their inner ends (negative: frown).
        frown: brows drawn together, with furrows.
        mouth_open: height of the mouth's opening.
        mouth_width: half width of the mouth.
        corner: upward shift of its corners.
        up_share: share of the opening above the resting line.
        square: 0 round opening, 1 rectangular (bared teeth).
        teeth: how much of the opening teeth fill.
        tremble: waviness of the lips.
        jaw_drop: how far the chin sinks.
        cheek: raised cheeks.
        blush, flush, pale, wet_eyes: colour of the skin and eyes.
        tears: length of the tears.
        nose_wrinkle: wrinkles on the nose.
        cloth: how far the handkerchief has been raised to the nose.
    """

    felt: dict[str, Tensor]
    lid: Tensor
    arc: Tensor
    brow_raise: Tensor
    brow_inner: Tensor
    frown: Tensor
    mouth_open: Tensor
    mouth_width: Tensor
    corner: Tensor
    up_share: Tensor
    square: Tensor
    teeth: Tensor
    tremble: Tensor
    jaw_drop: Tensor
    cheek: Tensor
    blush: Tensor
    flush: Tensor
    pale: Tensor
    wet_eyes: Tensor
    tears: Tensor
    nose_wrinkle: Tensor
    cloth: Tensor


def act(sitter: Sitter) -> Acts:
    """Reads the emotion factors of a sitter into actions; all zero leaves the face at rest."""
    felt = {name: sitter[name] * (1.65 - 0.65 * sitter[name]) for name in EMOTIONS}
    laugh, cry, scream, anger = (felt[n] for n in EMOTIONS[:4])
    cough, calm, joy, gloom = (felt[n] for n in EMOTIONS[4:])
    shut = [1 - (1 - e).clamp(min=0) ** 1.5 for e in (laugh, calm, cough)]
    lid = (1 + 0.62 * scream) * (1 - 0.36 * anger) * (1 - 0.46 * gloom) * (1 - 0.34 * cry)
    lid = lid * (1 - 0.14 * joy) * (1 - shut[0]) * (1 - shut[1]) * (1 - 0.96 * shut[2])
    arc = (shut[0] - 0.75 * shut[1] + 0.35 * shut[2]) / (shut[0] + shut[1] + shut[2] + 0.05)
    opening = 0.21 * laugh + 0.36 * scream + 0.075 * cry + 0.125 * anger + 0.05 * cough
    width = 0.19 + 0.012 * sitter.free(13)
    width = width * (1 + 0.38 * laugh + 0.20 * joy + 0.20 * anger + 0.06 * cry + 0.08 * calm)
    width = width * (1 - 0.20 * scream) * (1 - 0.05 * gloom)
    corner = 0.10 * laugh + 0.10 * joy + 0.045 * calm + 0.022
    corner = corner - 0.105 * cry - 0.085 * gloom - 0.045 * anger - 0.03 * scream - 0.05 * cough
    total = laugh + scream + cry + anger + cough + 0.02
    return Acts(
        felt=felt,
        lid=lid,
        arc=arc,
        brow_raise=0.11 * scream
        + 0.03 * laugh
        + 0.015 * joy
        + 0.02 * cry
        - 0.055 * anger
        - 0.05 * cough
        - 0.005 * gloom,
        brow_inner=0.085 * cry + 0.055 * gloom + 0.035 * scream - 0.12 * anger - 0.07 * cough,
        frown=(anger + 0.7 * cough + 0.35 * cry).clamp(0, 1),
        mouth_open=opening,
        mouth_width=width,
        corner=corner,
        up_share=(0.05 * laugh + 0.42 * scream + 0.3 * cry + 0.5 * anger + 0.3 * cough) / total,
        square=(anger - 0.5 * scream - 0.5 * laugh).clamp(0, 1),
        teeth=torch.maximum(laugh * 0.85, anger) * (1 - 0.6 * scream),
        tremble=cry,
        jaw_drop=0.075 * scream + 0.02 * laugh,
        cheek=(laugh + 0.6 * joy + 0.5 * cough).clamp(0, 1),
        blush=(0.8 * laugh + 0.9 * joy + 0.25 * cry).clamp(0, 1),
        flush=(anger + 0.3 * cry + 0.25 * cough).clamp(0, 1),
        pale=(scream + 0.35 * gloom).clamp(0, 1),
        wet_eyes=(cry + 0.3 * cough + 0.2 * anger).clamp(0, 1),
        tears=cry,
        nose_wrinkle=(cough + 0.35 * anger).clamp(0, 1),
        cloth=cough,
    )

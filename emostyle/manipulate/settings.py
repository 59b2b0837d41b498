"""The settings of an edit and the presets: the papers' own and the bundled world's."""

from dataclasses import dataclass, replace
from typing import Literal

from emostyle.errors import EmoStyleError

MaskRole = Literal["gate", "regulariser"]
Axes = Literal["none", "w", "z"]
Norm = Literal["l1", "l2"]


@dataclass(frozen=True)
class EditSettings:
    """Weights and ways of the latent optimisation.

    Attributes:
        lr: peak learning rate of w_plus.
        lr_mask: peak learning rate of the mask vector g.
        lambda_audio: weight of the sound (EmoStyle eq 5).
        lambda_music: weight of the auxiliary music.
        lambda_text: weight of the words.
        lambda_sim: weight of the proximity term (eq 4).
        lambda_id: weight of the identity term (eq 4).
        hinge: similarity as the hinge of Robust eq 15 instead of the plain cosine distance.
        views: random views of each picture that the guide sees per step; 0: the picture itself.
        mask_role: `regulariser`, as printed: the softmax of g weighs each layer's distance (eq 8).
            `gate`: L times the softmax of g scales each layer's step, and the distance is plain L2.
        layer_freedom: share of each layer's own step; 0: one step shared by all layers, 1: free.
        axes: `none`: a step counts as it is. `w`: along the axes of w, as long as w varies there.
            `z`: along what each input of the generator does to w.
        norm: of the distance when the mask is a gate; `l1` prefers few axes to many.
        noise: standard deviation of the noise on the step at the start, in units of the step; it is
            gone after three quarters of the steps (Karras et al. 2020, projector) and lets the
            optimiser see past the nearest hill.
        pursuit: the edit first walks along the one axis that alone does most for the objective
            (`emostyle.manipulate.pursuit`), and an L1 distance leaves that axis out; needs `axes`.
        recall: temperature at which the vectors of sound and music are brought to what the texts
            of the known sound classes say (`emostyle.embedding.memory`); 0: as they are.
        original: with the faults of the originals' code (`emostyle.guidance.original`): what CLIP
            is shown, exp(0.07) times the similarity, a sigmoid mask that is not trained. Hinge,
            mask_role and norm have no say then; for configurations named `*_original` only.
    """

    lr: float = 0.1
    lr_mask: float = 0.01
    lambda_audio: float = 1.0
    lambda_music: float = 0.5
    lambda_text: float = 0.5
    lambda_sim: float = 0.002
    lambda_id: float = 0.0
    hinge: bool = False
    views: int = 0
    mask_role: MaskRole = "regulariser"
    layer_freedom: float = 1.0
    axes: Axes = "none"
    norm: Norm = "l2"
    noise: float = 0.0
    pursuit: bool = False
    recall: float = 0.0
    original: bool = False

    def __post_init__(self) -> None:
        if self.pursuit and self.axes == "none":
            raise EmoStyleError(
                "settings.pursuit tries the axes of a step, but settings.axes is none; choose axes "
                "w or z, or leave pursuit out."
            )


ROBUST = {
    "landscape": EditSettings(lambda_sim=0.002, lambda_id=0.0, hinge=True),
    "portrait": EditSettings(lambda_sim=0.008, lambda_id=0.004, hinge=True),
}
"""Robust Sound-Guided Image Manipulation, section 4: as printed, free layers, no views."""

EMOSTYLE = {
    "landscape": replace(ROBUST["landscape"], lambda_sim=0.0, lambda_id=0.002, hinge=False),
    "portrait": replace(ROBUST["portrait"], lambda_sim=0.004, lambda_id=0.008, hinge=False),
}
"""EmoStyle section 4.2, whose lambda_ID and lambda_sim stand the other way round."""

_HONEST = EditSettings(
    lr=0.007,
    views=2,
    mask_role="gate",
    layer_freedom=0.0,
    axes="z",
    norm="l1",
    lambda_sim=0.05,
    pursuit=True,
    recall=0.02,
)
WORLD = {
    "landscape": _HONEST,
    "portrait": replace(_HONEST, lambda_id=0.1),
}
"""The honest edit of the bundled world: several views, one step shared by all layers, few axes."""

PRESETS: dict[str, dict[str, EditSettings]] = {
    "world": WORLD,
    "robust": ROBUST,
    "emostyle": EMOSTYLE,
}


def preset(name: str, domain: str) -> EditSettings:
    """Settings by name and domain; a domain without its own takes the landscape's.

    Raises:
        EmoStyleError: unknown preset; the message lists the known ones.
    """
    if name not in PRESETS:
        raise EmoStyleError(
            f"Unknown preset '{name}'; choose one of {', '.join(PRESETS)} (--preset)."
        )
    return PRESETS[name].get(domain, PRESETS[name]["landscape"])

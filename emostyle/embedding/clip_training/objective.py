"""Loss terms of the image-text pair beside InfoNCE with captions. All vectors have unit length."""

from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from jaxtyping import Bool, Float
from torch import Tensor

LEVEL_SCALE = 40.0
"""1 / tau among the two texts of one concept, which lie close to each other."""
ARC_ANGLE = 1.6
"""Angle in radians between the faintest and the strongest form of one concept."""


def concept_loss(
    images: Float[Tensor, "B D"],
    texts: Float[Tensor, "K D"],
    targets: Float[Tensor, "B K"],
    logit_scale: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Soft-target InfoNCE of pictures with a bank of texts, both directions.

    Picture to text: which of the K texts say what the picture shows. Text to picture: which of the
    B pictures show what a text says; texts that no picture answers to are left out.

    Args:
        images: picture vectors.
        texts: text vectors.
        targets: weights >= 0, rows sum to one.
        logit_scale: 1 / tau, > 0.

    Returns:
        Mean of both directions.
    """
    logits = logit_scale * images @ texts.T
    to_text = -(targets * logits.log_softmax(1)).sum(1).mean()
    mass = targets.sum(0)
    answered = mass > 0.05
    columns = (targets / mass.clamp_min(1e-6))[:, answered]
    to_image = -(columns * logits.log_softmax(0)[:, answered]).sum(0).mean()
    return (to_text + to_image) / 2


def level_loss(
    images: Float[Tensor, "B D"],
    texts: Float[Tensor, "K D"],
    targets: Float[Tensor, "B K"],
    scale: float = LEVEL_SCALE,
) -> Float[Tensor, ""]:
    """Cross entropy of the weaker against the stronger text of each concept that is shown.

    Args:
        images: picture vectors.
        texts: the weaker texts of all concepts, then the stronger ones.
        targets: as `level_targets` gives them.
        scale: 1 / tau.

    Returns:
        Mean over pairs of picture and shown concept.
    """
    weak, strong = (scale * images @ texts.T).chunk(2, 1)
    not_so, so = targets.chunk(2, 1)
    loss = -(
        so * functional.logsigmoid(strong - weak) + not_so * functional.logsigmoid(weak - strong)
    )
    return loss.sum() / targets.sum().clamp_min(1.0)


def arc_cosine(difference: Float[Tensor, "*S"]) -> Float[Tensor, "*S"]:
    """Cosine of two things of one concept: strength runs along an arc of `ARC_ANGLE`.

    Contrast alone puts "drizzle" and "downpour" at a cosine of 0.95: told apart, but an edit
    towards either ends at the same picture.

    Args:
        difference: of their strengths, in [-1, 1].
    """
    return torch.cos(ARC_ANGLE * difference)


def arc_loss(
    vectors: Float[Tensor, "B D"],
    texts: Float[Tensor, "K D"],
    targets: Float[Tensor, "B K"],
    shown: Bool[Tensor, "B K"],
) -> Float[Tensor, ""]:
    """Mean squared error of cosines to where texts of the concept shown lie on its arc.

    Args:
        vectors: of scenes or of texts, unit length.
        texts: text vectors.
        targets: cosines wanted.
        shown: where a cosine is wanted.
    """
    error = (vectors @ texts.T - targets).square() * shown
    return error.sum() / shown.sum().clamp_min(1)


def separation_loss(
    weak: Float[Tensor, "C D"],
    strong: Float[Tensor, "C D"],
    unseen: Sequence[int],
    logit_scale: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """InfoNCE between two texts of each concept that no picture shows, against all concepts.

    Texts of concepts with pictures find their places by these; pulling their weak and strong texts
    together would wipe out strength.

    Args:
        weak: one text vector per concept.
        strong: another text vector per concept.
        unseen: which concepts no picture shows.
        logit_scale: 1 / tau, > 0.
    """
    logits = logit_scale * weak @ strong.T
    rows = list(unseen)
    forward, backward = logits.log_softmax(1), logits.log_softmax(0)
    return -(forward + backward)[rows, rows].mean()


def cosine_distance(x: Float[Tensor, "B D"], y: Float[Tensor, "B D"]) -> Float[Tensor, ""]:
    """Mean of 1 - cos over pairs of rows.

    Args:
        x: unit vectors.
        y: unit vectors.
    """
    return 1 - (x * y).sum(1).mean()

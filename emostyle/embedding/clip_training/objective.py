"""Loss terms of the image-text pair beside InfoNCE with captions. All vectors have unit length."""

from jaxtyping import Float
from torch import Tensor


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


def cosine_distance(x: Float[Tensor, "B D"], y: Float[Tensor, "B D"]) -> Float[Tensor, ""]:
    """Mean of 1 - cos over pairs of rows.

    Args:
        x: unit vectors.
        y: unit vectors.
    """
    return 1 - (x * y).sum(1).mean()

"""Additive angular margin softmax, which makes embeddings of one identity gather on the sphere."""

import math

import torch
import torch.nn.functional as functional
from jaxtyping import Float, Int
from torch import Tensor


def arc_margin_logits(
    embeddings: Float[Tensor, "B D"],
    centres: Float[Tensor, "C D"],
    labels: Int[Tensor, " B"],
    margin: float = 0.5,
    scale: float = 64.0,
) -> Float[Tensor, "B C"]:
    """Scaled cosines to the class centres, with the margin added to the angle of the true class.

    Deng et al. 2019 (ArcFace), equation 3: `s cos(theta_y + m)` for the true class and
    `s cos(theta_j)` for the others. Where `theta_y + m` would pass pi, the cosine turns round;
    there the continuation `cos(theta_y) - m sin(m)` keeps the logit falling with the angle.

    Args:
        embeddings: vectors of any length; they are normalised here.
        centres: one vector per class, normalised here.
        labels: index of each true class, in [0, C).
        margin: m in radians, in [0, pi).
        scale: s, the inverse temperature.

    Returns:
        Logits (B, C) for a softmax cross entropy.
    """
    cosine = functional.normalize(embeddings) @ functional.normalize(centres).T
    true = cosine.gather(1, labels[:, None]).clamp(-1.0, 1.0)
    sine = (1.0 - true.square()).clamp_min(1e-7).sqrt()
    widened = true * math.cos(margin) - sine * math.sin(margin)
    beyond = true <= math.cos(math.pi - margin)
    penalised = torch.where(beyond, true - margin * math.sin(margin), widened)
    return scale * cosine.scatter(1, labels[:, None], penalised)


def arc_margin_loss(
    embeddings: Float[Tensor, "B D"],
    centres: Float[Tensor, "C D"],
    labels: Int[Tensor, " B"],
    margin: float = 0.5,
    scale: float = 64.0,
) -> Float[Tensor, ""]:
    """Softmax cross entropy over `arc_margin_logits` (Deng et al. 2019, equation 3), batch mean.

    Args:
        embeddings: vectors of any length.
        centres: one vector per class.
        labels: index of each true class.
        margin: m in radians.
        scale: s, the inverse temperature.

    Returns:
        The mean loss.
    """
    logits = arc_margin_logits(embeddings, centres, labels, margin, scale)
    return functional.cross_entropy(logits, labels)

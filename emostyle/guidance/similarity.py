"""Similarity terms: how far a picture's vector is from what the sound, music and words say."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor


def cosine_similarity(a: Float[Tensor, "... D"], b: Float[Tensor, "... D"]) -> Float[Tensor, "..."]:
    """`<a, b> / (|a| |b|)` along the last axis, in [-1, 1]; vectors of any length."""
    return torch.nn.functional.cosine_similarity(a, b, dim=-1)


def cosine_distance(a: Float[Tensor, "... D"], b: Float[Tensor, "... D"]) -> Float[Tensor, "..."]:
    """One minus the cosine: the d_cos of EmoStyle eq 5, in [0, 2]."""
    return 1 - cosine_similarity(a, b)


def cosine_hinge(
    now: Float[Tensor, "... D"], start: Float[Tensor, "... D"], target: Float[Tensor, "... D"]
) -> Float[Tensor, "..."]:
    """Hinge form of the similarity term, Robust eq 15.

    `max(d(now, target) - d(start, target) + 1, 0)` with the cosine distance d: zero once the
    picture has come a whole unit closer than the start was. As printed, with a distance for d_cos,
    the two terms stand the other way round and would drive the picture away from the sound.

    Args:
        now: vectors of the edited pictures.
        start: vectors of the starting pictures.
        target: vectors of the guiding sound.
    """
    gain = cosine_similarity(now, target) - cosine_similarity(start, target)
    return (1 - gain).clamp(min=0)


def multi_dimension(
    distances: Mapping[str, Float[Tensor, " N"]], weights: Mapping[str, float | Tensor]
) -> Float[Tensor, " N"]:
    """Weighted sum over audio, music and text, EmoStyle eq 5.

    Args:
        distances: per guide (`audio`, `music`, `text`) its distance for each item.
        weights: lambda of each guide; a guide without one is an error of the caller.
    """
    total = [weights[name] * value for name, value in distances.items()]
    return sum(total[1:], start=total[0])

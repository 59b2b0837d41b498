"""Similarity terms: how far a picture's vector is from what the sound, music and words say."""

from jaxtyping import Float
from torch import Tensor


def cosine_similarity(a: Float[Tensor, "... D"], b: Float[Tensor, "... D"]) -> Float[Tensor, "..."]:
    """Inner product of unit vectors; the inputs are taken to have length one already."""
    return (a * b).sum(-1)


def cosine_distance(a: Float[Tensor, "... D"], b: Float[Tensor, "... D"]) -> Float[Tensor, "..."]:
    """`1 - <a, b>` of unit vectors: the d_cos of EmoStyle eq 5, in [0, 2]."""
    return 1 - cosine_similarity(a, b)


def cosine_hinge(
    now: Float[Tensor, "... D"], start: Float[Tensor, "... D"], target: Float[Tensor, "... D"]
) -> Float[Tensor, "..."]:
    """Hinge form of the similarity term, Robust eq 15.

    `max(<start, target> - <now, target> + 1, 0)`: like the cosine distance, but zero once the
    picture has come a whole unit closer than the start was.

    Args:
        now: vectors of the edited pictures.
        start: vectors of the starting pictures.
        target: vectors of the guiding sound.
    """
    gain = cosine_similarity(now, target) - cosine_similarity(start, target)
    return (1 - gain).clamp(min=0)


def multi_dimension(
    distances: dict[str, Float[Tensor, " N"]], weights: dict[str, float]
) -> Float[Tensor, " N"]:
    """Weighted sum over audio, music and text, EmoStyle eq 5.

    Args:
        distances: per guide (`audio`, `music`, `text`) its distance for each item.
        weights: lambda of each guide; a guide without one is an error of the caller.
    """
    total = [weights[name] * value for name, value in distances.items()]
    return sum(total[1:], start=total[0])

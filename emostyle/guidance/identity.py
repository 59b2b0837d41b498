"""The identity term of the edit: the person in the picture should stay who they are."""

from jaxtyping import Float
from torch import Tensor


def identity_loss(start: Float[Tensor, "N D"], now: Float[Tensor, "N D"]) -> Float[Tensor, " N"]:
    """One minus the cosine of two identity embeddings, per item.

    `L_ID = 1 - <R(G(w_s)), R(G(w_a))>`: Robust sound-guided image manipulation, equation 18, and
    EmoStyle, equation 6, with R the ArcFace network.

    Args:
        start: unit embeddings of the pictures before the edit, R(G(w_s)).
        now: unit embeddings of the pictures at this step, R(G(w_a)).

    Returns:
        One loss per item in [0, 2]; 0 for the same direction.
    """
    return 1.0 - (start * now).sum(dim=-1)

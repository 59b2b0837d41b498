"""Proximity terms: how far a latent has moved from its start."""

import torch
from jaxtyping import Float
from torch import Tensor


def l2_proximity(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"]
) -> Float[Tensor, " N"]:
    """`||w_a - w_s||_2` of the whole latent, EmoStyle eq 7 and Robust eq 16."""
    return _length(w_plus - w_start, (1, 2))


def l1_proximity(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"]
) -> Float[Tensor, " N"]:
    """`||w_a - w_s||_1`, mean over layers (ours): prefers one long step along one axis to many
    short ones along all of them.
    """
    return (w_plus - w_start).abs().sum(2).mean(1)


def layer_mask(g: Float[Tensor, "N L"]) -> Float[Tensor, "N L"]:
    """The mask over layers: softmax of the trainable vector g (Robust section 3.2.2)."""
    return torch.softmax(g, dim=-1)


def masked_proximity(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"], g: Float[Tensor, "N L"]
) -> Float[Tensor, " N"]:
    """Adaptive layer masking as printed: `1/L sum_i g_i ||w_i^a - w_i^s||_2`.

    EmoStyle eq 8 and Robust eq 17, with g through the softmax. Read alone, the gradient of g moves
    all mass to the layer that moves least, so that the others go free; see docs/method.md.
    """
    return (layer_mask(g) * layer_movement(w_plus, w_start)).mean(-1)


def layer_movement(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"]
) -> Float[Tensor, "N L"]:
    """L2 length of the change of each layer."""
    return _length(w_plus - w_start, (2,))


def _length(delta: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Euclidean length whose gradient at zero is zero instead of undefined."""
    square = delta.square().sum(dims)
    moved = square > 0
    return torch.where(moved, torch.where(moved, square, 1.0).sqrt(), 0.0)

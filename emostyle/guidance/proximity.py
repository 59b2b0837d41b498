"""Proximity terms: how far a latent has moved from its start."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def l2_proximity(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"]
) -> Float[Tensor, " N"]:
    """`||w_a - w_s||_2` of the whole latent, EmoStyle eq 7 and Robust eq 16."""
    return _length(w_plus - w_start, (1, 2))


def l1_proximity(
    w_plus: Float[Tensor, "N L D"],
    w_start: Float[Tensor, "N L D"],
    spared: Bool[Tensor, "N D"] | None = None,
) -> Float[Tensor, " N"]:
    """`||w_a - w_s||_1`, mean over layers (ours): prefers one long step along one axis to many
    short ones along all of them.

    Args:
        w_plus: latents being optimised.
        w_start: starting latents.
        spared: numbers of w that do not count. An L1 distance also shortens the one step that is
            meant; as in the relaxed lasso (Meinshausen 2007), what was chosen is not shortened.
    """
    step = (w_plus - w_start).abs()
    if spared is not None:
        step = step.masked_fill(spared[:, None], 0.0)
    return step.sum(2).mean(1)


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

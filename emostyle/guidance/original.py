"""Faults of the originals' guidance as they are, for configurations named `*_original` only.

Sources: kuai-lab/sound-guided-semantic-image-manipulation (dfba091) and AndreJJXu/EmoStyle
(c682caf), `criteria/soundclip_loss.py` and `optimization/run_optimization*.py`. The terms as the
papers mean them are in `similarity.py` and `proximity.py`, the picture as CLIP wants it in
`emostyle.embedding.clip`.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import ImageError, LatentError
from emostyle.guidance.similarity import cosine_similarity

UPSAMPLED = 7
"""Factor by which pictures are enlarged before they are pooled."""
POOLED = 32
"""Pooling windows per `UPSAMPLED`: a picture ends up 7 * 32 = 224 pixels wide."""
ORIGINAL_SIZE = UPSAMPLED * POOLED
"""Side of the pictures that the originals show to CLIP, pixels."""
TEMPERATURE = 0.07
MASKED_LAYERS = 14
"""Layers of w+ that the mask knows even where the generator has more (18 at 1024 pixels)."""
MASK_START = 1.0
"""Mask weight of each layer before the first step."""
MASK_RATE = 0.1
"""Step size of the mask."""


def original_clip_pixels(images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 224 224"]:
    """The picture that the originals' loss gives to CLIP.

    Nearest-neighbour enlargement by 7, then means over windows of S / 32, done here in one matrix
    per axis. The fault: the values stay in [-1, 1], unclamped, without CLIP's mean and deviation,
    so the network sees a picture of another contrast and brightness than it learned from.

    Args:
        images: square pictures (B, 3, S, S) in [-1, 1] as the generator gives them, S a multiple
            of 32.

    Returns:
        (B, 3, 224, 224), for CLIP's image tower as they are.

    Raises:
        ImageError: pictures of another size.
    """
    height, width = images.shape[2:]
    if height != width or height % POOLED:
        raise ImageError(
            f"A picture of {height}x{width} pixels cannot be resized as the originals do; give "
            f"square pictures of a multiple of {POOLED} pixels."
        )
    weights = _pooling_weights(height).to(images)
    return weights @ images @ weights.T


def _pooling_weights(size: int) -> Float[Tensor, "224 size"]:
    """Share of each pixel in each window; both in units of a seventh of a pixel."""
    window = size // POOLED
    start = window * torch.arange(UPSAMPLED * POOLED)[:, None]
    pixel = UPSAMPLED * torch.arange(size)
    end = torch.minimum(start + window, pixel + UPSAMPLED)
    overlap = (end - torch.maximum(start, pixel)).clamp(min=0)
    return overlap.double() / window


def original_similarity_loss(
    image: Float[Tensor, "*V N D"], audio: Float[Tensor, "N D"]
) -> Float[Tensor, "*V N"]:
    """`1 - exp(0.07) cos(image, audio)`, smallest value -0.0725.

    The fault: the exponential of the temperature multiplies the cosine where 1 / 0.07 was meant.

    Args:
        image: vectors of the edited pictures.
        audio: vectors of the guiding sound.
    """
    return 1.0 - math.exp(TEMPERATURE) * cosine_similarity(image, audio)


def original_mask_start(w_plus: Float[Tensor, "N L D"]) -> Float[Tensor, "N M"]:
    """The mask g before the first step, one for each of the layers that the mask knows."""
    return torch.full_like(w_plus[:, :MASKED_LAYERS, 0], MASK_START)


def original_layer_terms(
    w_plus: Float[Tensor, "N L D"], w_start: Float[Tensor, "N L D"], mask: Float[Tensor, "N M"]
) -> Float[Tensor, "N M"]:
    """`sigmoid(g_i) ||w_i^a - w_i^s||^2` of each masked layer; the loss is their sum.

    The faults: a sigmoid where the paper has a softmax, squared lengths where it has lengths, and
    only the first 14 layers are held (Robust sound-guided image manipulation, eq 17).

    Args:
        w_plus: latents of the edit.
        w_start: latents before it.
        mask: g of the first M layers, M at most L, see `original_mask_start`.

    Raises:
        LatentError: more mask weights than layers.
    """
    held, layers = mask.shape[1], w_plus.shape[1]
    if held > layers:
        raise LatentError(
            f"The mask has {held} weights but the latent {layers} layers; give a mask of at most "
            f"{layers}."
        )
    return torch.sigmoid(mask) * (w_plus - w_start)[:, :held].square().sum(2)


def original_mask_step(
    mask: Float[Tensor, "N M"], terms: Float[Tensor, "N M"]
) -> Float[Tensor, "N M"]:
    """The mask after a step: `g_i - 0.1 l_i (1 - l_i)`, without a gradient.

    The fault: g is not trained. The rule is the derivative of a sigmoid with the layer's term l_i
    in the place of the sigmoid's value; a layer that moves far (l_i > 1) is held the more for it.

    Args:
        mask: g before the step.
        terms: of `original_layer_terms` with that mask.
    """
    terms = terms.detach()
    return mask - MASK_RATE * terms * (1.0 - terms)

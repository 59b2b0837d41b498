"""The face as ArcFace wants it, cut from a portrait that is aligned as FFHQ is."""

import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import ImageError

ALIGNED_SIDE = 256
ROWS, COLUMNS = slice(35, 223), slice(32, 220)
"""Where the face lies in an aligned portrait of 256 pixels, as the published identity terms cut."""


def crop_face(images: Float[Tensor, "B 3 H W"], size: int = 112) -> Float[Tensor, "B 3 S S"]:
    """Cut the face out of aligned portraits; keeps gradients.

    Area means all along, as in the identity terms of StyleCLIP and of sound-guided manipulation:
    to 256 pixels unless they are that already, then the cut, then to `size`.

    Args:
        images: square portraits (B, 3, H, H) in [-1, 1], aligned as FFHQ.
        size: side of the result in pixels.

    Returns:
        Faces (B, 3, size, size) in [-1, 1].

    Raises:
        ImageError: pictures that are not square.
    """
    height, width = images.shape[2:]
    if height != width:
        raise ImageError(
            f"A picture of {height}x{width} pixels has no face at a known place; "
            "give square portraits, aligned as FFHQ."
        )
    if height != ALIGNED_SIDE:
        images = functional.adaptive_avg_pool2d(images, ALIGNED_SIDE)
    return functional.adaptive_avg_pool2d(images[:, :, ROWS, COLUMNS], size)

"""The pictures ImageBind sees."""

import torch
from jaxtyping import Float
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import center_crop, resize

from emostyle.types import Image

IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
"""Per channel, of pictures in [0, 1]; that of OpenAI's CLIP."""
IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)
"""Per channel, of pictures in [0, 1]; that of OpenAI's CLIP."""


def preprocess_images(images: Image, size: int = 224) -> Float[Tensor, "B 3 S S"]:
    """Resize the shorter side (bicubic, antialiased), crop the centre, normalise; keeps gradients.

    Args:
        images: (B, 3, H, W) in [-1, 1], any size.
        size: side S of the result, pixels.

    Returns:
        (B, 3, S, S).
    """
    fitted = resize(images, [size], InterpolationMode.BICUBIC, antialias=True)
    square: Tensor = center_crop(fitted, [size, size])
    mean, std = (torch.tensor(v).view(1, 3, 1, 1).to(square) for v in (IMAGE_MEAN, IMAGE_STD))
    return ((square + 1) / 2 - mean) / std

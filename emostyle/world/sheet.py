"""Contact sheets: many pictures on one page."""

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

GAP_PIXELS = 2


def contact_sheet(images: Float[Tensor, "B 3 H W"], columns: int) -> Image.Image:
    """Lay pictures out row by row with a gap of two pixels.

    Args:
        images: pictures in [-1, 1].
        columns: pictures per row.

    Returns:
        The page as an RGB picture.
    """
    count, _, height, width = images.shape
    rows = -(-count // columns)
    page = torch.full(
        (rows * (height + GAP_PIXELS) + GAP_PIXELS, columns * (width + GAP_PIXELS) + GAP_PIXELS, 3),
        255,
        dtype=torch.uint8,
    )
    pixels = ((images.detach().cpu().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    for number, picture in enumerate(pixels):
        row, column = divmod(number, columns)
        top = GAP_PIXELS + row * (height + GAP_PIXELS)
        left = GAP_PIXELS + column * (width + GAP_PIXELS)
        page[top : top + height, left : left + width] = picture.permute(1, 2, 0)
    return Image.fromarray(page.numpy())

"""Contact sheets: many pictures on one page.

python -m emostyle.world.sheet landscape docs/landscape_sheet.png
"""

import sys

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from emostyle.world.domain import get_domain

GAP_PIXELS = 2
STRENGTHS = (0.4, 0.7, 1.0)
SCENES = 3
"""Scenes of a domain's sheet that each event is shown in."""


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


def domain_sheet(name: str, size: int = 128, seed: int = 5) -> Image.Image:
    """What a domain can show: a row of quiet scenes, then a row per event at rising strengths.

    Args:
        name: `landscape` or `portrait`.
        size: side of each picture in pixels.
        seed: seed of the first scene.
    """
    domain = get_domain(name)
    columns = SCENES * len(STRENGTHS)
    rows = [domain.sample_z(1, torch.Generator().manual_seed(seed + i)) for i in range(columns)]
    scenes = domain.from_z(torch.cat(rows))
    pages = [domain.render(scenes.factors, scenes.shape, size)]
    for event in domain.events:
        factors = scenes.factors[:SCENES].repeat_interleave(len(STRENGTHS), 0)
        factors[:, domain.index(event)] = torch.tensor(STRENGTHS).repeat(SCENES)
        shape = scenes.shape[:SCENES].repeat_interleave(len(STRENGTHS), 0)
        pages.append(domain.render(factors, shape, size))
    return contact_sheet(torch.cat(pages), columns)


if __name__ == "__main__":
    domain_sheet(sys.argv[1]).save(sys.argv[2], optimize=True)

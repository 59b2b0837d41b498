"""Learned position vectors of a grid of patches, stretched when the grid has another size."""

import math

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.embedding.imagebind.tokens import learned_tokens
from emostyle.errors import EmoStyleError

Layout = tuple[int, ...]
"""Patches along each axis: (rows, columns) or (steps in time, rows, columns)."""


def resize_positions(
    table: Float[Tensor, "1 N D"], layout: Layout, wanted: Layout
) -> Float[Tensor, "1 M D"]:
    """Bicubic interpolation of a square position grid (Dosovitskiy et al. 2021, section 3.2).

    Args:
        table: (1, 1 + patches, D); the first row belongs to the class token and is kept.
        layout: the grid the table was made for.
        wanted: the grid it is needed for; of a table with steps in time, as many as are wanted
            are taken from its start.

    Returns:
        (1, 1 + patches wanted, D).

    Raises:
        EmoStyleError: the table's grid is not square, or has fewer steps in time than wanted.
    """
    if wanted == layout:
        return table
    steps, wanted_steps = math.prod(layout[:-2]), math.prod(wanted[:-2])
    if layout[-1] != layout[-2] or wanted_steps > steps:
        raise EmoStyleError(
            f"The input gives {' x '.join(map(str, wanted))} patches, ImageBind's position table "
            f"is for {' x '.join(map(str, layout))} and cannot be stretched to that; "
            "prepare the input as the published preprocessing does."
        )
    grid = table[0, 1:].unflatten(0, (steps, *layout[-2:]))[:wanted_steps].permute(0, 3, 1, 2)
    grid = functional.interpolate(grid.float(), size=list(wanted[-2:]), mode="bicubic")
    patches = grid.permute(0, 2, 3, 1).reshape(1, -1, table.shape[-1]).to(table.dtype)
    return torch.cat([table[:, :1], patches], dim=1)


class PositionTable(nn.Module):
    """One learned vector per patch and one for the class token.

    Args:
        layout: the grid of patches.
        width: length D of the vectors.
    """

    def __init__(self, layout: Layout, width: int) -> None:
        super().__init__()
        self.layout = layout
        self.pos_embed = learned_tokens(1 + math.prod(layout), width)

    def forward(self, layout: Layout) -> Tensor:
        """Position vectors (1, 1 + patches, D) of a grid of patches."""
        return resize_positions(self.pos_embed, self.layout, layout)

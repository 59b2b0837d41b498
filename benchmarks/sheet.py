"""Contact sheets of edits, so that a person can look at what the figures say."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

LABEL_PIXELS = 14
GAP_PIXELS = 6


@dataclass(frozen=True)
class Cell:
    """One edit on a sheet.

    Attributes:
        label: text above the pictures.
        pictures: before, after and, where there is one, the truth; each (3, H, W) in [-1, 1].
    """

    label: str
    pictures: tuple[Tensor, ...]


def save_sheet(rows: list[list[Cell]], path: Path, tile: int = 96) -> Path | None:
    """Draw cells in rows and save them as a PNG.

    Args:
        rows: cells of each row; rows may differ in length.
        path: file to write.
        tile: side of each picture in pixels.

    Returns:
        The path, or None when there was nothing to draw.
    """
    cells = [cell for row in rows for cell in row]
    if not cells:
        return None
    cell_width = max(len(cell.pictures) for cell in cells) * tile + GAP_PIXELS
    cell_height = tile + LABEL_PIXELS + GAP_PIXELS
    size = (max(map(len, rows)) * cell_width, len(rows) * cell_height)
    sheet = Image.new("RGB", size, (250, 250, 248))
    draw = ImageDraw.Draw(sheet)
    for row_index, row in enumerate(rows):
        for column, cell in enumerate(row):
            left, top = column * cell_width, row_index * cell_height
            draw.text((left + 2, top + 1), cell.label, fill=(30, 30, 30))
            for index, picture in enumerate(cell.pictures):
                pixels = ((picture.detach().cpu() + 1) * 127.5).round().clamp(0, 255)
                array = pixels.to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
                image = Image.fromarray(array).resize((tile, tile), Image.Resampling.LANCZOS)
                sheet.paste(image, (left + index * tile, top + LABEL_PIXELS))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path

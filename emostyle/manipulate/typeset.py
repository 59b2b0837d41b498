"""Paper, ink and type of every printed sheet: fonts, colours, sound thumbnails, framed pictures.

The fonts are the ones matplotlib ships, so that a machine without fonts prints the same sheets.
"""

from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont
from torch import Tensor

PAPER = (252, 251, 248)
INK = (31, 35, 40)
MUTED = (112, 117, 125)
HAIRLINE = (221, 219, 213)
PALETTE = ("#2F6F8F", "#C4572E", "#5B7F3A", "#7B5EA7", "#B8862B", "#A63D5A", "#3D8C84", "#5A6472")
"""Ink colours of sounds, taken in turn: slate blue, rust, moss, violet, ochre, wine, teal, grey."""

Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False) -> Font:
    """DejaVu Sans at a size in pixels."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, size)


def colour_of(index: int) -> str:
    """The ink colour of the index-th sound of a sheet (repeats after eight)."""
    return PALETTE[index % len(PALETTE)]


def fit_text(text: str, face: Font, width: float) -> str:
    """`text`, shortened with an ellipsis until it is at most `width` pixels wide."""
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,;") + "…" if text else ""


def to_picture(image: Float[Tensor, "3 H W"]) -> Image.Image:
    """A tensor in [-1, 1] as an 8-bit picture of the same size (rounded, clipped)."""
    values = image.detach().float().clamp(-1, 1).add(1).mul(127.5).round()
    return Image.fromarray(values.byte().permute(1, 2, 0).cpu().contiguous().numpy())


def tile(picture: Image.Image, size: int, radius: int = 8) -> Image.Image:
    """A picture resampled to `size` x `size` pixels with softly rounded corners (RGBA)."""
    resampled = picture.convert("RGB").resize((size, size), Image.Resampling.LANCZOS)
    corners = Image.new("L", (size * 4, size * 4), 0)
    ImageDraw.Draw(corners).rounded_rectangle(
        (0, 0, size * 4 - 1, size * 4 - 1), radius=radius * 4, fill=255
    )
    resampled.putalpha(corners.resize((size, size), Image.Resampling.LANCZOS))
    return resampled


def envelope(samples: NDArray[np.floating], bars: int) -> NDArray[np.floating]:
    """Loudness of a sound in `bars` equal parts, in [0, 1], the loudest part being one.

    Args:
        samples: the sound `(T,)`, any amplitude.
        bars: number of parts, at least one.

    Returns:
        RMS per part, divided by the greatest and raised to 0.6 so that quiet parts stay visible;
        zeros for a silent sound.
    """
    parts = np.array_split(np.asarray(samples, dtype=np.float64), bars)
    rms = np.array([np.sqrt(np.mean(part**2)) if part.size else 0.0 for part in parts])
    return (rms / rms.max()) ** 0.6 if rms.max() > 0 else rms


def sound_thumbnail(
    samples: NDArray[np.floating],
    width: int,
    height: int,
    colour: str,
    played: float = 1.0,
    pitch: float = 6.0,
) -> Image.Image:
    """A sound drawn as a row of round-ended bars (RGBA, transparent ground).

    Args:
        samples: the sound `(T,)`.
        width: width in pixels.
        height: height in pixels.
        colour: ink of the bars, `#rrggbb`.
        played: share of the bars in full ink; the rest is drawn in pale ink.
        pitch: distance of two bars in pixels.
    """
    up = 4
    bars = max(4, round(width / pitch))
    mask, pale = (Image.new("L", (width * up, height * up), 0) for _ in range(2))
    draw, draw_pale = ImageDraw.Draw(mask), ImageDraw.Draw(pale)
    step, thick = width * up / bars, width * up / bars * 0.55
    for index, level in enumerate(envelope(samples, bars)):
        half = max(thick / 2, level * (height * up - 2) / 2)
        left, middle = index * step + (step - thick) / 2, height * up / 2
        box = (left, middle - half, left + thick, middle + half)
        target = draw if index < played * bars - 1e-9 else draw_pale
        target.rounded_rectangle(box, radius=thick / 2, fill=255)
    mask, pale = (m.resize((width, height), Image.Resampling.LANCZOS) for m in (mask, pale))
    drawn = Image.new("RGBA", (width, height), colour)
    drawn.putalpha(ImageChops.add(mask, pale.point(lambda value: round(value * 0.28))))
    return drawn

"""An edit as an animated GIF: the picture changes while its sound plays along below it."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

from emostyle.manipulate.artifacts import Caption, columns_of, frame_steps
from emostyle.manipulate.provenance import SourceType, xmp_packet
from emostyle.manipulate.typeset import (
    INK,
    MUTED,
    PAPER,
    fit_text,
    font,
    sound_thumbnail,
    to_picture,
)
from emostyle.types import EditResult

_HOLD_START_MS, _HOLD_END_MS, _FRAME_MS = 900, 2000, 110


def animation_frames(result: EditResult, caption: Caption, size: int = 256) -> list[Image.Image]:
    """The frames of item 0, each over a band with the sound's name and its bars as a play head.

    Args:
        result: the edit; one picture per step among `frames`.
        caption: name, similarity and samples of the sound.
        size: edge of the picture in pixels; the band adds 56 below.
    """
    sheets = []
    steps = len(next(iter(result.history.values()), ()))
    taken = frame_steps(len(result.frames), steps)
    shown = columns_of(taken, len(taken))
    for index in shown:
        frame = result.frames[index]
        sheet = Image.new("RGB", (size, size + 56), PAPER)
        picture = to_picture(frame).resize((size, size), Image.Resampling.LANCZOS)
        sheet.paste(picture, (0, 0))
        draw, x, middle = ImageDraw.Draw(sheet), 12, size + 28
        if caption.samples is not None:
            wide, played = round(size * 0.4), index / max(1, shown[-1])
            bars = sound_thumbnail(caption.samples, wide, 36, caption.colour, played, 5.0)
            sheet.paste(bars, (x, middle - 18), bars)
            x += wide + 12
        name = fit_text(caption.sound, font(15, bold=True), size - x - 8)
        draw.text((x, middle - 9), name, INK, font(15, bold=True), anchor="lm")
        draw.text((x, middle + 11), caption.similarity, MUTED, font(13), anchor="lm")
        sheets.append(sheet)
    return sheets


def gif_bytes(sheets: list[Image.Image], source: SourceType, description: str) -> bytes:
    """Frames as an endlessly looping GIF with one palette for all and an XMP packet.

    Args:
        sheets: RGB frames of one size, at least one; the first and last are held longer.
        source: how the pictures came to be, for the XMP packet.
        description: one sentence, written as comment and into the packet.
    """
    thumbs = [np.asarray(sheet.resize((64, 78), Image.Resampling.BOX)) for sheet in sheets]
    palette = Image.fromarray(np.concatenate(thumbs)).quantize(255, method=Image.Quantize.MEDIANCUT)
    indexed = [s.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for s in sheets]
    durations = [_FRAME_MS] * len(sheets)
    durations[0], durations[-1] = _HOLD_START_MS, _HOLD_END_MS
    buffer = BytesIO()
    indexed[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=indexed[1:],
        duration=durations,
        loop=0,
        optimize=False,
        comment=description.encode(),
    )
    return _with_xmp(buffer.getvalue(), xmp_packet(source, description))


def _with_xmp(gif: bytes, packet: str) -> bytes:
    """The GIF with an XMP application extension before its trailer (XMP specification, part 3)."""
    magic = b"\x01" + bytes(range(0xFF, -1, -1)) + b"\x00"
    extension = b"\x21\xff\x0bXMP DataXMP" + packet.encode() + magic
    return gif[:-1] + extension + gif[-1:]

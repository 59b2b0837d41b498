"""The printed sheets of an edit as pure renderers: the strip and the grid. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from emostyle.manipulate.typeset import (
    HAIRLINE,
    INK,
    MUTED,
    PAPER,
    colour_of,
    fit_text,
    font,
    sound_thumbnail,
    tile,
    to_picture,
)
from emostyle.types import EditResult

MARGIN, GAP = 28, 12


@dataclass(frozen=True)
class Caption:
    """What a sheet says about one edit.

    Attributes:
        sound: the name of the sound.
        start: cosine of picture and sound before, in [-1, 1].
        end: the same after.
        note: a short second line (what was heard, what changed), may be empty.
        samples: the sound `(T,)` for its thumbnail; None draws no thumbnail.
        colour: ink of the thumbnail, `#rrggbb`.
    """

    sound: str
    start: float
    end: float
    note: str = ""
    samples: NDArray[np.floating] | None = None
    colour: str = colour_of(0)

    @property
    def similarity(self) -> str:
        """`0.12 → 0.45`."""
        return f"{self.start:.2f} → {self.end:.2f}"


@dataclass(frozen=True)
class Cell:
    """One column of a grid: a picture before and after, with its caption."""

    before: Image.Image
    after: Image.Image
    caption: Caption


def caption_of(
    result: EditResult,
    sound: str,
    item: int = 0,
    note: str = "",
    samples: NDArray[np.floating] | None = None,
    colour: str = colour_of(0),
) -> Caption:
    """The caption of one item of an edit; without a note it says what was heard."""
    if not note and result.heard:
        name, share = result.heard[0]
        note = f"heard as {name.replace('_', ' ')} ({share:.0%})"
    start, end = float(result.similarity_start[item]), float(result.similarity_end[item])
    return Caption(sound, start, end, note, samples, colour)


def frame_steps(frames: int, steps: int) -> list[int]:
    """The step at which each frame of an edit was taken.

    Args:
        frames: number of frames: the start, one every so many steps, the end.
        steps: steps done.

    Returns:
        Steps from 0 to `steps`.
    """
    every = steps // max(1, frames - 2)
    return [*(min(steps, k * every) for k in range(frames - 1)), steps][-frames:]


def columns_of(taken: Sequence[int], most: int) -> list[int]:
    """Indices of at most `most` frames whose steps are as evenly spaced as can be.

    Args:
        taken: the step of each frame, ascending.
        most: at least two.
    """
    count = min(most, len(set(taken)))
    wanted = np.linspace(taken[0], taken[-1], count)
    nearest = np.abs(np.asarray(taken)[None] - wanted[:, None]).argmin(1)
    return sorted({*nearest[:-1].tolist(), len(taken) - 1})


def strip(result: EditResult, caption: Caption, columns: int = 6, size: int = 256) -> Image.Image:
    """Before | several steps | after of item 0, under a band naming sound and similarity.

    Args:
        result: the edit; `frames` gives the columns.
        caption: the band's words.
        columns: most pictures shown, at least two.
        size: edge of one picture in pixels.

    Returns:
        RGB sheet.
    """
    count, last = len(result.frames), len(next(iter(result.history.values()), ()))
    steps = frame_steps(count, last)
    chosen = columns_of(steps, columns)
    band, foot = 84, 40
    width = 2 * MARGIN + len(chosen) * size + (len(chosen) - 1) * GAP
    sheet = Image.new("RGB", (width, MARGIN + band + size + foot + MARGIN // 2), PAPER)
    draw = ImageDraw.Draw(sheet)
    _band(sheet, caption, MARGIN, MARGIN - 4, width - 2 * MARGIN)
    top = MARGIN + band
    for column, index in enumerate(chosen):
        picture = tile(to_picture(result.frames[index]), size)
        left = MARGIN + column * (size + GAP)
        sheet.paste(picture, (left, top), picture)
        ends = {0: "before", count - 1: "stopped" if result.interrupted else "after"}
        label = ends.get(index, f"step {steps[index]}")
        ink, face = (INK, font(17, bold=True)) if index in ends else (MUTED, font(17))
        draw.text((left + size / 2, top + size + 22), label, ink, face, anchor="mm")
    return sheet


def _band(sheet: Image.Image, caption: Caption, left: int, top: int, width: int) -> None:
    """Thumbnail, name and note on the left, similarity on the right, a hairline below."""
    draw = ImageDraw.Draw(sheet)
    number, small = font(26), font(16)
    x = left
    if caption.samples is not None:
        thumbnail = sound_thumbnail(caption.samples, 150, 56, caption.colour)
        sheet.paste(thumbnail, (left, top + 4), thumbnail)
        x += 172
    room = left + width - x - number.getlength(caption.similarity) - 24
    name_y = top + (18 if caption.note else 32)
    name = fit_text(caption.sound, font(26, bold=True), room)
    draw.text((x, name_y), name, INK, font(26, bold=True), anchor="lm")
    note = fit_text(caption.note, small, room)
    draw.text((x, top + 48), note, MUTED, small, anchor="lm")
    right = left + width
    draw.text((right, top + 18), caption.similarity, INK, number, anchor="rm")
    draw.text((right, top + 48), "similarity to the sound", MUTED, small, anchor="rm")
    draw.line((left, top + 72, right, top + 72), HAIRLINE, 2)


def grid(rows: Sequence[tuple[str, Sequence[Cell]]], size: int = 256) -> Image.Image:
    """All edits on one sheet: per row the pictures before, their sounds, the pictures after.

    Args:
        rows: a heading (may be empty) and its cells, row by row; at least one cell in all.
        size: edge of one picture in pixels.

    Returns:
        RGB sheet; shorter rows are centred.
    """
    most = max(len(cells) for _, cells in rows)
    side, band, between = 34, 76, 44
    inner = most * size + (most - 1) * GAP
    heights = [(30 if title else 0) + 2 * size + band for title, _ in rows]
    height = 2 * MARGIN + sum(heights) + between * (len(rows) - 1)
    sheet = Image.new("RGB", (2 * MARGIN + 2 * side + inner, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    top = MARGIN
    for (title, cells), tall in zip(rows, heights, strict=True):
        pictures = top + (30 if title else 0)
        row = len(cells) * size + (len(cells) - 1) * GAP
        left = MARGIN + side + (inner - row) // 2
        if title:
            draw.text((left, top + 6), title, MUTED, font(18), anchor="lm")
        for word, offset in (("before", size / 2), ("after", size + band + size / 2)):
            _sideways(sheet, word, left - side + 8, round(pictures + offset))
        for column, cell in enumerate(cells):
            _cell(sheet, cell, left + column * (size + GAP), pictures, size, band)
        top += tall + between
    return sheet


def _cell(sheet: Image.Image, cell: Cell, left: int, top: int, size: int, band: int) -> None:
    """One column: picture, thumbnail beside name and similarity, picture."""
    draw = ImageDraw.Draw(sheet)
    for picture, y in ((cell.before, top), (cell.after, top + size + band)):
        framed = tile(picture, size)
        sheet.paste(framed, (left, y), framed)
    caption, x, middle = cell.caption, left + 4, top + size + band // 2
    if caption.samples is not None:
        wide = round(size * 0.36)
        drawn = sound_thumbnail(caption.samples, wide, 42, caption.colour, pitch=5.0)
        sheet.paste(drawn, (x, middle - 21), drawn)
        x += wide + 12
    room = left + size - x
    name = fit_text(caption.sound, font(18, bold=True), room)
    draw.text((x, middle - 11), name, INK, font(18, bold=True), anchor="lm")
    draw.text((x, middle + 13), caption.similarity, MUTED, font(15), anchor="lm")


def _sideways(sheet: Image.Image, word: str, x: int, middle: int) -> None:
    """A word set upwards along the left side of a row, centred on `middle`."""
    face = font(16)
    wide = round(face.getlength(word)) + 4
    label = Image.new("RGB", (wide, 24), PAPER)
    ImageDraw.Draw(label).text((wide / 2, 12), word, MUTED, face, anchor="mm")
    sheet.paste(label.rotate(90, expand=True), (x - 12, middle - wide // 2))

"""The strip, the grid, the charts and the animation."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from emostyle.manipulate.animate import animation_frames, gif_bytes
from emostyle.manipulate.artifacts import (
    Caption,
    Cell,
    caption_of,
    columns_of,
    frame_steps,
    grid,
    strip,
)
from emostyle.manipulate.plots import curves_figure, layer_labels, mask_figure
from emostyle.manipulate.typeset import (
    PAPER,
    envelope,
    fit_text,
    font,
    sound_thumbnail,
    tile,
    to_picture,
)


def test_to_picture_is_exact_and_clips() -> None:
    image = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).expand(3, 1, 5)
    assert np.asarray(to_picture(image))[0, :, 0].tolist() == [0, 0, 128, 255, 255]


@pytest.mark.parametrize(
    ("frames", "steps", "shown"),
    [
        (27, 300, [0, 60, 120, 180, 240, 300]),
        (9, 280, [0, 40, 120, 160, 240, 280]),
        (2, 300, [0, 300]),
        (2, 0, [0]),
        (4, 2, [0, 1, 2]),
    ],
)
def test_columns_are_spaced_by_steps(frames: int, steps: int, shown: list[int]) -> None:
    taken = frame_steps(frames, steps)
    assert len(taken) == frames
    assert [taken[k] for k in columns_of(taken, 6)] == shown


@pytest.mark.parametrize("frames", range(1, 40))
def test_columns_keep_both_ends(frames: int) -> None:
    columns = columns_of(frame_steps(frames, 300), 6)
    assert columns[-1] == frames - 1
    assert columns[0] == 0
    assert len(columns) <= 6


def test_strip_shows_first_and_last_frame(make_result, samples) -> None:
    result = make_result()
    sheet = strip(result, caption_of(result, "rain.wav", samples=samples), size=64)
    assert sheet.getpixel((0, 0)) == PAPER
    pixels = np.asarray(sheet).astype(int)
    row = 28 + 84 + 32
    first, last = pixels[row, 28 + 32, 0], pixels[row, sheet.width - 28 - 32, 0]
    expected = [np.asarray(to_picture(x[0])).mean() for x in (result.before, result.after)]
    assert [first, last] == pytest.approx(expected, abs=8)


def test_strip_without_history_or_thumbnail(make_result) -> None:
    result = make_result(steps=0, frames=1)
    assert strip(result, caption_of(result, "rain.wav")).width > 256


def test_an_interrupted_edit_is_not_labelled_after(make_result) -> None:
    result = make_result()
    caption = caption_of(result, "rain.wav")
    finished = np.asarray(strip(result, caption))
    result.interrupted = True
    assert (np.asarray(strip(result, caption)) != finished).any()


def test_caption_says_what_was_heard(make_result) -> None:
    caption = caption_of(make_result(), "rain.wav")
    assert caption.note == "heard as rain (93%)"
    assert caption.similarity == "0.12 → 0.46"


def test_grid_centres_short_rows() -> None:
    picture = Image.new("RGB", (8, 8), "red")
    cells = [Cell(picture, picture, Caption("a", 0, 1))] * 3
    wide = grid([("", cells)], size=64)
    both = grid([("", cells), ("one", cells[:1])], size=64)
    assert both.width == wide.width
    assert both.height > wide.height
    lower = np.asarray(both)[-60]
    red = np.flatnonzero((lower == (255, 0, 0)).all(-1))
    assert abs((red[0] + red[-1]) / 2 - both.width / 2) <= 2


def test_long_names_are_shortened() -> None:
    face = font(18)
    short = fit_text("a very long name of a recording.wav", face, 100)
    assert short.endswith("…")
    assert face.getlength(short) <= 100
    assert fit_text("rain", face, 100) == "rain"
    assert fit_text("rain", face, 0) == ""


def test_envelope_is_relative_and_silence_is_flat(samples) -> None:
    bars = envelope(samples, 10)
    assert bars.max() == 1
    assert (np.diff(bars) > 0).all()
    assert (envelope(np.zeros(100), 5) == 0).all()
    assert envelope(np.ones(3), 5).shape == (5,)


def test_thumbnail_marks_what_was_played(samples) -> None:
    full = np.asarray(sound_thumbnail(samples, 60, 30, "#2F6F8F"))[..., 3]
    none = np.asarray(sound_thumbnail(samples, 60, 30, "#2F6F8F", played=0))[..., 3]
    assert full.max() == 255
    assert 0 < none.max() < 100


def test_tile_rounds_corners() -> None:
    framed = tile(Image.new("RGB", (128, 128), "white"), 64)
    assert framed.getpixel((0, 0))[3] < 64
    assert framed.getpixel((32, 32))[3] == 255


@pytest.mark.parametrize("size", [32, 128, 1024])
def test_layer_labels_follow_the_resolution(size: int) -> None:
    layers = 2 * (size.bit_length() - 1) - 2
    labels = layer_labels(layers, size)
    assert labels[0].endswith("4×4")
    assert labels[-2].endswith(f"{size}×{size}")
    assert labels[-1].endswith("to RGB")


@pytest.mark.parametrize("items", [1, 3])
def test_charts_draw(make_result, items: int) -> None:
    result = make_result(items)
    for chart in (curves_figure, mask_figure):
        picture = chart(result, "rain on a landscape")
        assert picture.mode == "RGB"
        assert np.asarray(picture).std() > 5


def test_charts_survive_an_edit_without_steps(make_result) -> None:
    assert curves_figure(make_result(steps=0), "nothing").width > 100


def test_charts_leave_matplotlib_alone(make_result) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    curves_figure(make_result(), "x")
    assert dict(matplotlib.rcParams) == before


def test_gif_plays_all_frames(make_result, samples) -> None:
    result = make_result()
    sheets = animation_frames(result, caption_of(result, "rain.wav", samples=samples), size=64)
    data = gif_bytes(sheets, "generated", "A landscape & its rain")
    with Image.open(BytesIO(data)) as picture:
        assert picture.n_frames == len(result.frames)
        assert picture.info["loop"] == 0
        assert picture.info["duration"] == 900
        picture.seek(picture.n_frames - 1)
        assert picture.info["duration"] == 2000


def test_gif_of_equal_frames_is_valid(make_result) -> None:
    sheets = [Image.new("RGB", (64, 78), "navy")] * 3
    with Image.open(BytesIO(gif_bytes(sheets, "generated", "still"))) as picture:
        picture.load()

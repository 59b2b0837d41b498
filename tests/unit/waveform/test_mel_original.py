"""The originals' front end: range, frames, the faulty resize against a loop, and its refusals."""

import pytest
import torch

from emostyle.errors import AudioError
from emostyle.waveform.mel_original import (
    ORIGINAL,
    fit_frames,
    fold,
    original_decibel,
    original_log_mel,
    original_power,
    original_windows,
    random_start,
)


def noise(samples: int) -> torch.Tensor:
    return 0.1 * torch.randn(samples, generator=torch.Generator().manual_seed(0))


def bilinear(picture: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Half-pixel-centre bilinear resize with repeated edges, one value after the other."""
    height, width = picture.shape
    out = torch.empty(rows, columns, dtype=picture.dtype)
    for i in range(rows):
        y = (i + 0.5) * height / rows - 0.5
        for j in range(columns):
            x = (j + 0.5) * width / columns - 0.5
            top, left = int(y // 1), int(x // 1)
            value = 0.0
            for row, share in ((top, top + 1 - y), (top + 1, y - top)):
                for column, part in ((left, left + 1 - x), (left + 1, x - left)):
                    row_in = min(max(row, 0), height - 1)
                    column_in = min(max(column, 0), width - 1)
                    value += share * part * float(picture[row_in, column_in])
            out[i, j] = value
    return out


def test_one_frame_more_than_whole_hops() -> None:
    assert original_power(noise(512 * 7), ORIGINAL).shape == (128, 8)
    assert original_power(noise(512 * 7 + 511), ORIGINAL).shape == (128, 8)
    assert original_power(noise(1), ORIGINAL).shape == (128, 1)


def test_decibels_lie_between_floor_and_peak() -> None:
    power = torch.tensor([[1.0, 1e-4, 1e-9], [0.1, 1e-8, 0.0]])
    expected = torch.tensor([[1.0, 0.5, 0.0], [0.875, 0.0, 0.0]])
    torch.testing.assert_close(original_decibel(power), expected, atol=1e-6, rtol=0)


def test_fold_is_a_bilinear_resize_of_swapped_axes_and_a_reshape() -> None:
    picture = torch.rand(3, 10, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    folded = fold(picture[None], width=6)
    assert folded.shape == (1, 1, 3, 6)
    stretched = bilinear(picture, rows=6, columns=3)
    torch.testing.assert_close(folded[0, 0], stretched.reshape(3, 6), atol=1e-12, rtol=0)


def test_each_row_holds_four_copies_of_the_time_axis() -> None:
    time = torch.arange(864.0).expand(128, 864)
    row = fold(time[None])[0, 0, 5]
    assert row.shape == (512,)
    torch.testing.assert_close(row.view(4, 128), row[:128].expand(4, 128))
    assert bool((row[:128].diff() > 0).all())


def test_short_clips_lie_on_zeros_and_long_ones_are_cut() -> None:
    short, long = torch.ones(2, 100), torch.arange(900.0).expand(2, 900)
    placed = fit_frames(short, 3)
    assert placed.shape == (2, 864)
    assert float(placed.sum()) == 200.0
    assert placed[0, 2:4].tolist() == [0.0, 1.0]
    assert fit_frames(long, 7)[0, [0, -1]].tolist() == [7.0, 870.0]


@pytest.mark.parametrize(("frames", "start"), [(100, 765), (900, 37), (864, 1), (10, -1)])
def test_a_start_without_room_is_refused(frames: int, start: int) -> None:
    with pytest.raises(AudioError, match=f"start at frame {start}"):
        fit_frames(torch.zeros(2, frames), start)


@pytest.mark.parametrize(("frames", "last"), [(861, 2), (862, 1), (864, 0), (866, 2)])
def test_random_starts_cover_their_range(frames: int, last: int) -> None:
    generator = torch.Generator().manual_seed(0)
    starts = {random_start(frames, generator) for _ in range(100)}
    assert starts == set(range(last + 1))


def test_windows_cover_a_long_sound_and_agree_with_the_single_picture() -> None:
    waveform = noise(512 * 1000)
    pictures = original_windows(waveform)
    assert pictures.shape == (2, 1, 128, 512)
    torch.testing.assert_close(pictures[:1], original_log_mel(waveform))
    torch.testing.assert_close(pictures[1:], original_log_mel(waveform, start=1001 - 864))
    torch.testing.assert_close(original_windows(noise(9000)), original_log_mel(noise(9000)))


def test_empty_sound_is_refused() -> None:
    with pytest.raises(AudioError, match="no samples"):
        original_log_mel(torch.zeros(0))

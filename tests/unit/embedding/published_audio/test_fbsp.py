"""The fbsp transform against complex arithmetic, its Fourier limit, and the framing."""

import cmath
import math

import pytest
import torch

from emostyle.embedding.published_audio.fbsp import LinearFBSP, fbsp_filters, windowed_frames


def test_filters_are_the_printed_formula() -> None:
    order = torch.tensor([1.0, 2.0, 1.5, 0.3], dtype=torch.float64)
    bandwidth = torch.tensor([1.0, 4.0, 9.0, 2.0], dtype=torch.float64)
    centre = torch.tensor([0.0, 3.0, 5.5, 2.0], dtype=torch.float64)
    filters = fbsp_filters(order, bandwidth, centre, 24)
    for k in range(4):
        m, fb, fc = float(order[k]), float(bandwidth[k]), float(centre[k])
        for n in range(24):
            t = math.pi * (2 * n / 23 - 1) + 1e-8
            x = fb * t / (m + 1e-8)
            value = math.sqrt(fb) * complex(math.sin(x) / x) ** m * cmath.exp(-1j * fc * t)
            expected = value / math.sqrt(24)
            assert complex(*filters[k, n].tolist()) == pytest.approx(expected, abs=1e-9)


def test_untrained_bank_is_a_fourier_transform() -> None:
    bank = LinearFBSP(9, normalised=False).double()
    weights = torch.view_as_complex(bank.weights(17))
    torch.testing.assert_close(weights.abs(), torch.ones(9, 17, dtype=torch.float64))
    tone = weights[5].conj().real
    response = torch.view_as_complex(bank(tone[None, None]))[0, :, 0].abs()
    assert int(response.argmax()) == 5


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (10, 1), (11, 2), (14, 2), (15, 3)])
def test_frames_are_filled_from_both_sides(samples: int, frames: int) -> None:
    sound = torch.arange(1.0, samples + 1.0)[None]
    cut = windowed_frames(sound, torch.ones(10), hop_length=4, frame_length=13)
    assert cut.shape == (1, frames, 13)
    missing = (frames - 1) * 4 + 10 - samples
    inside = cut[0, :, 1:11]
    assert inside[0, missing // 2] == 1.0
    assert inside[-1, 9 - (missing - missing // 2)] == samples
    assert float(cut[..., 0].abs().sum() + cut[..., 11:].abs().sum()) == 0.0

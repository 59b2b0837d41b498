"""Clips and filter banks of a recording."""

import pytest
import torch

from emostyle.embedding.imagebind.audio import FilterBankSpec, audio_clips, clip_bounds
from emostyle.errors import AudioError

SPEC = FilterBankSpec()


def test_clips_are_spread_from_the_start_to_the_end() -> None:
    """Three of two seconds; a short recording is heard three times as it is."""
    assert clip_bounds(80000, SPEC) == [(0, 32000), (24000, 56000), (48000, 80000)]
    assert clip_bounds(8000, SPEC) == [(0, 8000)] * 3
    assert clip_bounds(80000, FilterBankSpec(clips=1)) == [(0, 32000)]


def test_a_tone_lies_in_its_band() -> None:
    """440 Hz is loudest in the band around it, in every clip."""
    seconds = torch.arange(48000) / 16000
    banks = audio_clips(torch.sin(2 * torch.pi * 440 * seconds)[None], 16000)
    assert banks.shape == (3, 1, 128, 204)
    mel = [1127 * torch.tensor(1 + hz / 700).log() for hz in (20.0, 440.0, 8000.0)]
    band = float((mel[1] - mel[0]) / (mel[2] - mel[0])) * 129 - 1
    loudest = banks[:, 0, :, :198].mean(-1).argmax(-1)
    assert (loudest - band).abs().max() <= 1


def test_what_is_filled_up_is_zero_before_normalisation() -> None:
    """Two seconds give 198 frames, the rest of 204 is -mean / std."""
    banks = audio_clips(torch.randn(1, 32000), 16000)
    torch.testing.assert_close(banks[..., 198:], torch.full((3, 1, 128, 6), 4.268 / 9.138))
    short = audio_clips(torch.randn(1, 8000), 16000)
    torch.testing.assert_close(short[..., 48:], torch.full((3, 1, 128, 156), 4.268 / 9.138))


def test_the_recording_is_left_as_it_came() -> None:
    """Also with the side effect of the original, which stays inside."""
    waveform = torch.randn(2, 48000) + 0.3
    before = waveform.clone()
    clean = audio_clips(waveform, 16000)
    shifted = audio_clips(waveform, 16000, FilterBankSpec(shift_recording=True))
    assert torch.equal(waveform, before)
    torch.testing.assert_close(clean[0], shifted[0])
    assert not torch.equal(clean[1], shifted[1])


def test_a_constant_offset_is_not_heard() -> None:
    """The mean of a clip is removed."""
    waveform = torch.randn(1, 40000)
    torch.testing.assert_close(
        audio_clips(waveform, 16000), audio_clips(waveform + 0.5, 16000), atol=1e-2, rtol=0
    )


def test_too_short_a_sound_is_refused() -> None:
    """Less than one analysis frame, or nothing."""
    for samples in (0, 399):
        with pytest.raises(AudioError, match="at least 25 ms"):
            audio_clips(torch.zeros(1, samples), 16000)

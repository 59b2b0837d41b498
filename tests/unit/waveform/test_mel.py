"""The log-mel front end: shapes, determinism, the window rule and the scale."""

import pytest
import torch

from emostyle.errors import AudioError
from emostyle.waveform.mel import (
    MelSpec,
    log_mel,
    mel_centres_hz,
    mel_filterbank,
    normalised_log,
    power_mel,
    windows,
)

SMALL = MelSpec(
    sample_rate_hz=16000, n_fft=512, hop_length=250, n_mels=32, f_max_hz=7800, frames=64
)


def test_spec_survives_a_round_trip_and_refuses_strangers() -> None:
    assert MelSpec.from_dict(SMALL.to_dict()) == SMALL
    with pytest.raises(AudioError, match="mel settings"):
        MelSpec.from_dict({"sample_rate_hz": 16000})


def test_default_window_is_five_seconds() -> None:
    assert MelSpec().window_seconds == pytest.approx(5.0)


def test_no_filter_is_empty_and_centres_rise() -> None:
    assert bool((mel_filterbank(MelSpec()).sum(0) > 0).all())
    assert bool((mel_centres_hz(MelSpec()).diff() > 0).all())


def test_short_sounds_are_repeated() -> None:
    sound = torch.arange(1.0, 6001.0)
    window = windows(sound, SMALL)
    assert window.shape == (1, SMALL.window_samples)
    torch.testing.assert_close(window[0, :6000], sound)
    torch.testing.assert_close(window[0, 6000:12000], sound)


@pytest.mark.parametrize(("length", "count"), [(16000, 1), (16001, 2), (50000, 4), (10**6, 24)])
def test_long_sounds_give_even_windows_from_start_to_end(length: int, count: int) -> None:
    sound = torch.arange(float(length))
    window = windows(sound, SMALL)
    assert window.shape == (count, 16000)
    assert float(window[0, 0]) == 0.0
    assert float(window[-1, -1]) == length - 1


def test_empty_sound_is_refused() -> None:
    with pytest.raises(AudioError, match="no samples"):
        windows(torch.zeros(0), SMALL)


def test_a_tone_lights_the_band_of_its_frequency() -> None:
    time = torch.arange(16000) / 16000
    power = power_mel(torch.sin(2 * torch.pi * 1000.0 * time)[None], SMALL)
    assert power.shape == (1, 32, 64)
    band = int(power[0].mean(1).argmax())
    assert abs(float(mel_centres_hz(SMALL)[band]) - 1000.0) < 150.0


def test_power_mel_agrees_with_torchaudio() -> None:
    import torchaudio

    sound = torch.randn(2, 16000, generator=torch.Generator().manual_seed(0))
    reference = torchaudio.transforms.MelSpectrogram(
        16000, 512, hop_length=250, f_min=30, f_max=7800, n_mels=32, norm="slaney",
        mel_scale="slaney", pad_mode="constant",
    )(sound)[..., :64]  # fmt: skip
    torch.testing.assert_close(power_mel(sound, SMALL), reference, rtol=1e-4, atol=1e-6)


def test_pictures_are_normalised_and_ignore_loudness() -> None:
    sound = torch.randn(40000, generator=torch.Generator().manual_seed(0))
    picture = log_mel(sound, SMALL)
    assert picture.shape == (3, 1, 32, 64)
    torch.testing.assert_close(picture.mean((1, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(picture.std((1, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)
    torch.testing.assert_close(log_mel(0.01 * sound, SMALL), picture, atol=1e-2, rtol=0)
    assert torch.equal(log_mel(sound, SMALL), picture)


def test_dynamic_range_is_limited() -> None:
    power = torch.ones(1, 32, 64)
    power[0, 0, 0] = 1e-30
    power[0, 0, 1] = 1e-8
    picture = normalised_log(power, SMALL)
    assert float(picture[0, 0, 0, 0]) == pytest.approx(float(picture[0, 0, 0, 1]))

"""Decoding: every unusable sound is one clear sentence that names the option."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from emostyle.errors import AudioError
from emostyle.waveform.load import load_audio, resample


def tone(seconds: float, rate: int, hertz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_formats_are_read_as_mono_at_the_wanted_rate(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, np.stack([tone(1.0, 44100), tone(1.0, 44100)], 1), 44100)
    waveform = load_audio(path, 32000)
    assert waveform.dtype == torch.float32
    assert waveform.ndim == 1
    assert abs(waveform.shape[0] - 32000) < 3000  # lossy codecs pad
    spectrum = torch.fft.rfft(waveform[4000:20000]).abs()
    assert abs(float(spectrum.argmax()) * 32000 / 16000 - 440.0) < 4.0


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    left = tone(0.5, 16000)
    soundfile.write(path, np.stack([left, np.zeros_like(left)], 1), 16000, subtype="FLOAT")
    torch.testing.assert_close(load_audio(path, 16000), torch.from_numpy(left / 2).float())


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "not found"),
        (lambda path: path.write_bytes(b""), "empty file"),
        (lambda path: path.write_bytes(b"this is no sound" * 20), "could not be decoded"),
        (lambda path: soundfile.write(path, np.zeros(0), 16000), "no samples"),
        (lambda path: soundfile.write(path, np.zeros(16000), 16000), "silent"),
        (lambda path: soundfile.write(path, 5e-5 * tone(1, 16000), 16000), "silent"),
        (lambda path: soundfile.write(path, tone(0.2, 16000), 16000), "0.200 s"),
        (lambda path: soundfile.write(path, np.full(16000, np.nan), 16000, "FLOAT"), "finite"),
    ],
)
def test_unusable_sounds_are_refused_in_one_sentence(tmp_path: Path, make, says: str) -> None:
    path = tmp_path / "sound.wav"
    make(path)
    with pytest.raises(AudioError, match=says) as caught:
        load_audio(path)
    message = str(caught.value)
    assert "--audio" in message
    assert str(path) in message
    assert "\n" not in message


def test_a_folder_is_not_a_sound(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="not found"):
        load_audio(tmp_path)


def test_resample_keeps_a_tone() -> None:
    sound = torch.from_numpy(tone(1.0, 44100)).float()
    spectrum = torch.fft.rfft(resample(sound, 44100, 32000)).abs()
    assert int(spectrum.argmax()) == 440
    assert resample(sound, 44100, 44100) is sound


@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_soxr_is_what_librosa_gives(rate: int) -> None:
    librosa = pytest.importorskip("librosa")
    sound = torch.randn(2, 30011, generator=torch.Generator().manual_seed(0))
    wanted = librosa.resample(sound.numpy(), orig_sr=rate, target_sr=44100)
    found = resample(sound, rate, 44100, "soxr")
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, torch.from_numpy(wanted), rtol=0, atol=1e-6)
    assert not torch.allclose(found[..., :30000], resample(sound, rate, 44100)[..., :30000])

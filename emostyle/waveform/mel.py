"""The log-mel picture of a sound. `MelSpec` travels with every audio encoder's weights."""

import math
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any

import torch
import torchaudio
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import AudioError

POWER_FLOOR = 1e-10
"""Powers below this are one with silence (-100 dB)."""


@dataclass(frozen=True)
class MelSpec:
    """How a waveform becomes a log-mel picture. Equal specs give equal pictures.

    Attributes:
        sample_rate_hz: sample rate the waveform must have, Hz.
        n_fft: samples per analysis frame (Hann window).
        hop_length: samples from one frame to the next.
        n_mels: mel bands (Slaney scale, area-normalised triangles).
        f_min_hz: lowest edge of the bands, Hz.
        f_max_hz: highest edge of the bands, Hz.
        frames: frames of one window, i.e. width of the picture.
        top_db: dynamic range: what lies more than this below the loudest point is raised to it, dB.
        max_windows: a long sound is heard through at most so many windows.
    """

    sample_rate_hz: int = 32000
    n_fft: int = 2048
    hop_length: int = 625
    n_mels: int = 128
    f_min_hz: float = 30.0
    f_max_hz: float = 15500.0
    frames: int = 256
    top_db: float = 80.0
    max_windows: int = 24

    @property
    def window_samples(self) -> int:
        """Samples of one window."""
        return self.frames * self.hop_length

    @property
    def window_seconds(self) -> float:
        """Length of one window, seconds."""
        return self.window_samples / self.sample_rate_hz

    def to_dict(self) -> dict[str, Any]:
        """The spec as plain numbers for a checkpoint's metadata."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "MelSpec":
        """The inverse of `to_dict`.

        Raises:
            AudioError: a name is missing or unknown (weights of another version).
        """
        names = {field.name for field in fields(cls)}
        if set(values) != names:
            raise AudioError(
                f"The weights carry the mel settings {sorted(values)}, expected {sorted(names)}; "
                "export the audio encoder again with train_audio_encoder.py --export."
            )
        return cls(**values)


@lru_cache(maxsize=8)
def mel_filterbank(spec: MelSpec) -> Float[Tensor, "bins F"]:
    """Triangular mel filters of a spec, (n_fft / 2 + 1, n_mels)."""
    return torchaudio.functional.melscale_fbanks(
        n_freqs=spec.n_fft // 2 + 1,
        f_min=spec.f_min_hz,
        f_max=spec.f_max_hz,
        n_mels=spec.n_mels,
        sample_rate=spec.sample_rate_hz,
        norm="slaney",
        mel_scale="slaney",
    )


@lru_cache(maxsize=8)
def mel_centres_hz(spec: MelSpec) -> Float[Tensor, " F"]:
    """Frequency at which each mel filter is highest, Hz, (n_mels,)."""
    bin_hz = spec.sample_rate_hz / spec.n_fft
    bank = mel_filterbank(spec)
    frequencies = torch.arange(bank.shape[0], dtype=bank.dtype) * bin_hz
    return (bank * frequencies[:, None]).sum(0) / bank.sum(0).clamp_min(1e-12)


def windows(waveform: Float[Tensor, " T"], spec: MelSpec) -> Float[Tensor, "W N"]:
    """Deterministic windows of a sound: the same file always gives the same pictures.

    A sound shorter than one window is repeated from its start until the window is full. A longer
    one is covered by ceil(T / window) windows, at most `max_windows`, spread evenly so that the
    first begins with the sound and the last ends with it.

    Args:
        waveform: sound (T,) at `spec.sample_rate_hz`, T >= 1.
        spec: gives the window length.

    Returns:
        (W, window_samples).

    Raises:
        AudioError: the sound has no samples.
    """
    length, size = waveform.shape[0], spec.window_samples
    if length == 0:
        raise AudioError("The sound has no samples; pass a recording to --audio.")
    if length < size:
        return waveform.repeat(math.ceil(size / length))[None, :size]
    count = min(math.ceil(length / size), spec.max_windows)
    starts = torch.linspace(0, length - size, count).round().long().tolist()
    return torch.stack([waveform[start : start + size] for start in starts])


def power_mel(waveforms: Float[Tensor, "B N"], spec: MelSpec) -> Float[Tensor, "B F T"]:
    """Mel power spectrogram of equally long sounds.

    Args:
        waveforms: (B, N) at `spec.sample_rate_hz`.
        spec: front end.

    Returns:
        Powers >= 0, (B, n_mels, N // hop_length).
    """
    spectrum = torch.stft(
        waveforms,
        n_fft=spec.n_fft,
        hop_length=spec.hop_length,
        window=torch.hann_window(spec.n_fft, dtype=waveforms.dtype, device=waveforms.device),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    spectrum = spectrum[..., : waveforms.shape[-1] // spec.hop_length]
    power = spectrum.real.square() + spectrum.imag.square()
    return mel_filterbank(spec).to(power).T @ power


def normalised_log(power: Float[Tensor, "B F T"], spec: MelSpec) -> Float[Tensor, "B 1 F T"]:
    """Decibels within `top_db` of each clip's loudest point, then zero mean and unit deviation.

    Loudness of the recording therefore has no influence; only the shape of the sound has.

    Args:
        power: mel powers >= 0, (B, n_mels, frames).
        spec: gives the dynamic range.

    Returns:
        (B, 1, n_mels, frames), each item with mean 0 and standard deviation 1.
    """
    decibel = 10.0 * power.clamp_min(POWER_FLOOR).log10()
    peak = decibel.amax(dim=(1, 2), keepdim=True)
    decibel = torch.maximum(decibel, peak - spec.top_db)
    mean = decibel.mean(dim=(1, 2), keepdim=True)
    deviation = decibel.std(dim=(1, 2), keepdim=True).clamp_min(1e-3)
    return ((decibel - mean) / deviation)[:, None]


def log_mel(waveform: Float[Tensor, " T"], spec: MelSpec) -> Float[Tensor, "W 1 F frames"]:
    """The pictures an audio encoder sees: one (1, n_mels, frames) per window of the sound.

    Args:
        waveform: mono sound (T,) at `spec.sample_rate_hz`.
        spec: front end.

    Returns:
        (W, 1, n_mels, frames); W = 1 for sounds up to one window, see `windows`.
    """
    return normalised_log(power_mel(windows(waveform, spec), spec), spec)

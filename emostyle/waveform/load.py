"""Decode a sound file to one mono waveform, or say in one sentence why it cannot be used."""

import importlib.util
import math
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr
import torch
import torchaudio
from jaxtyping import Float
from torch import Tensor

from emostyle.errors import AudioError

SILENCE_DBFS = -80.0
"""A sound whose highest sample stays below this level counts as silent."""
MIN_SECONDS = 0.25
"""Shorter sounds are refused."""


Resampler = Literal["sinc", "soxr"]
"""torchaudio's windowed sinc, or libsoxr as librosa calls it."""


def resample(
    waveform: Float[Tensor, "... T"], from_hz: int, to_hz: int, method: Resampler = "sinc"
) -> Float[Tensor, "... T2"]:
    """Band-limited change of the sample rate; the input itself if rates agree.

    Args:
        waveform: sound (..., T).
        from_hz: its sample rate, Hz.
        to_hz: the wanted sample rate, Hz.
        method: `sinc`; `soxr` (on the CPU) gives what `librosa.resample` gives, which the published
            audio encoders heard in training.

    Returns:
        The sound at `to_hz`, (..., about T * to_hz / from_hz).
    """
    if from_hz == to_hz:
        return waveform
    if method == "sinc":
        return torchaudio.functional.resample(waveform, from_hz, to_hz)
    length = math.ceil(waveform.shape[-1] * to_hz / from_hz)
    rows = waveform.reshape(-1, waveform.shape[-1]).T.detach().cpu().numpy()
    found = torch.from_numpy(soxr.resample(rows, from_hz, to_hz, quality="HQ").T.copy())
    fitted = torch.nn.functional.pad(found, (0, max(length - found.shape[-1], 0)))[:, :length]
    return fitted.reshape(*waveform.shape[:-1], length)


def load_audio(
    path: str | Path, sample_rate_hz: int = 32000, method: Resampler = "sinc"
) -> Float[Tensor, " T"]:
    """Read a sound file (wav, flac, ogg, mp3, ...; with PyAV installed also m4a, mp4, ...) as mono.

    Channels are averaged; values stay as recorded, in [-1, 1].

    Args:
        path: the file.
        sample_rate_hz: the wanted sample rate, Hz.
        method: how it is resampled.

    Returns:
        Waveform (T,), float32.

    Raises:
        AudioError: the file is missing, unreadable, empty, silent (peak below -80 dBFS), shorter
            than 0.25 s, or holds values that are not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise AudioError(f"The sound '{path}' was not found; pass an existing file to --audio.")
    if path.stat().st_size == 0:
        raise AudioError(f"The sound '{path}' is an empty file; pass a recording to --audio.")
    samples, rate = _decode(path)
    mono = torch.from_numpy(samples.mean(axis=1)) if len(samples) else torch.zeros(0)
    check_audible(mono, rate, f"The sound '{path}'")
    return resample(mono, rate, sample_rate_hz, method)


def check_audible(waveform: Float[Tensor, " T"], sample_rate_hz: int, what: str) -> None:
    """Refuse a waveform in which there is nothing to hear.

    Args:
        waveform: mono sound (T,).
        sample_rate_hz: its sample rate, Hz.
        what: how the message names it, for example "The sound 'rain.wav'".

    Raises:
        AudioError: no samples, shorter than 0.25 s, not finite, or silent.
    """
    if len(waveform) == 0:
        raise AudioError(f"{what} has no samples; pass a recording to --audio.")
    seconds = len(waveform) / sample_rate_hz
    if seconds < MIN_SECONDS:
        raise AudioError(
            f"{what} lasts {seconds:.3f} s, at least {MIN_SECONDS} s are needed; "
            "pass a longer recording to --audio."
        )
    if not torch.isfinite(waveform).all():
        raise AudioError(
            f"{what} holds values that are not finite; pass a sound recording to --audio."
        )
    peak_dbfs = 20.0 * float(np.log10(max(float(waveform.abs().max()), 1e-12)))
    if peak_dbfs < SILENCE_DBFS:
        raise AudioError(
            f"{what} is silent (peak {peak_dbfs:.0f} dBFS, at least {SILENCE_DBFS:.0f} dBFS "
            "is needed); pass a louder recording to --audio."
        )


def _decode(path: Path) -> tuple[np.ndarray, int]:
    """Samples (T, channels) float32 and the sample rate; libsndfile first, then PyAV if there."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:
        if importlib.util.find_spec("av") is None:
            raise AudioError(
                f"The sound '{path}' could not be decoded ({_first_line(error)}); pass a wav, "
                "flac, ogg or mp3 file to --audio; other formats need PyAV (pip install av)."
            ) from error
        return _decode_with_pyav(path)
    return samples, int(rate)


def _decode_with_pyav(path: Path) -> tuple[np.ndarray, int]:
    """The first audio stream of any container FFmpeg reads."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(
                    f"The file '{path}' has no audio stream; pass a sound recording to --audio."
                )
            rate = int(container.streams.audio[0].rate)
            to_float = av.AudioResampler(format="fltp", rate=rate)
            decoded = list(container.decode(audio=0))
            frames = [part for frame in decoded for part in to_float.resample(frame)]
            frames += [part for part in to_float.resample(None) if part is not None]
    except (av.FFmpegError, OSError) as error:
        raise AudioError(
            f"The sound '{path}' could not be decoded ({_first_line(error)}); "
            "pass a wav, flac, ogg or mp3 file to --audio."
        ) from error
    if not frames:
        return np.zeros((0, 1), np.float32), rate
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T, rate


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")

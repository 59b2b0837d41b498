"""The filter banks ImageBind hears: three short clips of a recording, as Kaldi computes them."""

from dataclasses import dataclass
from fractions import Fraction

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor
from torchaudio.compliance.kaldi import fbank

from emostyle.errors import AudioError
from emostyle.waveform.load import resample


@dataclass(frozen=True)
class FilterBankSpec:
    """How a recording becomes ImageBind's input; the defaults belong to the published weights.

    Attributes:
        sample_rate_hz: the recording is brought to this rate, Hz.
        n_mels: bands.
        frame_length_ms: length of an analysis frame (Hann window), milliseconds.
        frame_shift_ms: from one frame to the next, milliseconds.
        frames: frames of a clip; shorter ones are filled with zeros before normalisation.
        clip_seconds: length of a clip, seconds.
        clips: how many; the first begins with the recording and the last ends with it.
        mean: of the log powers, subtracted.
        std: divides what remains.
        shift_recording: subtract each clip's mean from the recording itself, so that overlapping
            clips inherit the shifts of earlier ones; the original does so by oversight.
    """

    sample_rate_hz: int = 16000
    n_mels: int = 128
    frame_length_ms: float = 25.0
    frame_shift_ms: float = 10.0
    frames: int = 204
    clip_seconds: float = 2.0
    clips: int = 3
    mean: float = -4.268
    std: float = 9.138
    shift_recording: bool = False


def clip_bounds(samples: int, spec: FilterBankSpec) -> list[tuple[int, int]]:
    """First sample and end of each clip.

    Args:
        samples: length of the recording at `spec.sample_rate_hz`.
        spec: number and length of clips.

    Returns:
        `spec.clips` pairs; of a recording shorter than a clip, all of it each time.
    """
    rate, seconds = spec.sample_rate_hz, Fraction(spec.clip_seconds)
    last = Fraction(max(samples / rate - spec.clip_seconds, 0.0))
    starts = [last * index / max(spec.clips - 1, 1) for index in range(spec.clips)]
    return [(int(s * rate), min(int((s + seconds) * rate), samples)) for s in starts]


def filter_bank(clip: Float[Tensor, "C T"], spec: FilterBankSpec) -> Float[Tensor, "F frames"]:
    """Normalised log filter bank of the first channel of a clip.

    Args:
        clip: (C, T) at `spec.sample_rate_hz`, mean removed.
        spec: bands, frames and normalisation.

    Returns:
        (n_mels, frames); what was filled up is -mean / std.
    """
    powers = fbank(
        clip[:1],
        htk_compat=True,
        sample_frequency=float(spec.sample_rate_hz),
        window_type="hanning",
        num_mel_bins=spec.n_mels,
        frame_length=spec.frame_length_ms,
        frame_shift=spec.frame_shift_ms,
    )
    filled = functional.pad(powers.T, (0, spec.frames - len(powers)))
    return (filled - spec.mean) / spec.std


def audio_clips(
    waveform: Float[Tensor, "C T"], sample_rate_hz: int, spec: FilterBankSpec | None = None
) -> Float[Tensor, "clips 1 F frames"]:
    """ImageBind's input from a recording.

    Args:
        waveform: all its channels (C, T); of a mono recording (1, T). The mean that is removed is
            over all channels, the filter bank is that of the first.
        sample_rate_hz: its sample rate, Hz.
        spec: front end; None takes the published one.

    Returns:
        (clips, 1, n_mels, frames); add a batch axis for `ImageBind.embed`.

    Raises:
        AudioError: fewer samples than one analysis frame.
    """
    spec = spec or FilterBankSpec()
    recording = resample(waveform, sample_rate_hz, spec.sample_rate_hz).clone()
    shortest = int(spec.sample_rate_hz * spec.frame_length_ms / 1000)
    if recording.shape[0] == 0 or recording.shape[1] < shortest:
        raise AudioError(
            f"ImageBind got a sound of shape {tuple(waveform.shape)} at {sample_rate_hz} Hz, "
            f"expected (channels, samples) of at least {spec.frame_length_ms:g} ms; "
            "pass a longer recording."
        )
    banks = []
    for start, end in clip_bounds(recording.shape[1], spec):
        clip = recording[:, start:end]
        clip = clip.sub_(clip.mean()) if spec.shift_recording else clip - clip.mean()
        banks.append(filter_bank(clip, spec))
    return torch.stack(banks)[:, None]

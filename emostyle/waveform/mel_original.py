"""The log-mel picture that the published sound-guided encoders were trained on, fault and all.

The chain of Lee et al. 2022 (and of the scripts that build on it): mono sound at 44.1 kHz, mel
powers, decibels below the loudest point of the whole clip scaled to [0, 1], 864 frames, and one
resize. That resize is at fault: it is asked for (width, height) but given (mel, time), so the mel
axis is stretched from 128 to 512 rows, the time axis is squeezed from 864 to 128 columns without a
filter against aliasing, and the result is then reshaped where it should have been transposed. In
the final (128, 512) picture row m, column 128 k + c therefore shows time step c at row 4 m + k of
the stretched mel axis: four copies of a squeezed time axis beside each other. The published weights
expect exactly that; our own encoder uses `emostyle.waveform.mel`.

The originals resample with librosa: `emostyle.waveform.load.resample` with `soxr`.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from emostyle.errors import AudioError
from emostyle.waveform.mel import POWER_FLOOR, MelSpec, power_mel

ORIGINAL = MelSpec(
    sample_rate_hz=44100,
    n_fft=2048,
    hop_length=512,
    n_mels=128,
    f_min_hz=0.0,
    f_max_hz=22050.0,
    frames=864,
    top_db=80.0,
)
"""The front end of the published encoders."""
PICTURE_WIDTH = 512
"""Columns of the final picture."""


def original_power(
    waveform: Float[Tensor, " T"], spec: MelSpec = ORIGINAL
) -> Float[Tensor, "F frames"]:
    """Mel powers of a sound, frames centred, zeros beyond its ends.

    Args:
        waveform: mono sound (T,) at `spec.sample_rate_hz`, T >= 1.
        spec: front end.

    Returns:
        Powers >= 0, (n_mels, 1 + T // hop_length).

    Raises:
        AudioError: the sound has no samples.
    """
    if waveform.shape[0] == 0:
        raise AudioError("The sound has no samples; pass a recording to --audio.")
    # `power_mel` gives T // hop frames; one hop of silence more makes room for the last one.
    return power_mel(functional.pad(waveform, (0, spec.hop_length))[None], spec)[0]


def original_decibel(power: Float[Tensor, "F T"], spec: MelSpec = ORIGINAL) -> Float[Tensor, "F T"]:
    """Decibels relative to the loudest point of the clip, scaled to [0, 1].

    Args:
        power: mel powers >= 0 of a whole clip (n_mels, frames); cut it afterwards, never before.
        spec: gives the dynamic range.

    Returns:
        Same shape; 1 at the loudest point, 0 at `top_db` below it and lower.
    """
    decibel = 10.0 * power.clamp_min(POWER_FLOOR).log10()
    return (decibel - decibel.amax()).clamp_min(-spec.top_db) / spec.top_db + 1.0


def fit_frames(
    decibel: Float[Tensor, "F T"], start: int = 0, spec: MelSpec = ORIGINAL
) -> Float[Tensor, "F frames"]:
    """Cut a long clip to `spec.frames`, or put a short one on a ground of zeros.

    Args:
        decibel: (n_mels, frames of the clip) in [0, 1].
        start: first frame kept of a long clip; place of the first frame of a short one. The edit
            scripts place short clips at 0 and cut long ones at random; in training both are random.
        spec: gives the number of frames.

    Returns:
        (n_mels, spec.frames).

    Raises:
        AudioError: `start` leaves no room.
    """
    frames = decibel.shape[1]
    room = abs(frames - spec.frames)
    if not 0 <= start <= room:
        raise AudioError(
            f"The clip of {frames} frames cannot start at frame {start} of a picture of "
            f"{spec.frames}; give a start in 0..{room}."
        )
    if frames >= spec.frames:
        return decibel[:, start : start + spec.frames]
    return functional.pad(decibel, (start, room - start))


def random_start(frames: int, generator: torch.Generator, spec: MelSpec = ORIGINAL) -> int:
    """A start for `fit_frames` as training draws it, uniform.

    A short clip never touches the right edge: the originals leave at least one column there.

    Args:
        frames: frames of the clip.
        generator: source of the random number.
        spec: gives the number of frames.
    """
    choices = frames - spec.frames + 1 if frames >= spec.frames else spec.frames - frames
    return int(torch.randint(choices, (), generator=generator))


def fold(
    pictures: Float[Tensor, "B F T"], width: int = PICTURE_WIDTH
) -> Float[Tensor, "B 1 F width"]:
    """The faulty resize: mel stretched to `width` rows, time squeezed to n_mels columns, reshaped.

    Bilinear with half-pixel centres and repeated edges, no antialiasing, in float64.

    Args:
        pictures: (B, n_mels, frames).
        width: rows of the stretched picture and columns of the final one, a multiple of n_mels.

    Returns:
        (B, 1, n_mels, width) in the input's precision.
    """
    batch, bands, _ = pictures.shape
    stretched = functional.interpolate(
        pictures[:, None].double(), size=(width, bands), mode="bilinear", align_corners=False
    )
    return stretched.reshape(batch, 1, bands, width).to(pictures)


def original_log_mel(
    waveform: Float[Tensor, " T"], start: int = 0, spec: MelSpec = ORIGINAL
) -> Float[Tensor, "1 1 F width"]:
    """The picture of one sound, as the originals' edit and training scripts make it.

    Args:
        waveform: mono sound (T,) at `spec.sample_rate_hz`.
        start: see `fit_frames`.
        spec: front end.

    Returns:
        (1, 1, n_mels, 512), values in [0, 1].
    """
    decibel = original_decibel(original_power(waveform, spec), spec)
    return fold(fit_frames(decibel, start, spec)[None])


def original_windows(
    waveform: Float[Tensor, " T"], spec: MelSpec = ORIGINAL
) -> Float[Tensor, "W 1 F width"]:
    """Pictures that cover the whole sound, the same ones every time (ours).

    The originals hear a random ten seconds of a long clip. Here a long clip is covered by windows
    spread evenly from its first frame to its last, at most `spec.max_windows`; a short one is
    placed at 0, as in the originals' edit script.

    Args:
        waveform: mono sound (T,) at `spec.sample_rate_hz`.
        spec: front end.

    Returns:
        (W, 1, n_mels, 512).
    """
    decibel = original_decibel(original_power(waveform, spec), spec)
    last = max(decibel.shape[1] - spec.frames, 0)
    count = min(-(-decibel.shape[1] // spec.frames), spec.max_windows)
    starts = torch.linspace(0, last, count).round().long().tolist()
    return fold(torch.stack([fit_frames(decibel, start, spec) for start in starts]))

"""SpecAugment (Park et al. 2019): hide random bands and stretches of a log-mel picture."""

import torch
from jaxtyping import Float
from torch import Tensor


def spec_augment(
    log_mels: Float[Tensor, "B 1 F T"],
    generator: torch.Generator,
    frequency_ratio: float = 0.15,
    time_ratio: float = 0.30,
    masks: int = 2,
) -> Float[Tensor, "B 1 F T"]:
    """Replace random bands and stretches by the picture's mean (0 for a normalised picture).

    Park et al. 2019, section 2 (no time warping); the ratios are those of the robust sound-guided
    paper's a_hat. Each item draws its own masks; widths are uniform in [0, ratio * axis].

    Args:
        log_mels: (B, 1, n_mels, frames), normalised per item.
        generator: source of the random numbers.
        frequency_ratio: widest band as a share of the mel axis, in [0, 1].
        time_ratio: widest stretch as a share of the time axis, in [0, 1].
        masks: number of masks on each axis.

    Returns:
        A masked copy, same shape.
    """
    batch, _, bands, frames = log_mels.shape
    hidden_bands = _hidden(batch, bands, frequency_ratio, masks, generator)
    hidden_frames = _hidden(batch, frames, time_ratio, masks, generator)
    hidden = hidden_bands[:, None, :, None] | hidden_frames[:, None, None, :]
    return log_mels.masked_fill(hidden.to(log_mels.device), 0.0)


def _hidden(batch: int, size: int, ratio: float, masks: int, generator: torch.Generator) -> Tensor:
    """Boolean (batch, size): true inside any of the item's masks."""
    draw = torch.rand(2, batch, masks, 1, generator=generator)
    width = draw[0] * ratio * size
    start = draw[1] * (size - width)
    position = torch.arange(size, dtype=draw.dtype) + 0.5
    return ((position >= start) & (position < start + width)).any(dim=1)

"""The alias-free operations of StyleGAN3 (Karras et al. 2021) as plain torch operations."""

import math

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor

from emostyle.generator.layers import lrelu


def kaiser(taps: int, width: float) -> Float[Tensor, " taps"]:
    """Kaiser window for a transition band (Kaiser's formulas; Karras et al. 2021, appendix C.1).

    Args:
        taps: its length.
        width: width of the transition band as a fraction of half the sampling rate.
    """
    attenuation = 2.285 * (taps - 1) * math.pi * width + 7.95
    if attenuation > 50:
        beta = 0.1102 * (attenuation - 8.7)
    elif attenuation > 21:
        beta = 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    else:
        beta = 0.0
    place = torch.linspace(-1, 1, taps, dtype=torch.float64)
    scale = torch.special.i0(torch.tensor(beta, dtype=torch.float64))
    return torch.special.i0(beta * (1 - place.square()).clamp(min=0).sqrt()) / scale


def low_pass(
    taps: int, cutoff: float, half_width: float, rate: float, radial: bool = False
) -> Float[Tensor, "..."]:
    """A low-pass filter: windowed sinc, or windowed jinc, the same in every direction.

    Karras et al. 2021, equation 6 and appendix C.1 and C.2.

    Args:
        taps: its length, even.
        cutoff: frequency f_c it starts to stop.
        half_width: half width f_h of the transition band.
        rate: sampling rate; all frequencies are in cycles per picture side.
        radial: the two-dimensional jinc filter of StyleGAN3-R.

    Returns:
        (taps,), to be applied along both axes, or (taps, taps); float32, sums to one.
    """
    window = kaiser(taps, 4 * half_width / rate)
    place = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate
    if radial:
        distance = torch.hypot(place[:, None], place[None]) * math.pi
        response = torch.special.bessel_j1(2 * cutoff * distance) / distance
        response = response * torch.outer(window, window)
    else:
        response = torch.sinc(2 * cutoff * place) * window
    return (response / response.sum()).float()


def upsample(
    x: Float[Tensor, "B C H W"], taps: Float[Tensor, " K"], factor: int, padding: tuple[int, int]
) -> Float[Tensor, "B C H2 W2"]:
    """Zeros between the samples, a border, then the filter along both axes.

    Args:
        x: features.
        taps: the filter; convolved, so an asymmetric one is flipped.
        factor: how many times more samples per side.
        padding: zeros added before and after the upsampled samples; negative ones cut away.
    """
    channels, length = x.shape[1], len(taps)
    row = (taps * factor).to(x.dtype).expand(channels, 1, 1, length)
    x = functional.conv_transpose2d(x, row, stride=(1, factor), groups=channels)
    column = row.transpose(2, 3)
    x = functional.conv_transpose2d(x, column, stride=(factor, 1), groups=channels)
    before, after = padding[0] - length + 1, padding[1] - length + factor
    return functional.pad(x, (before, after, before, after))


def downsample(
    x: Float[Tensor, "B C H W"], taps: Float[Tensor, "..."], factor: int
) -> Float[Tensor, "B C H2 W2"]:
    """The filter where it lies wholly inside, then every `factor`-th sample.

    Args:
        x: features.
        taps: (K,) for both axes, or (K, K); convolved, so an asymmetric one is flipped.
        factor: how many times fewer samples per side.
    """
    channels = x.shape[1]
    kernel = taps.flip(list(range(taps.ndim))).to(x.dtype)
    if taps.ndim == 2:
        kernel = kernel.expand(channels, 1, -1, -1)
        return functional.conv2d(x, kernel, stride=factor, groups=channels)
    row = kernel.expand(channels, 1, 1, -1)
    x = functional.conv2d(x, row, stride=(1, factor), groups=channels)
    return functional.conv2d(x, row.transpose(2, 3), stride=(factor, 1), groups=channels)


def filtered_lrelu(
    x: Float[Tensor, "B C H W"],
    up_filter: Float[Tensor, " K"],
    down_filter: Float[Tensor, "..."],
    up: int,
    down: int,
    padding: tuple[int, int],
    clamp: float | None = None,
) -> Float[Tensor, "B C H2 W2"]:
    """Leaky ReLU at a raised sampling rate, which keeps it from aliasing.

    Karras et al. 2021, section 3.2: upsample, activate, downsample.

    Args:
        x: features with their bias.
        up_filter: (K,), sums to one.
        down_filter: (K,) or (K, K), sums to one.
        up: factor of the raised rate over that of x.
        down: factor of the raised rate over that of the result.
        padding: zeros before and after the upsampled samples, negative to cut.
        clamp: bound on the activations, None for none.
    """
    x = lrelu(upsample(x, up_filter, up, padding))
    return downsample(x if clamp is None else x.clamp(-clamp, clamp), down_filter, down)

"""The learned time-frequency transform of AudioCLIP: complex frequency B-spline wavelets."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-8
"""Shifts time and order off zero, as in the original."""


def fbsp_filters(
    order: Float[Tensor, " K"],
    bandwidth: Float[Tensor, " K"],
    centre: Float[Tensor, " K"],
    samples: int,
    normalised: bool = True,
) -> Float[Tensor, "K N 2"]:
    """Filters sqrt(fb) sinc(fb t / m)^m exp(-i fc t) for t from -pi to pi (Guzhov et al. 2021).

    sinc(x) = sin(x) / x may be negative; its power with a real order m is taken as a complex number
    of phase m pi. With m = 0 the filter is a plain complex oscillation, as in a Fourier transform.

    Args:
        order: m of each filter (K,).
        bandwidth: fb of each filter (K,), >= 0.
        centre: fc of each filter (K,), periods per filter length.
        samples: length N of a filter.
        normalised: divide by sqrt(N).

    Returns:
        (K, N, 2), real and imaginary part.
    """
    time = math.pi * torch.linspace(-1.0, 1.0, samples, dtype=order.dtype, device=order.device)
    time = time[None] + EPSILON
    m, fb, fc = order[:, None], bandwidth[:, None], centre[:, None]
    x = fb * time / (m + EPSILON)
    sinc = torch.where(x == 0, torch.ones_like(x), x.sin() / x)
    magnitude = fb.sqrt() * sinc.square() ** (0.5 * m)
    phase = torch.where(sinc < 0, math.pi * m, torch.zeros_like(sinc))
    angle = fc * time
    # exp(i phase) exp(-i angle) by its parts: at high centres the sum of the two would lose digits.
    cos, sin = angle.cos(), -angle.sin()
    filters = torch.stack(
        [phase.cos() * cos - phase.sin() * sin, phase.cos() * sin + phase.sin() * cos], dim=-1
    )
    filters = magnitude[..., None] * filters
    return filters / math.sqrt(samples) if normalised else filters


class LinearFBSP(nn.Module):
    """A bank of fbsp filters applied to frames.

    The original scales the gradients of `m`, `fb` and `fc` by their largest value while training,
    and adds a loss on the filters' norms; both are the trainer's business, not this network's.

    Args:
        filters: number of filters.
        normalised: divide the filters by the square root of their length.
    """

    def __init__(self, filters: int, normalised: bool = True) -> None:
        super().__init__()
        self.normalised = normalised
        self.m = nn.Parameter(torch.zeros(filters))
        self.fb = nn.Parameter(torch.ones(filters))
        self.fc = nn.Parameter(torch.arange(filters, dtype=torch.get_default_dtype()))
        # Empty in the published weights: the transform was trained without an offset.
        self.bias = nn.Parameter(torch.empty(0))

    def weights(self, samples: int) -> Float[Tensor, "K N 2"]:
        """The filters for frames of so many samples, real and imaginary part."""
        return fbsp_filters(self.m, self.fb, self.fc, samples, self.normalised)

    def forward(self, frames: Float[Tensor, "B L N"]) -> Float[Tensor, "B K L 2"]:
        """Frames (B, L, N) to complex coefficients (B, K, L, 2)."""
        weights = self.weights(frames.shape[-1])
        parts = [functional.linear(frames, weights[..., index]) for index in (0, 1)]
        return torch.stack(parts, dim=-1).transpose(1, 2)


def windowed_frames(
    waveforms: Float[Tensor, "B T"],
    window: Float[Tensor, " W"],
    hop_length: int,
    frame_length: int,
) -> Float[Tensor, "B L N"]:
    """Cut sounds into frames under a window; zeros on both sides fill what is missing.

    Args:
        waveforms: (B, T), T >= 1.
        window: (W,).
        hop_length: samples from one frame to the next.
        frame_length: samples of a finished frame, >= W.

    Returns:
        (B, L, frame_length) with L = 1 + ceil(max(T - W, 0) / hop_length).
    """
    size, samples = window.shape[0], waveforms.shape[1]
    count = 1 + math.ceil(max(samples - size, 0) / hop_length)
    missing = (count - 1) * hop_length + size - samples
    padded = functional.pad(waveforms, (missing // 2, missing - missing // 2))
    frames = padded.unfold(1, size, hop_length) * window
    margin = frame_length - size
    return functional.pad(frames, (margin // 2, margin - margin // 2))

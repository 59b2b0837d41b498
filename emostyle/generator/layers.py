"""Layers of StyleGAN2 (Karras et al. 2020) in plain PyTorch: equalised, modulated, filtered.

Nothing is compiled and no device is named: every operation is a public torch function.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GAIN = math.sqrt(2)
"""Gain that keeps the variance through a leaky ReLU of slope 0.2."""


def lrelu(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2 times sqrt(2), StyleGAN2's activation."""
    return F.leaky_relu(x, 0.2) * GAIN


def fir_kernel(taps: tuple[int, ...] = (1, 3, 3, 1)) -> Tensor:
    """Separable low-pass kernel (K, K) that sums to one."""
    row = torch.tensor(taps, dtype=torch.float32)
    kernel = torch.outer(row, row)
    return kernel / kernel.sum()


def fir_filter(x: Tensor, kernel: Tensor, padding: int | tuple[int, int, int, int]) -> Tensor:
    """Filter every channel of (B, C, H, W) with one kernel (K, K).

    Args:
        x: picture or features.
        kernel: the filter; convolved, so an asymmetric one is flipped.
        padding: zeros on every side, or (left, right, top, bottom).
    """
    weight = kernel.flip(0, 1).to(x.dtype)[None, None].repeat(x.shape[1], 1, 1, 1)
    if isinstance(padding, tuple):
        x, padding = F.pad(x, padding), 0
    return F.conv2d(x, weight, padding=padding, groups=x.shape[1])


def upsample(x: Tensor, kernel: Tensor) -> Tensor:
    """Double the side of (B, C, H, W): zeros between the pixels, then the low-pass filter."""
    channels = x.shape[1]
    weight = (kernel * 4).to(x.dtype)[None, None].repeat(channels, 1, 1, 1)
    return F.conv_transpose2d(x, weight, stride=2, padding=1, groups=channels)


class EqualLinear(nn.Module):
    """Linear layer with equalised learning rate (Karras et al. 2018, section 4.1).

    Args:
        in_features: width of the input.
        out_features: width of the output.
        lr_multiplier: learning-rate multiplier.
        bias_init: starting value of the bias.
        init_scale: factor on the starting weights.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        lr_multiplier: float = 1.0,
        bias_init: float = 0.0,
        init_scale: float = 1.0,
    ) -> None:
        super().__init__()
        weight = torch.randn(out_features, in_features).mul_(init_scale / lr_multiplier)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.full((out_features,), bias_init / lr_multiplier))
        self.weight_gain = lr_multiplier / math.sqrt(in_features)
        self.bias_gain = lr_multiplier

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_features) -> (B, out_features)."""
        return F.linear(x, self.weight * self.weight_gain, self.bias * self.bias_gain)


class EqualConv(nn.Module):
    """Convolution with equalised learning rate and same-size padding."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.weight_gain = 1 / math.sqrt(in_channels * kernel_size**2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, out_channels, H, W)."""
        padding = self.weight.shape[-1] // 2
        return F.conv2d(x, self.weight * self.weight_gain, self.bias, padding=padding)


class ModulatedConv(nn.Module):
    """Convolution whose input channels are scaled by a style (Karras et al. 2020, section 2.2).

    Scaling the input and then the output is the same as scaling the weights, and needs no grouped
    convolution: one weight serves the whole batch.

    Args:
        in_channels: channels in.
        out_channels: channels out.
        kernel_size: 1 or 3.
        w_dim: width of the style vector.
        demodulate: restore unit variance (off for toRGB).
        up: double the side (transposed convolution, then low-pass).
        keep_kernel: the low-pass kernel belongs to the state (published checkpoints bring theirs).
    """

    kernel: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        w_dim: int,
        demodulate: bool = True,
        up: bool = False,
        keep_kernel: bool = False,
    ) -> None:
        super().__init__()
        self.affine = EqualLinear(w_dim, in_channels, bias_init=1.0, init_scale=0.5)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel_size, kernel_size))
        self.weight_gain = 1 / math.sqrt(in_channels * kernel_size**2)
        self.demodulate = demodulate
        self.up = up
        if up:
            self.register_buffer("kernel", fir_kernel() * 4, persistent=keep_kernel)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Features (B, in, H, W) and style (B, w_dim) -> (B, out, H', W')."""
        style = self.affine(w)
        weight = self.weight * self.weight_gain
        x = x * style[:, :, None, None].to(x.dtype)
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = fir_filter(x, self.kernel, padding=1)
        else:
            x = F.conv2d(x, weight, padding=weight.shape[-1] // 2)
        if self.demodulate:
            power = weight.square().sum((2, 3)) @ style.square().t()
            x = x * (power + 1e-8).rsqrt().t()[:, :, None, None].to(x.dtype)
        return x

"""The StyleGAN3 generator (Karras et al. 2021), configurations T and R, in plain PyTorch."""

import math

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from emostyle.generator.layers import EqualLinear
from emostyle.generator.published.alias_free import filtered_lrelu, low_pass
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.generator.published.stylegan2 import clamped
from emostyle.generator.published.stylegan3_config import StyleGAN3Config
from emostyle.generator.published.stylegan3_plan import Band, LayerPlan, bands, layer_plans
from emostyle.generator.w_plus import check_w_plus


def rigid(pose: Float[Tensor, "B 4"]) -> Float[Tensor, "B 3 3"]:
    """Rotation and translation of the picture, as the matrix that takes its points to the input's.

    Karras et al. 2021, appendix F.

    Args:
        pose: (cos, sin, x, y); all four are divided by the length of (cos, sin).
    """
    pose = pose / pose[:, :2].norm(dim=1, keepdim=True)
    cos, sin, x, y = pose.unbind(1)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    rotation = torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], 1)
    translation = torch.stack([one, zero, -x, zero, one, -y, zero, zero, one], 1)
    return rotation.view(-1, 3, 3) @ translation.view(-1, 3, 3)


class FourierInput(nn.Module):
    """w -> Fourier features of a plane that w turns and shifts (Karras et al. 2021, section 3.1).

    Args:
        w_dim: width of w.
        band: their channels, size, sampling rate and greatest frequency.

    Attributes:
        transform: further 3x3 transform of the picture, for the user to set; identity.
    """

    transform: Tensor
    freqs: Tensor
    phases: Tensor

    def __init__(self, w_dim: int, band: Band) -> None:
        super().__init__()
        self.band = band
        channels = band.channels
        self.weight = nn.Parameter(torch.randn(channels, channels))
        self.affine = EqualLinear(w_dim, 4, init_scale=0.0)
        with torch.no_grad():
            self.affine.bias[0] = 1.0
        angle = torch.rand(channels) * 2 * math.pi
        radius = torch.rand(channels).sqrt() * band.cutoff
        self.register_buffer("transform", torch.eye(3))
        self.register_buffer("freqs", torch.stack([angle.cos(), angle.sin()], 1) * radius[:, None])
        self.register_buffer("phases", torch.rand(channels) - 0.5)

    def forward(self, w: Float[Tensor, "B D"]) -> Float[Tensor, "B C H W"]:
        """Style (B, w_dim) -> features (B, channels, size, size)."""
        size, rate, cutoff = self.band.size, self.band.rate, self.band.cutoff
        transform = rigid(self.affine(w)) @ self.transform
        phases = self.phases + (self.freqs @ transform[:, :2, 2:])[:, :, 0]
        freqs = self.freqs @ transform[:, :2, :2]
        amplitudes = (1 - (freqs.norm(dim=2) - cutoff) / (rate / 2 - cutoff)).clamp(0, 1)
        place = (torch.arange(size, device=w.device).to(w.dtype) + 0.5 - size / 2) / rate
        along_x = freqs[:, :, 0, None] * place
        along_y = freqs[:, :, 1, None] * place + phases[:, :, None]
        waves = torch.sin(2 * math.pi * (along_y[..., None] + along_x[:, :, None]))
        waves = waves * amplitudes[:, :, None, None]
        weight = self.weight / math.sqrt(self.weight.shape[1])
        return functional.conv2d(waves, weight[:, :, None, None])


RECOMPUTED = 256
"""Side of the pictures from which on `StyleGAN3Synthesis.recompute` is on."""


class StyledLayer(nn.Module):
    """Style, convolution weights, bias and the input's magnitude: what all layers have."""

    magnitude_ema: Tensor

    def __init__(self, in_channels: int, out_channels: int, kernel: int, w_dim: int) -> None:
        super().__init__()
        self.affine = EqualLinear(w_dim, in_channels, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.register_buffer("magnitude_ema", torch.ones(()))

    def scaled(self, x: Tensor, style: Tensor) -> Tensor:
        """Input (B, C, H, W) times its style (B, C), brought to unit magnitude (appendix D.3)."""
        return x * (style * self.magnitude_ema.rsqrt())[:, :, None, None].to(x.dtype)


class AliasFreeLayer(StyledLayer):
    """Modulated convolution, bias, leaky ReLU without aliasing.

    Args:
        plan: bands and filters.
        config: width of w and limit of the activations.
    """

    up_filter: Tensor
    down_filter: Tensor

    def __init__(self, plan: LayerPlan, config: StyleGAN3Config) -> None:
        source, target = plan.source, plan.target
        super().__init__(source.channels, target.channels, plan.kernel, config.w_dim)
        self.plan, self.conv_clamp = plan, config.conv_clamp
        taps = plan.filter_size
        up = low_pass(taps * plan.up, source.cutoff, source.half_width, plan.raised)
        down = low_pass(
            taps * plan.down, target.cutoff, target.half_width, plan.raised, plan.radial
        )
        self.register_buffer("up_filter", up)
        self.register_buffer("down_filter", down)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """Features (B, C, H, W) of the source band, style (B, D) -> those of the target band."""
        weight = self.weight * self.weight.square().mean((1, 2, 3), keepdim=True).rsqrt()
        style = self.affine(w)
        style = style * style.square().mean(1, keepdim=True).rsqrt()
        power = style.square() @ weight.square().sum((2, 3)).t()
        x = functional.conv2d(self.scaled(x, style), weight, padding=self.plan.kernel - 1)
        x = x * (power + 1e-8).rsqrt()[:, :, None, None].to(x.dtype)
        return filtered_lrelu(
            x + self.bias[:, None, None],
            self.up_filter,
            self.down_filter,
            self.plan.up,
            self.plan.down,
            self.plan.padding,
            self.conv_clamp,
        )


class ToRGB(StyledLayer):
    """Features -> channels of the picture, without demodulation and activation.

    Args:
        in_channels: of the features.
        config: widths and limit.
    """

    def __init__(self, in_channels: int, config: StyleGAN3Config) -> None:
        super().__init__(in_channels, config.image_channels, 1, config.w_dim)
        self.conv_clamp = config.conv_clamp

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, C, R, R) -> (B, K, R, R)."""
        style = self.affine(w) / math.sqrt(self.weight.shape[1])
        x = functional.conv2d(self.scaled(x, style), self.weight, self.bias)
        return clamped(x, self.conv_clamp)


class StyleGAN3Synthesis(nn.Module):
    """w+ -> picture: Fourier features, alias-free layers, toRGB.

    Attributes:
        recompute: the backward pass computes each layer again instead of keeping what lies within;
            on from `RECOMPUTED` pixels, where the raised sampling rates take too much memory.

    Args:
        config: the architecture.

    Raises:
        WeightsError: sizes that give no network.
    """

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__()
        self.config = config
        self.input = FourierInput(config.w_dim, bands(config)[0])
        self.layers = nn.ModuleList(AliasFreeLayer(plan, config) for plan in layer_plans(config))
        self.rgb = ToRGB(config.channels[-1], config)
        self.recompute = config.resolution >= RECOMPUTED

    def forward(self, w_plus: Tensor) -> Float[Tensor, "B K H W"]:
        """Style vectors (B, L, w_dim) -> picture (B, K, R, R), about [-1, 1] (not clamped).

        Args:
            w_plus: the first turns and shifts the input, one follows per layer, toRGB's is last.

        Raises:
            LatentError: wrong rank, layer count or width.
        """
        check_w_plus(w_plus, self.config)
        x = self.input(w_plus[:, 0]).contiguous(memory_format=torch.channels_last)
        for index, layer in enumerate(self.layers, 1):
            if self.recompute and torch.is_grad_enabled():
                x = checkpoint(layer, x, w_plus[:, index], use_reentrant=False)
            else:
                x = layer(x, w_plus[:, index])
        picture: Tensor = self.rgb(x, w_plus[:, -1]) * self.config.output_scale
        return picture


class StyleGAN3Generator(PublishedGenerator):
    """A StyleGAN3: pictures whose detail moves with the surface; it has no noise.

    Args:
        config: the architecture.

    Raises:
        WeightsError: sizes that give no network.
    """

    architecture = "stylegan3"
    config: StyleGAN3Config

    def __init__(self, config: StyleGAN3Config) -> None:
        super().__init__(config, StyleGAN3Synthesis(config))

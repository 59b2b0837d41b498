"""The StyleGAN2 generator (Karras et al. 2020): z -> w -> w+ -> picture in [-1, 1].

Beside the published design there are two options that small generators of the bundled world use:
`maps`, learned feature maps per layer, each scaled by the layer's style and mixed into the channels
where the fixed noise goes (a linear basis of shapes and textures), and a fixed piecewise-linear
warp of z in front of the mapping with a linear path past its layers. Both are off by default.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.generator.layers import EqualLinear, ModulatedConv, fir_kernel, lrelu, upsample
from emostyle.generator.w_plus import check_w_plus

NoiseMode = Literal["const", "none"]


@dataclass(frozen=True)
class StyleGAN2Config:
    """Architecture of a StyleGAN2 generator.

    Attributes:
        resolution: side of the picture, a power of two from 8 to 1024.
        z_dim: width of z.
        w_dim: width of w.
        mapping_layers: fully connected layers from z to w.
        channel_base: channels times resolution, before the cap.
        channel_max: cap on channels.
        maps: learned feature maps per layer (0: published StyleGAN2).
        z_normalise: scale z to unit mean square first (published StyleGAN2: yes).
        z_knots: knots of the warp of z (0: none).
    """

    resolution: int = 128
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    channel_base: int = 32768
    channel_max: int = 512
    maps: int = 0
    z_normalise: bool = True
    z_knots: int = 0

    def channels(self, resolution: int) -> int:
        """Channels of the features at a resolution."""
        return min(self.channel_base // resolution, self.channel_max)

    @property
    def num_layers(self) -> int:
        """Style vectors a picture takes: `2 * log2(resolution) - 2`."""
        return 2 * (self.resolution.bit_length() - 1) - 2


class MappingNetwork(nn.Module):
    """z -> w. With a warp: w = linear(warped z) + layers(warped z)."""

    knots_x: Tensor
    knots_y: Tensor
    w_avg: Tensor

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.z_normalise = config.z_normalise
        widths = [config.z_dim] + [config.w_dim] * config.mapping_layers
        lr_multiplier = 1.0 if config.z_knots else 0.01
        self.layers = nn.ModuleList(EqualLinear(i, o, lr_multiplier) for i, o in pairwise(widths))
        self.skip = EqualLinear(config.z_dim, config.w_dim) if config.z_knots else None
        self.register_buffer("knots_x", torch.zeros(config.z_knots))
        self.register_buffer("knots_y", torch.zeros(config.z_dim, config.z_knots))
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def set_warp(self, knots_x: Float[Tensor, " K"], knots_y: Float[Tensor, "Z K"]) -> None:
        """Fix the warp: the value of each z dimension at each knot."""
        self.knots_x.copy_(knots_x)
        self.knots_y.copy_(knots_y)

    def warp(self, z: Tensor) -> Tensor:
        """Piecewise-linear function of each z dimension, (B, Z) -> (B, Z)."""
        x = self.knots_x
        z = z.clamp(float(x[0]), float(x[-1]))
        right = torch.searchsorted(x, z.contiguous()).clamp(1, len(x) - 1)
        rows = torch.arange(z.shape[1], device=z.device)
        y0, y1 = self.knots_y[rows, right - 1], self.knots_y[rows, right]
        return y0 + (y1 - y0) * (z - x[right - 1]) / (x[right] - x[right - 1])

    def forward(self, z: Float[Tensor, "B Z"]) -> Float[Tensor, "B D"]:
        """Gaussian z (B, z_dim) -> w (B, w_dim)."""
        if self.z_normalise:
            z = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
        if self.skip is not None:
            z = self.warp(z)
        w = z
        for layer in self.layers:
            w = lrelu(layer(w))
        return w if self.skip is None else w + self.skip(z)


def add_maps(
    x: Float[Tensor, "B C H W"], maps: Float[Tensor, "M H W"], mix: Float[Tensor, "B C M"]
) -> Float[Tensor, "B C H W"]:
    """Features plus a mixture of maps per channel, in one product that keeps channels last.

    Args:
        x: features.
        maps: the maps.
        mix: share of each map in each channel.
    """
    rows = x.permute(0, 2, 3, 1).flatten(1, 2)
    shapes = maps.flatten(1).t().to(x.dtype).expand(len(x), -1, -1)
    rows = torch.baddbmm(rows, shapes, mix.transpose(1, 2).to(x.dtype))
    return rows.unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)


class StyleLayer(nn.Module):
    """Modulated convolution, fixed noise, learned maps, bias, leaky ReLU."""

    noise_const: Tensor

    def __init__(
        self, in_channels: int, out_channels: int, resolution: int, w_dim: int, up: bool, maps: int
    ) -> None:
        super().__init__()
        self.conv = ModulatedConv(in_channels, out_channels, 3, w_dim, up=up)
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(resolution, resolution))
        self.maps = nn.Parameter(torch.randn(maps, resolution, resolution) * 0.5) if maps else None
        self.mix = nn.Parameter(torch.randn(out_channels, maps) * 0.1) if maps else None
        self.map_style = EqualLinear(w_dim, maps, bias_init=1.0, init_scale=0.0) if maps else None

    def forward(self, x: Tensor, w: Tensor, noise_mode: NoiseMode) -> Tensor:
        """Features (B, C, H, W) and style (B, D) -> features."""
        x = self.conv(x, w)
        maps = [torch.ones_like(self.noise_const)[None]]
        mix = [self.bias[None, :, None].expand(len(w), -1, -1)]
        if noise_mode == "const":
            maps.append(self.noise_const[None])
            mix.append(self.noise_strength.expand(*mix[0].shape))
        if self.maps is not None and self.mix is not None and self.map_style is not None:
            maps.append(self.maps)
            mix.append(self.map_style(w)[:, None] * self.mix)
        return lrelu(add_maps(x, torch.cat(maps), torch.cat(mix, 2)))


class ToRGB(nn.Module):
    """Features -> three colour channels, without demodulation."""

    def __init__(self, in_channels: int, w_dim: int) -> None:
        super().__init__()
        self.conv = ModulatedConv(in_channels, 3, 1, w_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 3, H, W)."""
        return self.conv(x, w) + self.bias[:, None, None].to(x.dtype)


class SynthesisNetwork(nn.Module):
    """w+ -> picture: the skip architecture, one style vector per layer."""

    kernel: Tensor

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.const = nn.Parameter(torch.randn(config.channels(4), 4, 4))
        self.register_buffer("kernel", fir_kernel(), persistent=False)
        layers, rgbs = [], []
        resolution, width = 4, config.channels(4)
        layers.append(StyleLayer(width, width, 4, config.w_dim, False, config.maps))
        rgbs.append(ToRGB(width, config.w_dim))
        while resolution < config.resolution:
            resolution *= 2
            wide, width = width, config.channels(resolution)
            layers.append(StyleLayer(wide, width, resolution, config.w_dim, True, config.maps))
            layers.append(StyleLayer(width, width, resolution, config.w_dim, False, config.maps))
            rgbs.append(ToRGB(width, config.w_dim))
        self.layers = nn.ModuleList(layers)
        self.rgbs = nn.ModuleList(rgbs)

    def forward(
        self,
        w_plus: Tensor,
        noise_mode: NoiseMode = "const",
        resolution: int | None = None,
    ) -> Float[Tensor, "B 3 H W"]:
        """Style vectors (B, L, w_dim) -> picture (B, 3, R, R), about [-1, 1] (not clamped).

        Args:
            w_plus: one style vector per layer; layer l's toRGB shares the next layer's vector.
            noise_mode: `const` adds the stored noise, `none` leaves it out.
            resolution: stop at this side (a power of two), for training that grows.

        Raises:
            LatentError: wrong rank, layer count or width.
        """
        check_w_plus(w_plus, self.config)
        target = resolution or self.config.resolution
        x = self.const.to(memory_format=torch.contiguous_format)[None].expand(
            w_plus.shape[0], -1, -1, -1
        )
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.layers[0](x, w_plus[:, 0], noise_mode)
        picture = self.rgbs[0](x, w_plus[:, 1]).float()
        side, index = 4, 1
        while side < target:
            side *= 2
            x = self.layers[index](x, w_plus[:, index], noise_mode)
            x = self.layers[index + 1](x, w_plus[:, index + 1], noise_mode)
            index += 2
            rgb = self.rgbs[index // 2](x, w_plus[:, min(index, w_plus.shape[1] - 1)])
            picture = upsample(picture, self.kernel) + rgb.float()
        return picture


class StyleGAN2Generator(nn.Module):
    """Mapping and synthesis together.

    Args:
        config: the architecture.
    """

    def __init__(self, config: StyleGAN2Config) -> None:
        super().__init__()
        self.config = config
        self.mapping = MappingNetwork(config)
        self.synthesis = SynthesisNetwork(config)
        self.synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def to_w_plus(
        self, z: Float[Tensor, "B Z"], truncation_psi: float = 1.0
    ) -> Float[Tensor, "B L D"]:
        """From z to w, pulled towards the mean by `truncation_psi`, repeated for every layer."""
        w = self.mapping(z)
        if truncation_psi != 1.0:
            w = self.mapping.w_avg.lerp(w, truncation_psi)
        return w[:, None].repeat(1, self.config.num_layers, 1)

    def forward(self, z: Float[Tensor, "B Z"]) -> Float[Tensor, "B 3 H W"]:
        """Gaussian z (B, z_dim) -> pictures (B, 3, R, R)."""
        return self.synthesis(self.to_w_plus(z))

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        return {"architecture": "stylegan2", **asdict(self.config)}

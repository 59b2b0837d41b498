"""The published StyleGAN2 generator (Karras et al. 2020), one network for both its origins.

rosinality's code and NVIDIA's ADA code name their tensors differently and compute the same thing.
Beside the design of the bundled generator it has what their checkpoints hold: labels, a limit on
the activations, the low-pass kernel of each layer, and noise that can be given.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import LatentError, WeightsError
from emostyle.generator.layers import ModulatedConv, fir_kernel, lrelu, upsample
from emostyle.generator.published.generator import PublishedGenerator
from emostyle.generator.published.stylegan2_config import PublishedStyleGAN2Config
from emostyle.generator.stylegan2 import NoiseMode
from emostyle.generator.w_plus import check_w_plus


def clamped(x: Tensor, bound: float | None) -> Tensor:
    """Values cut to [-bound, bound]; None leaves them."""
    return x if bound is None else x.clamp(-bound, bound)


class NoisyLayer(nn.Module):
    """Modulated convolution, noise, bias, leaky ReLU, limit."""

    noise_const: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        side: int,
        up: bool,
        config: PublishedStyleGAN2Config,
    ) -> None:
        super().__init__()
        self.conv = ModulatedConv(
            in_channels, out_channels, 3, config.w_dim, up=up, keep_kernel=True
        )
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.register_buffer("noise_const", torch.randn(side, side))
        self.conv_clamp = config.conv_clamp

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        """Features (B, C, H, W), style (B, D) and noise that broadcasts to them -> features."""
        x = self.conv(x, w)
        if noise is not None:
            x = x + (noise * self.noise_strength).to(x.dtype)
        return clamped(lrelu(x + self.bias[:, None, None].to(x.dtype)), self.conv_clamp)


class ToRGB(nn.Module):
    """Features -> channels of the picture, added to the picture of half the side."""

    kernel: Tensor

    def __init__(self, in_channels: int, first: bool, config: PublishedStyleGAN2Config) -> None:
        super().__init__()
        channels = config.image_channels
        self.conv = ModulatedConv(in_channels, channels, 1, config.w_dim, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.conv_clamp = config.conv_clamp
        if not first:
            self.register_buffer("kernel", fir_kernel())

    def forward(self, x: Tensor, w: Tensor, picture: Tensor | None) -> Tensor:
        """(B, C, H, W) and the picture so far (B, K, H/2, W/2) -> (B, K, H, W)."""
        rgb = clamped(self.conv(x, w) + self.bias[:, None, None].to(x.dtype), self.conv_clamp)
        return rgb if picture is None else upsample(picture, self.kernel) + rgb


class PublishedSynthesis(nn.Module):
    """w+ -> picture: the skip architecture, one style vector per layer.

    Args:
        config: the architecture.

    Raises:
        WeightsError: channels for fewer than two resolutions.
    """

    def __init__(self, config: PublishedStyleGAN2Config) -> None:
        super().__init__()
        if len(config.channels) < 2:
            raise WeightsError(
                f"A StyleGAN2 cannot have channels={config.channels}; give those at 4, 8 ... "
                "pixels, two at least (stylegan2_widths)."
            )
        self.config = config
        wide = config.channels[0]
        self.const = nn.Parameter(torch.randn(wide, 4, 4))
        layers = [NoisyLayer(wide, wide, 4, False, config)]
        rgbs = [ToRGB(wide, True, config)]
        for level, width in enumerate(config.channels[1:], 1):
            layers.append(NoisyLayer(wide, width, 4 << level, True, config))
            layers.append(NoisyLayer(width, width, 4 << level, False, config))
            rgbs.append(ToRGB(width, False, config))
            wide = width
        self.layers = nn.ModuleList(layers)
        self.rgbs = nn.ModuleList(rgbs)

    def forward(
        self,
        w_plus: Tensor,
        noise_mode: NoiseMode = "const",
        noise: Sequence[Tensor] | None = None,
    ) -> Float[Tensor, "B K H W"]:
        """Style vectors (B, L, w_dim) -> picture (B, K, R, R), about [-1, 1] (not clamped).

        Args:
            w_plus: one style vector per layer; layer l's toRGB shares the next layer's vector.
            noise_mode: `const` adds the stored noise, `none` leaves it out.
            noise: noise of one's own instead, one tensor (B, 1, H, W) per layer.

        Raises:
            LatentError: wrong rank, layer count or width; another number of noise tensors.
        """
        check_w_plus(w_plus, self.config)
        maps = self.noise_maps(noise_mode, noise)
        x = self.const[None].repeat(len(w_plus), 1, 1, 1)
        x = x.contiguous(memory_format=torch.channels_last)
        x = self.layers[0](x, w_plus[:, 0], maps[0])
        picture: Tensor = self.rgbs[0](x, w_plus[:, 1], None)
        for level in range(1, len(self.rgbs)):
            for index in (2 * level - 1, 2 * level):
                x = self.layers[index](x, w_plus[:, index], maps[index])
            picture = self.rgbs[level](x, w_plus[:, 2 * level + 1], picture)
        return picture

    def noise_maps(
        self, noise_mode: NoiseMode = "const", noise: Sequence[Tensor] | None = None
    ) -> list[Tensor | None]:
        """The noise of each layer, before its strength.

        Raises:
            LatentError: another number of tensors than layers.
        """
        if noise is not None and len(noise) != len(self.layers):
            raise LatentError(
                f"noise has {len(noise)} tensors; this generator of {self.config.resolution} "
                f"pixels expects {len(self.layers)}, one per layer (noise)."
            )
        if noise is not None:
            return list(noise)
        if noise_mode == "none":
            return [None] * len(self.layers)
        return [layer.get_buffer("noise_const") for layer in self.layers]


class PublishedStyleGAN2(PublishedGenerator):
    """A published StyleGAN2: pictures of 8 to 1024 pixels, with or without classes.

    Args:
        config: the architecture.
    """

    architecture = "stylegan2_published"
    config: PublishedStyleGAN2Config

    def __init__(self, config: PublishedStyleGAN2Config) -> None:
        super().__init__(config, PublishedSynthesis(config))

"""The StyleGAN2 discriminator (Karras et al. 2020), residual, with minibatch standard deviation.

With a condition it also says whether a picture shows what it should, by projection (Miyato and
Koyama 2018, "cGANs with Projection Discriminator").
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.generator.layers import EqualConv, EqualLinear, lrelu


def minibatch_std(x: Float[Tensor, "B C H W"], group: int = 4) -> Float[Tensor, "B C2 H W"]:
    """Append the mean standard deviation over groups of the batch as one more channel.

    Karras et al. 2018, section 3. The group is cut to the largest divisor of the batch.
    """
    batch, _, height, width = x.shape
    group = math.gcd(batch, group)
    grouped = x.reshape(group, -1, *x.shape[1:]).float()
    std = (grouped.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    extra = std.repeat(group)[:, None, None, None].expand(batch, 1, height, width)
    return torch.cat([x, extra.to(x.dtype)], 1)


class ResidualBlock(nn.Module):
    """Two convolutions and a skip, halving the side."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv0 = EqualConv(in_channels, in_channels, 3)
        self.conv1 = EqualConv(in_channels, out_channels, 3)
        self.skip = EqualConv(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H/2, W/2)."""
        y = F.avg_pool2d(lrelu(self.conv0(x)), 2)
        return (lrelu(self.conv1(y)) + self.skip(F.avg_pool2d(x, 2))) * math.sqrt(0.5)


class Discriminator(nn.Module):
    """Pictures -> one realness score each.

    Args:
        resolution: side of the pictures, a power of two.
        channel_base: channels times resolution, before the cap.
        channel_max: cap on channels.
        condition_dim: length of the condition, 0 for none.
    """

    def __init__(
        self,
        resolution: int,
        channel_base: int = 32768,
        channel_max: int = 512,
        condition_dim: int = 0,
    ) -> None:
        super().__init__()

        def width(side: int) -> int:
            return min(channel_base // side, channel_max)

        self.from_rgb = EqualConv(3, width(resolution), 1)
        sides = [resolution >> i for i in range(resolution.bit_length() - 3)]
        self.blocks = nn.ModuleList(ResidualBlock(width(s), width(s // 2)) for s in sides)
        self.conv = EqualConv(width(4) + 1, width(4), 3)
        self.hidden = EqualLinear(width(4) * 16, width(4))
        self.score = EqualLinear(width(4), 1)
        self.project = EqualLinear(condition_dim, width(4)) if condition_dim else None

    def forward(
        self, images: Float[Tensor, "B 3 H W"], condition: Float[Tensor, "B Z"] | None = None
    ) -> Float[Tensor, " B"]:
        """Pictures in [-1, 1] (and their conditions) -> scores (B,), larger is more real."""
        x = lrelu(self.from_rgb(images.contiguous(memory_format=torch.channels_last)))
        for block in self.blocks:
            x = block(x)
        x = lrelu(self.conv(minibatch_std(x)))
        x = lrelu(self.hidden(x.flatten(1)))
        score = self.score(x)[:, 0].float()
        if self.project is None or condition is None:
            return score
        return score + (self.project(condition) * x).sum(1).float() / math.sqrt(x.shape[1])

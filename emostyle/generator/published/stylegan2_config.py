"""The architecture of a published StyleGAN2: its sizes."""

from dataclasses import dataclass
from typing import ClassVar

from emostyle.errors import WeightsError


def stylegan2_widths(
    resolution: int, channel_base: int = 32768, channel_max: int = 512
) -> tuple[int, ...]:
    """Channels at 4, 8 ... `resolution` pixels: `min(channel_base / side, channel_max)`.

    Args:
        resolution: side of the picture, a power of two from 8 on.
        channel_base: channels times side.
        channel_max: cap on channels.

    Raises:
        WeightsError: not such a power of two.

    Example:
        >>> stylegan2_widths(32, 512, 32)
        (32, 32, 32, 16)
    """
    if resolution < 8 or resolution & (resolution - 1):
        raise WeightsError(
            f"A StyleGAN2 cannot have resolution={resolution}; give a power of two from 8 on."
        )
    sides = [4 << level for level in range(resolution.bit_length() - 2)]
    return tuple(min(channel_base // side, channel_max) for side in sides)


@dataclass(frozen=True)
class PublishedStyleGAN2Config:
    """Architecture of a published StyleGAN2 generator.

    Attributes:
        channels: channels at 4, 8, 16 ... pixels; how many there are sets the resolution.
        z_dim: width of z.
        w_dim: width of w.
        mapping_layers: fully connected layers from z to w.
        mapping_lr: learning-rate multiplier of the mapping.
        c_dim: length of a label; 0 for none.
        class_index: the class drawn where no label is given.
        image_channels: channels of the picture.
        conv_clamp: bound on activations, None for none (ADA's checkpoints: 256).
    """

    z_knots: ClassVar[int] = 0

    channels: tuple[int, ...] = stylegan2_widths(1024)
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    mapping_lr: float = 0.01
    c_dim: int = 0
    class_index: int | None = None
    image_channels: int = 3
    conv_clamp: float | None = None

    @property
    def resolution(self) -> int:
        """Side of the picture in pixels."""
        return 2 << len(self.channels)

    @property
    def num_layers(self) -> int:
        """Style vectors a picture takes: `2 * log2(resolution) - 2`."""
        return 2 * len(self.channels)

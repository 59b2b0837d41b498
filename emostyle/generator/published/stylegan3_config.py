"""The architecture of a StyleGAN3: its sizes and frequencies."""

from dataclasses import dataclass
from typing import ClassVar

from emostyle.errors import WeightsError


def geometric(first: float, last: float, index: int, layers: int, num_critical: int) -> float:
    """A frequency that grows geometrically from layer to layer up to the critical ones.

    Karras et al. 2021, section 3.2.

    Args:
        first: at layer 0.
        last: at the `num_critical` layers at the end.
        index: which layer.
        layers: how many there are, toRGB left out.
        num_critical: how many are critically sampled.
    """
    return float(first * (last / first) ** min(index / (layers - num_critical), 1.0))


def stylegan3_widths(
    resolution: int,
    channel_base: int = 32768,
    channel_max: int = 512,
    layers: int = 14,
    num_critical: int = 2,
    first_cutoff: float = 2.0,
) -> tuple[int, ...]:
    """Channels of each layer: as many as `channel_base / 2` over its cutoff, and at most the cap.

    Args:
        resolution: side of the picture in pixels.
        channel_base: channels times twice the cutoff.
        channel_max: cap on channels.
        layers: how many there are, toRGB left out.
        num_critical: how many are critically sampled.
        first_cutoff: cutoff of the first.

    Example:
        >>> stylegan3_widths(32, 512, 32, 6)
        (32, 32, 32, 27, 16, 16)
    """
    cutoffs = (
        geometric(first_cutoff, resolution / 2, index, layers, num_critical)
        for index in range(layers)
    )
    return tuple(round(min(channel_base / 2 / cutoff, channel_max)) for cutoff in cutoffs)


@dataclass(frozen=True)
class StyleGAN3Config:
    """Architecture of a StyleGAN3 generator (Karras et al. 2021, section 3.2 and appendix D).

    Frequencies are in cycles per side of the picture.

    Attributes:
        resolution: side of the picture in pixels.
        channels: channels of each layer, toRGB left out; the Fourier features have the first.
        z_dim: width of z.
        w_dim: width of w.
        mapping_layers: fully connected layers from z to w.
        mapping_lr: learning-rate multiplier of the mapping.
        c_dim: length of a label; 0 for none.
        class_index: the class drawn where no label is given.
        image_channels: channels of the picture.
        conv_kernel: side of the convolutions: 3 in configuration T, 1 in R.
        radial: radially symmetric downsampling filters (configuration R).
        num_critical: layers at the end that are critically sampled.
        first_cutoff: cutoff of the first layer.
        first_stopband: least stopband of the first layer.
        last_stopband_rel: least stopband of the last layer over its cutoff.
        margin: pixels drawn around the picture on each side.
        filter_size: taps of a filter per sample of the lower rate.
        lrelu_upsampling: factor of the sampling rate under the activation.
        output_scale: factor on the picture.
        conv_clamp: bound on activations, None for none.
    """

    z_knots: ClassVar[int] = 0

    resolution: int = 1024
    channels: tuple[int, ...] = stylegan3_widths(1024)
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 2
    mapping_lr: float = 0.01
    c_dim: int = 0
    class_index: int | None = None
    image_channels: int = 3
    conv_kernel: int = 3
    radial: bool = False
    num_critical: int = 2
    first_cutoff: float = 2.0
    first_stopband: float = 2**2.1
    last_stopband_rel: float = 2**0.3
    margin: int = 10
    filter_size: int = 6
    lrelu_upsampling: int = 2
    output_scale: float = 0.25
    conv_clamp: float | None = 256

    @property
    def num_layers(self) -> int:
        """Style vectors a picture takes: input, layers, toRGB."""
        return len(self.channels) + 2


def check(config: StyleGAN3Config) -> None:
    """Refuse sizes that give no network.

    Raises:
        WeightsError: the message names the option.
    """
    side = config.resolution
    if side < 16 or side & (side - 1):
        raise WeightsError(
            f"A StyleGAN3 cannot have resolution={side}; give a power of two from 16 on."
        )
    if not 1 <= config.num_critical < len(config.channels):
        raise WeightsError(
            f"A StyleGAN3 of {len(config.channels)} layers cannot have num_critical="
            f"{config.num_critical}; give 1 to {len(config.channels) - 1}."
        )
    if config.lrelu_upsampling < 2:
        raise WeightsError(
            f"A StyleGAN3 cannot have lrelu_upsampling={config.lrelu_upsampling}; give 2 or more."
        )

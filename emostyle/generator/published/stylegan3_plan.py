"""The geometry of StyleGAN3: how frequencies, sizes and channels grow from layer to layer."""

import math
from dataclasses import dataclass

from emostyle.generator.published.stylegan3_config import StyleGAN3Config, check, geometric


@dataclass(frozen=True)
class Band:
    """The signal a layer puts out.

    Attributes:
        channels: how many.
        size: samples per side, with the margin.
        rate: samples per side of the picture.
        cutoff: frequency f_c.
        half_width: half width f_h of the transition band.
    """

    channels: int
    size: int
    rate: int
    cutoff: float
    half_width: float


@dataclass(frozen=True)
class LayerPlan:
    """How one layer gets from its input band to its output band.

    Attributes:
        source: band that comes in.
        target: band that goes out.
        raised: sampling rate under the activation.
        kernel: side of the convolution.
        filter_size: taps of a filter per sample of the lower rate.
        radial: the downsampling filter is radially symmetric.
    """

    source: Band
    target: Band
    raised: int
    kernel: int
    filter_size: int
    radial: bool

    @property
    def up(self) -> int:
        """Factor of the raised rate over that of the input."""
        return self.raised // self.source.rate

    @property
    def down(self) -> int:
        """Factor of the raised rate over that of the output."""
        return self.raised // self.target.rate

    @property
    def padding(self) -> tuple[int, int]:
        """Zeros before and after the upsampled samples (negative: cut), appendix C.3."""
        needed = (self.target.size - 1) * self.down + 1
        there = (self.source.size + self.kernel - 1) * self.up
        total = needed - there + self.filter_size * (self.up + self.down) - 2
        before = (total + self.up) // 2
        return before, total - before


def bands(config: StyleGAN3Config) -> list[Band]:
    """The band of each layer's output, toRGB last (Karras et al. 2021, section 3.2).

    Cutoffs and stopbands grow geometrically until the critically sampled layers at the end; the
    sampling rate is the least power of two that holds the stopband, up to the resolution.

    Args:
        config: the architecture.

    Raises:
        WeightsError: sizes that give no network.
    """
    check(config)
    layers, last = len(config.channels), config.resolution / 2
    found = []
    for index, channels in enumerate((*config.channels, config.image_channels)):
        steps = (index, layers, config.num_critical)
        cutoff = geometric(config.first_cutoff, last, *steps)
        stopband = geometric(config.first_stopband, last * config.last_stopband_rel, *steps)
        rate = 2 ** math.ceil(math.log2(min(2 * stopband, config.resolution)))
        size = config.resolution if index >= layers - 1 else rate + 2 * config.margin
        found.append(Band(channels, size, rate, cutoff, max(stopband, rate / 2) - cutoff))
    return found


def layer_plans(config: StyleGAN3Config) -> list[LayerPlan]:
    """The plan of each filtered layer, in order; toRGB is none of them.

    Args:
        config: the architecture.

    Raises:
        WeightsError: sizes that give no network.
    """
    every = bands(config)
    pairs = zip([every[0], *every], every[:-1], strict=False)
    critical = len(config.channels) - config.num_critical
    return [
        LayerPlan(
            source,
            target,
            max(source.rate, target.rate) * config.lrelu_upsampling,
            config.conv_kernel,
            config.filter_size,
            config.radial and index < critical,
        )
        for index, (source, target) in enumerate(pairs)
    ]

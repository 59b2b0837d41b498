"""The audio tower of AudioCLIP (Guzhov et al., ICASSP 2022): ESResNeXt on an fbsp spectrogram."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from scipy.signal import get_window
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.resnet import Bottleneck

from emostyle.embedding.published_audio.fbsp import LinearFBSP, windowed_frames
from emostyle.embedding.published_audio.residual import ResidualTrunk
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.errors import AudioError, WeightsError
from emostyle.weights.state import load_exactly, part

BANDS = 3
"""Thirds of the frequency axis; each becomes a channel of the picture."""
SILENT_POWER = 1e-18
"""Stands for a power of exactly zero."""
INT16_LOW, INT16_HIGH = -32768.0, 32767.0
"""The sample values that the network maps to -1 and 1."""


class AttentionMap(nn.Module):
    """Sigmoid weights for a stage's output, read from its input (Guzhov et al. 2020, ESResNet).

    Args:
        channels_in: channels of the stage's input.
        channels_out: channels of the stage's output.
        kernel: height and width of the depthwise convolution.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.conv_depth = nn.Conv2d(
            channels_in, channels_in, kernel, padding=padding, groups=channels_in
        )
        self.conv_point = nn.Conv2d(channels_in, channels_out, 1)
        self.bn = nn.BatchNorm2d(channels_out)

    def forward(
        self, features: Float[Tensor, "B C H W"], size: tuple[int, int]
    ) -> Float[Tensor, "B K h w"]:
        """Weights in (0, 1) of the given height and width."""
        pooled = functional.adaptive_max_pool2d(features, size)
        weights: Tensor = self.bn(self.conv_point(self.conv_depth(pooled))).sigmoid()
        return weights


class AudioCLIPEncoder(SoundEncoder, ResidualTrunk):
    """Waveform at 44.1 kHz -> vector of the space of AudioCLIP's CLIP RN50, not of length one.

    That space (1024 numbers, a fine-tuned CLIP) is not the one of ViT-B/32: compare its vectors
    only with text and pictures of the same checkpoint.

    Args:
        width: channels of the stem; stages have 1, 2, 4 and 8 times as many.
        layers: blocks per stage.
        groups: groups of the 3x3 convolutions.
        width_per_group: channels per group where the width is 64.
        embed_dim: length of the vectors.
        n_fft: length of a filter; there are n_fft / 2 + 1.
        win_length: samples of a frame.
        hop_length: samples from one frame to the next.
        window: name of the window, for `scipy.signal.get_window`.
        normalised: divide the filters by the square root of their length.

    Raises:
        WeightsError: frames longer than the filters.
    """

    architecture = "audioclip_audio"
    sample_rate_hz = 44100

    def __init__(
        self,
        width: int = 64,
        layers: Sequence[int] = (3, 4, 6, 3),
        groups: int = 32,
        width_per_group: int = 4,
        embed_dim: int = 1024,
        n_fft: int = 2048,
        win_length: int = 1654,
        hop_length: int = 561,
        window: str = "blackmanharris",
        normalised: bool = True,
    ) -> None:
        if win_length > n_fft:
            raise WeightsError(
                f"An AudioCLIP encoder cannot have win_length={win_length} above n_fft={n_fft}; "
                "give a smaller win_length."
            )
        widths = [width * factor for factor in (1, 2, 4, 8)]
        super().__init__(Bottleneck, BANDS, widths, layers, groups, width_per_group)
        self.output_dim = embed_dim
        self.arguments = {
            "width": width,
            "layers": list(layers),
            "groups": groups,
            "width_per_group": width_per_group,
            "embed_dim": embed_dim,
            "n_fft": n_fft,
            "win_length": win_length,
            "hop_length": hop_length,
            "window": window,
            "normalised": normalised,
        }
        self.n_fft, self.hop_length = n_fft, hop_length
        ends = [width, *(Bottleneck.expansion * each for each in widths)]
        self.att1 = AttentionMap(ends[0], ends[1], (3, 1))
        self.att2 = AttentionMap(ends[1], ends[2], (1, 5))
        self.att3 = AttentionMap(ends[2], ends[3], (3, 1))
        self.att4 = AttentionMap(ends[3], ends[4], (1, 5))
        self.att5 = AttentionMap(ends[4], ends[4], (3, 5))
        self.fc = nn.Linear(ends[4], embed_dim)
        self.fbsp = LinearFBSP(n_fft // 2 + 1, normalised)
        taper = torch.from_numpy(get_window(window, win_length, fftbins=True))
        self.register_buffer("window", taper.to(torch.get_default_dtype()))

    def decibel_map(self, samples: Float[Tensor, "B T"]) -> Float[Tensor, "B 3 h frames"]:
        """The picture the network sees: low, middle and high frequencies as three channels.

        Args:
            samples: (B, T) at 44.1 kHz, scaled as 16-bit integers.

        Returns:
            Decibels (B, 3, (n_fft / 2 + 1) // 3, frames); the few highest filters are dropped.

        Raises:
            AudioError: the sounds have no samples.
        """
        if samples.shape[1] == 0:
            raise AudioError("The sound has no samples; pass a recording to --audio.")
        scaled = (samples - INT16_LOW) * 2.0 / (INT16_HIGH - INT16_LOW) - 1.0
        with torch.no_grad():
            window = self.get_buffer("window")
            frames = windowed_frames(scaled, window, self.hop_length, self.n_fft)
        spectrum = self.fbsp(frames)
        third = spectrum.shape[1] // BANDS
        power = spectrum[:, : BANDS * third].square().sum(-1).unflatten(1, (BANDS, third))
        floor = torch.full_like(power, SILENT_POWER)
        return 10.0 * torch.where(power > 0, power, floor).log10()

    def reduced(self, pictures: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B C"]:
        """Pooled and weighted features of decibel maps, before the last layer."""
        features = self.stem(pictures)
        maps = (self.att1, self.att2, self.att3, self.att4)
        for stage, attention in zip(self.stages(), maps, strict=True):
            after = stage(features)
            features = after * attention(features, after.shape[-2:])
        pooled = features.mean((2, 3), keepdim=True)
        return (pooled * self.att5(features, (1, 1))).flatten(1)

    def forward(self, samples: Float[Tensor, "B T"]) -> Float[Tensor, "B D"]:
        """Vectors of sounds.

        Args:
            samples: (B, T) at 44.1 kHz, scaled as 16-bit integers (-32768 to 32767). Some scripts
                around the original feed values in [-1, 1] here, next to silence for the network.

        Returns:
            (B, embed_dim).
        """
        vectors: Tensor = self.fc(self.reduced(self.decibel_map(samples)))
        return vectors

    def embed(self, waveform: Float[Tensor, " T"]) -> Float[Tensor, "1 D"]:
        """Raw vector of one mono sound (T,) at 44.1 kHz with values in [-1, 1], heard whole."""
        vectors: Tensor = self(-INT16_LOW * waveform[None])
        return vectors


def audioclip_from_state(state: Mapping[str, Tensor]) -> AudioCLIPEncoder:
    """The audio tower of the published checkpoint.

    Args:
        state: the whole model's state dict; only `audio.*` is read.

    Returns:
        The network in evaluation mode, frozen.

    Raises:
        WeightsError: the weights are others.
    """
    network = AudioCLIPEncoder()
    load_exactly(network, part(state, "audio."), "AudioCLIP audio tower")
    return network.eval().requires_grad_(False)

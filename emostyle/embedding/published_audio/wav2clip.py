"""Wav2CLIP (Wu et al., ICASSP 2022): a ResNet-18 on log spectrograms, then a small projection."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torchaudio
from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from emostyle.embedding.published_audio.residual import ResidualTrunk
from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.errors import AudioError
from emostyle.weights.state import load_exactly

POWER_OFFSET = 1e-7
"""Added to the powers before the logarithm."""
DEVIATION_OFFSET = 1e-9
"""Added to the standard deviation before the division."""
PARTS = ("audio_encoder.", "audio_transform.")
"""Prefixes of the keys that belong to the encoder."""


class SpectrogramResNet(ResidualTrunk):
    """Waveform -> standardised log power spectrogram -> ResNet -> mean over the map.

    Args:
        widths: channels of each stage.
        layers: blocks per stage.
        n_fft: samples per frame (Hann window).
        hop_length: samples from one frame to the next.
    """

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 256, 512),
        layers: Sequence[int] = (2, 2, 2, 2),
        n_fft: int = 512,
        hop_length: int = 353,
    ) -> None:
        super().__init__(BasicBlock, 1, widths, layers)
        self.spectrogram = torchaudio.transforms.Spectrogram(n_fft=n_fft, hop_length=hop_length)

    def standardised(self, waveforms: Float[Tensor, "B T"]) -> Float[Tensor, "B 1 bins frames"]:
        """Log power spectrograms of mean 0 and deviation 1 over the whole batch tensor.

        A trait of the original: a sound's picture, and with it its vector, depends on the sounds
        that share its batch. `Wav2CLIP.encode` hears each sound alone.

        Args:
            waveforms: (B, T) at 16 kHz, T > n_fft / 2.

        Returns:
            (B, 1, n_fft / 2 + 1, 1 + T // hop_length).

        Raises:
            AudioError: the sound is too short to be mirrored at its ends.
        """
        if waveforms.shape[-1] <= self.spectrogram.n_fft // 2:
            raise AudioError(
                f"The sound has {waveforms.shape[-1]} samples, expected more than "
                f"{self.spectrogram.n_fft // 2}; pass a longer recording to --audio."
            )
        logs = (self.spectrogram(waveforms)[:, None] + POWER_OFFSET).log()
        return (logs - logs.mean()) / (logs.std() + DEVIATION_OFFSET)

    def forward(self, waveforms: Float[Tensor, "B T"]) -> Float[Tensor, "B C"]:
        """Pooled features of waveforms (B, T) at 16 kHz."""
        features = self.stem(self.standardised(waveforms))
        for stage in self.stages():
            features = stage(features)
        return features.mean((2, 3))


class Projection(nn.Module):
    """Linear layers with ReLU and dropout between them, none after the last.

    Args:
        units: widths from input to output.
        dropout: share of hidden units left out in training.
    """

    def __init__(self, units: Sequence[int], dropout: float = 0.1) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(units):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.Dropout(dropout)]
        self.sequential = nn.Sequential(*layers[:-2])

    def forward(self, x: Float[Tensor, "B C"]) -> Float[Tensor, "B D"]:
        """Features (B, units[0]) to vectors (B, units[-1])."""
        vectors: Tensor = self.sequential(x)
        return vectors


class Wav2CLIP(SoundEncoder):
    """Waveform at 16 kHz -> vector of the space of CLIP ViT-B/32, not of length one.

    Args:
        widths: channels of each stage of the ResNet.
        layers: blocks per stage.
        mlp_units: widths of the projection from input to output.
        n_fft: samples per frame.
        hop_length: samples from one frame to the next.
    """

    architecture = "wav2clip"
    sample_rate_hz = 16000

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 256, 512),
        layers: Sequence[int] = (2, 2, 2, 2),
        mlp_units: Sequence[int] = (512, 512, 512),
        n_fft: int = 512,
        hop_length: int = 353,
    ) -> None:
        super().__init__()
        self.output_dim = mlp_units[-1]
        self.arguments = {
            "widths": list(widths),
            "layers": list(layers),
            "mlp_units": list(mlp_units),
            "n_fft": n_fft,
            "hop_length": hop_length,
        }
        self.audio_encoder = SpectrogramResNet(widths, layers, n_fft, hop_length)
        self.audio_transform = Projection(mlp_units)

    def forward(self, waveforms: Float[Tensor, "B T"]) -> Float[Tensor, "B D"]:
        """Vectors of waveforms (B, T) in [-1, 1]; they depend on the batch, see `standardised`."""
        vectors: Tensor = self.audio_transform(self.audio_encoder(waveforms))
        return vectors

    def embed(self, waveform: Float[Tensor, " T"]) -> Float[Tensor, "1 D"]:
        """Raw vector of one mono sound (T,) at 16 kHz, heard whole."""
        vectors: Tensor = self(waveform[None])
        return vectors

    def embed_frames(
        self, waveforms: Float[Tensor, "B T"], frame_length: int, hop_length: int
    ) -> Float[Tensor, "B D N"]:
        """Raw vectors of overlapping cuts of the sounds; all of them share one batch.

        Args:
            waveforms: (B, T) at 16 kHz.
            frame_length: samples of a cut.
            hop_length: samples from one cut to the next.

        Returns:
            (B, D, 1 + (T - frame_length) // hop_length).

        Raises:
            AudioError: the sounds are shorter than one cut.
        """
        if waveforms.shape[1] < frame_length:
            raise AudioError(
                f"The sounds have {waveforms.shape[1]} samples, expected at least frame_length="
                f"{frame_length}; give a smaller frame_length."
            )
        cuts = waveforms.unfold(1, frame_length, hop_length)
        vectors = self(cuts.reshape(-1, frame_length))
        return vectors.unflatten(0, cuts.shape[:2]).transpose(1, 2)


def wav2clip_from_state(state: Mapping[str, Tensor]) -> Wav2CLIP:
    """The network of the published checkpoint.

    Args:
        state: its state dict; keys of its training (neither `audio_encoder.*` nor
            `audio_transform.*`) are left aside, as the originals' loader does.

    Returns:
        The network in evaluation mode, frozen.

    Raises:
        WeightsError: the weights are others.
    """
    kept = {key: state[key] for key in state if key.startswith(PARTS)}
    network = Wav2CLIP()
    load_exactly(network, kept, "Wav2CLIP network")
    return network.eval().requires_grad_(False)

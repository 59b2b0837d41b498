"""The bundled world's audio encoder: a narrow residual network from log-mel to the joint space."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from emostyle.errors import WeightsError
from emostyle.waveform.load import Resampler
from emostyle.waveform.mel import MelSpec, log_mel
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state

WINDOWS_AT_ONCE = 32
"""Windows per forward pass of `AudioEncoder.encode`; bounds the memory of long sounds."""
BANDS = 4
"""Bands over the mel axis that the head tells apart."""


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut (He et al. 2016), halving both axes if `stride` is 2.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        stride: 1 or 2.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride, stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(channels_in, channels_out, 1, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, channels_in, H, W) to (B, channels_out, H / stride, W / stride)."""
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class AudioEncoder(nn.Module):
    """ResNet-10-style encoder of sounds; carries its own front end.

    A 5x5 stem that also sees how high each mel band lies, four residual stages of width w, 2w, 4w,
    8w, the sum of mean and maximum over time in each of four bands, and a linear map
    to unit vectors of the joint space.

    Args:
        width: channels w of the first stage.
        embed_dim: length of the output vectors.
        dropout: share of pooled features hidden in training.
        mel: front end; stored in the weights file and used by `encode`.
    """

    def __init__(
        self,
        width: int = 16,
        embed_dim: int = 512,
        dropout: float = 0.1,
        mel: MelSpec | None = None,
    ) -> None:
        super().__init__()
        self.width, self.embed_dim, self.dropout = width, embed_dim, dropout
        self.output_dim = embed_dim
        self.resampler: Resampler = "sinc"
        self.mel = mel or MelSpec()
        self.stem = nn.Sequential(
            nn.Conv2d(2, width, 5, 2, 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        self.stages = nn.Sequential(
            *(ResidualBlock(widths[i], widths[i + 1], stride=1 if i == 0 else 2) for i in range(4))
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(widths[-1] * BANDS, embed_dim))

    @property
    def sample_rate_hz(self) -> int:
        """Rate of the sounds that `encode` takes, Hz."""
        return self.mel.sample_rate_hz

    @property
    def config(self) -> dict[str, Any]:
        """What `AudioEncoder.from_config` needs to build the same network."""
        return {
            "width": self.width,
            "embed_dim": self.embed_dim,
            "dropout": self.dropout,
            "mel": self.mel.to_dict(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AudioEncoder":
        """A network with random weights from the dict that `config` gives."""
        return cls(**{**config, "mel": MelSpec.from_dict(config["mel"])})

    def forward(self, log_mels: Tensor) -> Tensor:
        """Unit vectors of log-mel pictures.

        Args:
            log_mels: (B, 1, n_mels, frames), as `emostyle.waveform.mel.normalised_log` makes them.

        Returns:
            (B, embed_dim), each of length one.
        """
        height = torch.linspace(-1.0, 1.0, log_mels.shape[2]).to(log_mels)
        height = height[None, None, :, None].expand_as(log_mels)
        features = self.stages(self.stem(torch.cat([log_mels, height], dim=1)))
        bands = functional.adaptive_avg_pool2d(features, (BANDS, None))
        pooled = bands.mean(dim=-1) + bands.amax(dim=-1)
        return functional.normalize(self.head(pooled.flatten(1)).float(), dim=-1)

    @torch.no_grad()
    def encode(self, waveforms: Sequence[Tensor]) -> Tensor:
        """Unit vectors of whole sounds: the mean over each sound's windows, brought to length one.

        Deterministic, in evaluation mode, and each sound's vector is independent of the others
        (windows of one sound share a pass, never windows of two).

        Args:
            waveforms: mono sounds (T_i,) at `sample_rate_hz`, of any lengths.

        Returns:
            (B, embed_dim).
        """
        training = self.training
        self.eval()
        weight = next(self.parameters())
        vectors = []
        for waveform in waveforms:
            pictures = log_mel(waveform.to(weight), self.mel)
            parts = [self(part) for part in pictures.split(WINDOWS_AT_ONCE)]
            vectors.append(functional.normalize(torch.cat(parts).mean(0), dim=0))
        self.train(training)
        return torch.stack(vectors)


def load_audio_encoder(path: str | Path) -> tuple[AudioEncoder, dict[str, Any]]:
    """Rebuild an exported audio encoder.

    Args:
        path: a `.safetensors` file of `train_audio_encoder.py`.

    Returns:
        The network in evaluation mode, frozen, and the file's metadata (`classes`, `temperature`,
        `mel`, `config`, ...).

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
    """
    state, metadata = load_state(path)
    if metadata.get("kind") != "audio_encoder":
        raise WeightsError(
            f"The weights '{path}' hold a '{metadata.get('kind')}', expected an 'audio_encoder'; "
            "name another file for the stack's audio_encoder slot."
        )
    encoder = AudioEncoder.from_config(metadata["config"])
    load_exactly(encoder, state, f"bundled kind of audio encoder: '{path}'")
    return encoder.eval().requires_grad_(False), metadata


def classify(
    audio: Float[Tensor, "B D"], text: Float[Tensor, "C D"], temperature: float
) -> Float[Tensor, "B C"]:
    """Zero-shot class probabilities: softmax over cosine similarities (eq 1 with class prompts).

    Args:
        audio: unit vectors of sounds (B, D).
        text: unit vectors of the classes' prompts (C, D).
        temperature: tau of training, > 0.

    Returns:
        (B, C), rows sum to one.
    """
    return (audio @ text.T / temperature).softmax(dim=1)

"""What every published audio encoder offers beside its `forward`: sounds in, unit vectors out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from emostyle.waveform.load import Resampler


class SoundEncoder(nn.Module, ABC):
    """A network that hears whole sounds.

    Attributes:
        architecture: name that a weights file carries.
        sample_rate_hz: rate that `encode` and `embed` expect, Hz.
        resampler: how a recording is brought to it; all originals load sounds with librosa.
        output_dim: length of its vectors.
        arguments: constructor arguments, JSON-able.
    """

    architecture: str
    sample_rate_hz: int
    resampler: Resampler = "soxr"
    output_dim: int
    arguments: dict[str, Any]

    @abstractmethod
    def embed(self, waveform: Tensor) -> Tensor:
        """Raw vectors (W, D) of the windows of one mono sound (T,) in [-1, 1]."""

    @torch.no_grad()
    def encode(self, waveforms: Sequence[Tensor]) -> Tensor:
        """Unit vectors of whole sounds: the mean over each sound's windows, brought to length one.

        Deterministic, in evaluation mode, one sound at a time: no vector depends on its neighbours.

        Args:
            waveforms: mono sounds (T_i,) at `sample_rate_hz`, values in [-1, 1].

        Returns:
            (B, D).
        """
        training = self.training
        self.eval()
        weight = next(self.parameters())
        vectors = []
        for waveform in waveforms:
            parts = functional.normalize(self.embed(waveform.to(weight)), dim=-1)
            vectors.append(functional.normalize(parts.mean(0), dim=0))
        self.train(training)
        return torch.stack(vectors)

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        return {"architecture": self.architecture, "arguments": self.arguments}

"""From the token that is read to the joint space, and the scale of each modality there."""

import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from emostyle.embedding.imagebind.trunk import NORM_EPS

MAX_LOGIT_SCALE = 100.0
"""Scales above this count as this (Radford et al. 2021, section 2.5)."""
LOGIT_SCALES = {"text": 1 / 0.07, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}
"""Start value per modality; vision has none. Only the scale of text is learned."""


def build_head(modality: str, width: int, embed_dim: int) -> nn.Module:
    """Layer norm and a linear map without offset: (B, width) to (B, embed_dim).

    The places in the sequence are those of the published file, which picks the token to read
    inside its heads (place 1); here it is picked before.

    Args:
        modality: one of `MODALITIES`.
        width: of the tower.
        embed_dim: of the joint space.
    """
    norm, linear = nn.LayerNorm(width, eps=NORM_EPS), nn.Linear(width, embed_dim, bias=False)
    if modality == "text":
        return _Projection(nn.Sequential(norm, linear))
    if modality == "imu":
        return nn.Sequential(norm, nn.Identity(), nn.Dropout(0.5), linear)
    return nn.Sequential(norm, nn.Identity(), linear)


class _Projection(nn.Module):
    """The text head; its layers lie under `proj` in the published file."""

    def __init__(self, proj: nn.Module) -> None:
        super().__init__()
        self.proj = proj

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.proj(x)
        return y


class UnitLength(nn.Module):
    """Divide each vector by its length."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) to unit vectors (B, D)."""
        return functional.normalize(x, dim=-1)


class LogitScale(nn.Module):
    """Multiply by one number, at most 100, stored as its logarithm.

    Args:
        start: the number at the start.
        learned: train it; else it is a constant of the weights file.
    """

    def __init__(self, start: float, learned: bool) -> None:
        super().__init__()
        value = torch.tensor(math.log(start))
        if learned:
            self.log_logit_scale = nn.Parameter(value)
        else:
            self.register_buffer("log_logit_scale", value)

    def forward(self, x: Tensor) -> Tensor:
        """`x` times the scale."""
        return x * self.log_logit_scale.exp().clamp(max=MAX_LOGIT_SCALE)


def build_postprocessor(modality: str) -> nn.Module:
    """Unit length, then the modality's scale if it has one.

    Args:
        modality: one of `MODALITIES`.
    """
    if modality not in LOGIT_SCALES:
        return UnitLength()
    scale = LogitScale(LOGIT_SCALES[modality], learned=modality == "text")
    return nn.Sequential(UnitLength(), scale)

"""What a preprocessor hands to its trunk, and the start values of learned tokens."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class TokenSequence(NamedTuple):
    """Tokens of one modality. B batch, L positions, D width.

    Attributes:
        tokens: (B, L, D).
        read_at: position at which the head reads the answer, (B,).
        mask: added to the attention logits, (L, L), or None where every token sees every other.
    """

    tokens: Float[Tensor, "B L D"]
    read_at: Int[Tensor, " B"]
    mask: Float[Tensor, "L L"] | None = None


def learned_tokens(count: int, width: int) -> nn.Parameter:
    """Learned vectors (1, count, width), drawn with variance 1 / width."""
    return nn.Parameter(torch.randn(1, count, width) * width**-0.5)

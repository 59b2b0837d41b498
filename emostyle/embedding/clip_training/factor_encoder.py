"""The teacher of the pair: true factors, instead of a picture, to a unit vector of the joint space.

A caption names a few facts in rough words; the factors say all of them exactly, and reading them
costs next to nothing. So this small network is first trained against the frozen text tower on
scenes that are never drawn; then its vectors are what the image tower should see in a picture of
the same scene. It is not used after training.
"""

from pathlib import Path
from typing import Any

import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state
from emostyle.world.domain import DOMAINS


class FactorEncoder(nn.Module):
    """One multilayer perceptron per domain.

    Args:
        embed_dim: width of the joint space.
        width: hidden width.
    """

    def __init__(self, embed_dim: int = 512, width: int = 256) -> None:
        super().__init__()
        self.arguments = {"embed_dim": embed_dim, "width": width}
        self.nets = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(len(domain.factor_names), width),
                    nn.GELU(),
                    nn.Linear(width, width),
                    nn.GELU(),
                    nn.Linear(width, embed_dim),
                )
                for name, domain in DOMAINS.items()
            }
        )

    def forward(self, domain: str, factors: Float[Tensor, "B F"]) -> Float[Tensor, "B D"]:
        """Unit vectors of scenes.

        Args:
            domain: `landscape` or `portrait`.
            factors: (B, F) in [0, 1].
        """
        return functional.normalize(self.nets[domain](4 * factors - 1), dim=-1)

    def describe(self) -> dict[str, Any]:
        """What rebuilds the network, as JSON-able metadata."""
        return {"factor_encoder": self.arguments}


def load_factor_encoder(path: str | Path) -> FactorEncoder:
    """Read a teacher, in eval mode and frozen.

    Args:
        path: a `.safetensors` file.

    Raises:
        WeightsError: missing or damaged file, or another kind of network.
    """
    state, metadata = load_state(path)
    if "factor_encoder" not in metadata:
        raise WeightsError(f"{path} holds no factor encoder; train one first (clip_teacher).")
    encoder = FactorEncoder(**metadata["factor_encoder"])
    load_exactly(encoder, state, f"factor encoder that '{path}' says it holds")
    return encoder.eval().requires_grad_(False)

"""NVIDIA's names of the mapping network, the same in StyleGAN2 and StyleGAN3."""

from collections.abc import Mapping
from typing import TypedDict

from torch import Tensor

from emostyle.generator.published.layout import Place, count, size


class MappingSizes(TypedDict):
    """What the tensors of a mapping network tell, by the names of our configurations."""

    z_dim: int
    w_dim: int
    mapping_layers: int
    c_dim: int


def mapping_place(key: str, shape: tuple[int, ...]) -> Place:
    """Where NVIDIA's state dict holds a tensor of our mapping: `fc0` for `layers.0`."""
    return Place(key.replace("mapping.layers.", "mapping.fc"), shape)


def mapping_sizes(state: Mapping[str, Tensor], name: str) -> MappingSizes:
    """The sizes of the mapping network.

    Args:
        state: of NVIDIA's generator.
        name: what the weights should be, for the message.

    Raises:
        WeightsError: a tensor of it is missing.
    """
    labelled = "mapping.embed.weight" in state
    embedded = size(state, "mapping.embed.weight", 0, name) if labelled else 0
    return {
        "z_dim": size(state, "mapping.fc0.weight", 1, name) - embedded,
        "w_dim": size(state, "mapping.w_avg", 0, name),
        "mapping_layers": count(state, "mapping.fc{}.weight"),
        "c_dim": size(state, "mapping.embed.weight", 1, name) if labelled else 0,
    }

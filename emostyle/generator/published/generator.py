"""What the published generators share: labels, mapping, truncation, and the surface of an edit."""

from dataclasses import asdict
from itertools import pairwise
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import LatentError
from emostyle.generator.layers import EqualLinear, lrelu
from emostyle.generator.w_plus import LatentSizes


@runtime_checkable
class PublishedConfig(LatentSizes, Protocol):
    """The sizes every published generator has; a dataclass."""

    @property
    def z_dim(self) -> int:
        """Width of z."""

    @property
    def z_knots(self) -> int:
        """Always 0: no published generator warps z."""

    @property
    def mapping_layers(self) -> int:
        """Fully connected layers from z to w."""

    @property
    def mapping_lr(self) -> float:
        """Learning-rate multiplier of the mapping, a gain on its weights."""

    @property
    def c_dim(self) -> int:
        """Length of a label; 0 for a generator without classes."""

    @property
    def class_index(self) -> int | None:
        """The class that is drawn where no label is given."""


def normalise(x: Float[Tensor, "B D"]) -> Float[Tensor, "B D"]:
    """Scale vectors to unit mean square (Karras et al. 2018, section 4.2), per item."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class LabelledMapping(nn.Module):
    """z and label -> w (Karras et al. 2020a, "Training GANs with Limited Data", appendix).

    Args:
        config: sizes; with `c_dim` the embedded label is appended to z.
    """

    w_avg: Tensor

    def __init__(self, config: PublishedConfig) -> None:
        super().__init__()
        self.c_dim, self.class_index = config.c_dim, config.class_index
        embedded = config.w_dim if config.c_dim else 0
        widths = [config.z_dim + embedded] + [config.w_dim] * config.mapping_layers
        self.embed = EqualLinear(config.c_dim, config.w_dim) if config.c_dim else None
        self.layers = nn.ModuleList(
            EqualLinear(i, o, config.mapping_lr) for i, o in pairwise(widths)
        )
        self.register_buffer("w_avg", torch.zeros(config.w_dim))

    def forward(
        self, z: Float[Tensor, "B Z"], labels: Float[Tensor, "B C"] | None = None
    ) -> Float[Tensor, "B D"]:
        """Gaussian z (B, z_dim) and labels (B, c_dim) -> w (B, w_dim).

        Args:
            z: standard normal.
            labels: one-hot, or any mixture; None takes the configuration's `class_index`.

        Raises:
            LatentError: a label is missing, unexpected or of another length.
        """
        w = normalise(z)
        if self.embed is not None:
            w = torch.cat([w, normalise(self.embed(self.checked(labels, z)))], 1)
        elif labels is not None:
            raise LatentError(
                f"labels of shape {tuple(labels.shape)} were given to a generator without classes; "
                "leave labels out."
            )
        for layer in self.layers:
            w = lrelu(layer(w))
        return w

    def checked(self, labels: Tensor | None, z: Tensor) -> Float[Tensor, "B C"]:
        """The labels of a batch of z, from `class_index` where none are given.

        Raises:
            LatentError: neither is there, or the labels do not fit.
        """
        if labels is None:
            if self.class_index is None:
                raise LatentError(
                    f"This generator draws one of {self.c_dim} classes and was told none; give "
                    f"labels (N, {self.c_dim}) or set class_index in its configuration."
                )
            index = torch.full((len(z),), self.class_index, device=z.device)
            return functional.one_hot(index, self.c_dim).to(z)
        if tuple(labels.shape) != (len(z), self.c_dim):
            raise LatentError(
                f"labels have shape {tuple(labels.shape)}; expected ({len(z)}, {self.c_dim}), one "
                "row per z and one column per class."
            )
        return labels


class PublishedGenerator(nn.Module):
    """Mapping and synthesis together, with the surface of the bundled generator.

    Args:
        config: the architecture.
        synthesis: draws w+ (B, num_layers, w_dim).
    """

    architecture: ClassVar[str]

    def __init__(self, config: PublishedConfig, synthesis: nn.Module) -> None:
        super().__init__()
        check_config(config)
        self.config = config
        self.mapping = LabelledMapping(config)
        self.synthesis = synthesis

    def to_w_plus(
        self,
        z: Float[Tensor, "B Z"],
        truncation_psi: float = 1.0,
        labels: Float[Tensor, "B C"] | None = None,
        truncation_cutoff: int | None = None,
    ) -> Float[Tensor, "B L D"]:
        """From z to w, repeated for every layer and pulled towards the mean.

        The truncation trick (Karras et al. 2019, appendix B): `w_avg + psi * (w - w_avg)`.

        Args:
            z: standard normal, (B, z_dim).
            truncation_psi: 1 leaves w as it is, 0 gives the mean.
            labels: (B, c_dim) for a generator of classes; None takes its `class_index`.
            truncation_cutoff: how many layers are pulled; None for all.

        Raises:
            LatentError: labels that do not fit.
        """
        w_plus = self.mapping(z, labels)[:, None].repeat(1, self.config.num_layers, 1)
        if truncation_psi == 1.0:
            return w_plus
        cutoff = self.config.num_layers if truncation_cutoff is None else truncation_cutoff
        pulled = self.mapping.w_avg.lerp(w_plus[:, :cutoff], truncation_psi)
        return torch.cat([pulled, w_plus[:, cutoff:]], 1)

    def forward(
        self,
        z: Float[Tensor, "B Z"],
        truncation_psi: float = 1.0,
        labels: Float[Tensor, "B C"] | None = None,
    ) -> Float[Tensor, "B K H W"]:
        """Gaussian z (B, z_dim) -> pictures (B, channels, R, R), about [-1, 1] (not clamped)."""
        pictures: Tensor = self.synthesis(self.to_w_plus(z, truncation_psi, labels))
        return pictures

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        sizes: Any = self.config
        return {"architecture": self.architecture, **asdict(sizes)}


def check_config(config: PublishedConfig) -> None:
    """Refuse sizes that no network can have.

    Raises:
        LatentError: `class_index` outside the classes.
    """
    index = config.class_index
    if index is not None and config.c_dim == 0:
        raise LatentError(f"class_index is {index}, but this generator has no classes; give none.")
    if index is not None and not 0 <= index < config.c_dim:
        raise LatentError(
            f"class_index is {index}; this generator has {config.c_dim} classes, so give 0 to "
            f"{config.c_dim - 1}, or None (class_index)."
        )

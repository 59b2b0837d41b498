"""The sizes of an ImageBind network, one tower per modality."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from emostyle.errors import WeightsError

MODALITIES = ("vision", "text", "audio", "depth", "thermal", "imu")
"""What the published network takes, in its own order and by its own names."""


@dataclass(frozen=True)
class TowerConfig:
    """One modality's share of the network.

    Attributes:
        embed_dim: width of its tokens.
        num_blocks: transformer blocks of its trunk.
        num_heads: attention heads; must divide `embed_dim`.
        drop_path: share of residual branches dropped in the last block while training (the first
            block drops none, those between rise evenly).
        geometry: arguments of the modality's preprocessor (kernel, picture size, ...) where they
            differ from the published ones; see `preprocessors`.
    """

    embed_dim: int
    num_blocks: int
    num_heads: int
    drop_path: float = 0.0
    geometry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ImageBindConfig:
    """Width of the joint space and the towers that lead into it.

    Attributes:
        embed_dim: width of the joint space.
        towers: by modality; a network of a few modalities holds only their weights.
    """

    embed_dim: int
    towers: Mapping[str, TowerConfig]

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        unknown = sorted(set(self.towers) - set(MODALITIES))
        if unknown or not self.towers:
            raise WeightsError(
                f"An ImageBind of the modalities {sorted(self.towers)} cannot be built; "
                f"name some of {', '.join(MODALITIES)}."
            )
        for name, tower in self.towers.items():
            if tower.embed_dim % tower.num_heads:
                raise WeightsError(
                    f"The ImageBind {name} tower of width {tower.embed_dim} cannot have "
                    f"{tower.num_heads} heads; give a number of heads that divides the width."
                )

    def subset(self, modalities: Iterable[str]) -> "ImageBindConfig":
        """The same network with some of its modalities only.

        Args:
            modalities: names out of `towers`.

        Raises:
            WeightsError: a modality that this network does not have, or none at all.
        """
        wanted = list(modalities)
        missing = [name for name in wanted if name not in self.towers]
        if missing:
            raise WeightsError(
                f"ImageBind has no modality {', '.join(missing)}; those of this network are "
                f"{', '.join(self.towers)}."
            )
        return ImageBindConfig(self.embed_dim, {name: self.towers[name] for name in wanted})


IMAGEBIND_HUGE = ImageBindConfig(
    embed_dim=1024,
    towers={
        "vision": TowerConfig(1280, 32, 16),
        "text": TowerConfig(1024, 24, 16),
        "audio": TowerConfig(768, 12, 12, drop_path=0.1),
        "depth": TowerConfig(384, 12, 8),
        "thermal": TowerConfig(768, 12, 12),
        "imu": TowerConfig(512, 6, 8, drop_path=0.7),
    },
)
"""The published network, `imagebind_huge.pth`: 1.2 billion parameters."""

"""The IR trunk: the residual network behind ArcFace and, with the same keys, behind pSp and e4e.

Module names are those of the published checkpoints (`input_layer`, `body`, `res_layer`,
`shortcut_layer`), so that a state dict of theirs loads as it is. The bundled identity network
(`guidance/arcface.py`) has the same blocks under names of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import WeightsError

UNITS = {50: (3, 4, 14, 3), 100: (3, 13, 30, 3), 152: (3, 8, 36, 3)}
"""Blocks per stage of the published depths (Deng et al. 2019; 100 is often called 101)."""


@dataclass(frozen=True)
class TrunkConfig:
    """Sizes of an IR trunk; the defaults are those of IR-SE50.

    Attributes:
        stem_width: channels of the first convolution.
        widths: channels of each stage; each stage halves the side of the features.
        units: blocks per stage.
        squeeze: squeeze-and-excite in every block (`ir_se`; without it `ir`).
        reduction: how many times narrower the hidden layer of squeeze-and-excite is.

    Raises:
        WeightsError: if the sizes do not fit each other.
    """

    stem_width: int = 64
    widths: tuple[int, ...] = (64, 128, 256, 512)
    units: tuple[int, ...] = UNITS[50]
    squeeze: bool = True
    reduction: int = 16

    def __post_init__(self) -> None:
        if not self.widths or len(self.widths) != len(self.units) or min(self.units) < 1:
            raise WeightsError(
                f"An IR trunk of widths {self.widths} and units {self.units} cannot be built; "
                "give one unit count of at least 1 per width."
            )
        if self.squeeze and min(self.widths) < self.reduction:
            raise WeightsError(
                f"Squeeze-and-excite cannot make {min(self.widths)} channels {self.reduction} times"
                " narrower; give widths of at least the reduction, or squeeze=False."
            )

    @classmethod
    def from_json(cls, sizes: Mapping[str, Any]) -> "TrunkConfig":
        """The config whose `dataclasses.asdict` went through JSON, which has lists for tuples."""
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in sizes.items()
        }
        return cls(**values)


IR_SE50 = TrunkConfig()
"""The trunk of every published pSp and e4e encoder and of the usual ArcFace judge."""


def trunk_config(num_layers: int, mode: Literal["ir", "ir_se"] = "ir_se") -> TrunkConfig:
    """The full-size trunk of a published depth and mode.

    Args:
        num_layers: 50, 100 or 152.
        mode: `ir_se` with squeeze-and-excite, `ir` without.

    Raises:
        WeightsError: no such depth.
    """
    if num_layers not in UNITS:
        raise WeightsError(f"No IR trunk of {num_layers} layers; choose one of {sorted(UNITS)}.")
    return TrunkConfig(units=UNITS[num_layers], squeeze=mode == "ir_se")


class SqueezeExcite(nn.Module):
    """Reweight channels by a small network on their means (Hu et al. 2018).

    Args:
        channels: channels in and out.
        reduction: how many times narrower the hidden layer is.
    """

    def __init__(self, channels: int, reduction: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Scale each channel of `x` by a number in (0, 1)."""
        gate = self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate)


class ImprovedResidual(nn.Module):
    """The 'IR' block of Deng et al. 2019, section 3.1 (ArcFace).

    Normalisation comes first, the second convolution carries the stride, and nothing follows the
    sum with the shortcut.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        stride: 1 or 2.
        reduction: of squeeze-and-excite; None leaves it out.
    """

    def __init__(
        self, channels_in: int, channels_out: int, stride: int, reduction: int | None
    ) -> None:
        super().__init__()
        branch: list[nn.Module] = [
            nn.BatchNorm2d(channels_in),
            nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
            nn.PReLU(channels_out),
            nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
        ]
        if reduction is not None:
            branch.append(SqueezeExcite(channels_out, reduction))
        self.res_layer = nn.Sequential(*branch)
        self.shortcut_layer: nn.Module
        if channels_in == channels_out:
            self.shortcut_layer = nn.MaxPool2d(1, stride)
        else:
            self.shortcut_layer = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K h w"]:
        """The sum of branch and shortcut."""
        total: Tensor = self.res_layer(x) + self.shortcut_layer(x)
        return total


class IRTrunk(nn.Module):
    """Picture -> features: a stem and stages of IR blocks; networks derive from it.

    Args:
        config: its sizes.
    """

    def __init__(self, config: TrunkConfig = IR_SE50) -> None:
        super().__init__()
        self.trunk = config
        self.input_layer = nn.Sequential(
            nn.Conv2d(3, config.stem_width, 3, padding=1, bias=False),
            nn.BatchNorm2d(config.stem_width),
            nn.PReLU(config.stem_width),
        )
        reduction = config.reduction if config.squeeze else None
        blocks: list[nn.Module] = []
        channels = config.stem_width
        for width, count in zip(config.widths, config.units, strict=True):
            for unit in range(count):
                blocks.append(ImprovedResidual(channels, width, 1 if unit else 2, reduction))
                channels = width
        self.body = nn.Sequential(*blocks)

    def stages(self, images: Float[Tensor, "B 3 H W"]) -> list[Tensor]:
        """The features at the end of each stage, finest first.

        Args:
            images: (B, 3, H, W) in [-1, 1].

        Returns:
            Per stage k from 1 on, (B, widths[k - 1], H / 2**k, W / 2**k), rounded up.
        """
        ends = set(accumulate(self.trunk.units))
        features = []
        x = self.input_layer(images)
        for number, block in enumerate(self.body, start=1):
            x = block(x)
            if number in ends:
                features.append(x)
        return features

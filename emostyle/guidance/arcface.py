"""The identity network: improved residual ('IR') blocks, as trained with the ArcFace loss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state, resolve


class SqueezeExcite(nn.Module):
    """Reweight channels by a small network on their means (Hu et al. 2018).

    Args:
        channels: channels in and out.
        reduction: how many times narrower the hidden layer is.
    """

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        hidden = max(4, channels // reduction)
        self.fc1 = nn.Conv2d(channels, hidden, 1, bias=False)
        self.fc2 = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Scale each channel of `x` by a number in (0, 1)."""
        gate = self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(gate)


class ImprovedResidual(nn.Module):
    """BN - conv - PReLU - strided conv - BN (- squeeze and excite) beside a shortcut.

    The block of Deng et al. 2019, section 3.1 (ArcFace): normalisation first, the stride in the
    second convolution, no activation after the sum.

    Args:
        channels_in: channels of the input.
        channels_out: channels of the output.
        stride: 1 or 2.
        squeeze: add squeeze-and-excite.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, squeeze: bool) -> None:
        super().__init__()
        branch: list[nn.Module] = [
            nn.BatchNorm2d(channels_in),
            nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
            nn.PReLU(channels_out),
            nn.Conv2d(channels_out, channels_out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(channels_out),
        ]
        if squeeze:
            branch.append(SqueezeExcite(channels_out))
        self.branch = nn.Sequential(*branch)
        self.shortcut: nn.Module
        if channels_in == channels_out:
            self.shortcut = nn.MaxPool2d(1, stride)
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K h w"]:
        """The sum of branch and shortcut."""
        total: Tensor = self.branch(x) + self.shortcut(x)
        return total


class IdentityNet(nn.Module):
    """A picture of a face in, a unit vector out that says who it is, whatever the mood.

    With `image_size` 112, widths (64, 128, 256, 512), units (3, 4, 14, 3) and `squeeze` this is the
    IR-SE50 architecture; the bundled network is a small member of the same family.

    Args:
        image_size: pixels each picture is resized to; must be divisible by 16.
        stem_width: channels of the first convolution.
        widths: channels of each stage; each stage halves the resolution.
        units: blocks per stage.
        embedding: length of the embedding.
        squeeze: squeeze-and-excite in every block.
        dropout: before the last layer, while training.

    Raises:
        WeightsError: if the sizes do not fit each other.
    """

    def __init__(
        self,
        image_size: int = 64,
        stem_width: int = 16,
        widths: Sequence[int] = (16, 32, 64, 128),
        units: Sequence[int] = (1, 1, 1, 1),
        embedding: int = 512,
        squeeze: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if len(widths) != len(units) or image_size % 2 ** len(widths):
            raise WeightsError(
                f"An identity network of widths {widths}, units {units} and image_size {image_size}"
                " cannot be built; give one unit count per width and a size divisible by"
                f" {2 ** len(widths)} (image_size)."
            )
        self.embedding = embedding
        self.arguments: dict[str, Any] = {
            "image_size": image_size,
            "stem_width": stem_width,
            "widths": list(widths),
            "units": list(units),
            "embedding": embedding,
            "squeeze": squeeze,
        }
        self.image_size = image_size
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem_width, 3, padding=1, bias=False),
            nn.BatchNorm2d(stem_width),
            nn.PReLU(stem_width),
        )
        blocks: list[nn.Module] = []
        channels = stem_width
        for width, count in zip(widths, units, strict=True):
            for unit in range(count):
                blocks.append(ImprovedResidual(channels, width, 2 if unit == 0 else 1, squeeze))
                channels = width
        self.body = nn.Sequential(*blocks)
        last = image_size // 2 ** len(widths)
        self.head = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Dropout(dropout),
            nn.Flatten(),
            nn.Linear(channels * last * last, embedding),
            nn.BatchNorm1d(embedding),
        )

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B D"]:
        """Embed faces.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size.

        Returns:
            Unit vectors (B, embedding).
        """
        if images.shape[-2:] != (self.image_size, self.image_size):
            size = (self.image_size, self.image_size)
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
        vectors = self.head(self.body(self.stem(images)))
        return functional.normalize(vectors)


def load_identity_net(name_or_path: str | Path = "arcface_world") -> IdentityNet:
    """An identity network, frozen and in evaluation mode.

    Args:
        name_or_path: name of a bundled file, or a path.

    Returns:
        The network, on the CPU.

    Raises:
        WeightsError: if there is no such file or it does not say how its network is built.
    """
    state, metadata = load_state(resolve(name_or_path))
    if "arguments" not in metadata:
        raise WeightsError(
            f"'{name_or_path}' does not say how its network is built; export it again"
            " (make weights)."
        )
    network = IdentityNet(**metadata["arguments"])
    load_exactly(network, state, f"identity network that '{name_or_path}' says it holds")
    return network.eval().requires_grad_(False)

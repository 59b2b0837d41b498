"""pSp (Richardson et al. 2021): a picture of a face -> one style vector per generator layer.

Module names are those of the published checkpoints (what follows `encoder.` in their keys).
"""

from dataclasses import asdict
from typing import Any, ClassVar

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import ImageError, WeightsError
from emostyle.generator.layers import EqualLinear
from emostyle.generator.stylegan2 import StyleGAN2Config
from emostyle.inversion.blocks import IR_SE50, IRTrunk, TrunkConfig

FIRST_MIDDLE, FIRST_FINE = 3, 7
"""The style layers from which the middle and the fine features are read (pSp, section 3.1)."""


class StyleHead(nn.Module):
    """The 'map2style' network of pSp: a feature map down to one style vector.

    Args:
        channels: channels of the feature map.
        style_dim: width of the style vector.
        side: side of the feature map, a power of two; each convolution halves it.
    """

    def __init__(self, channels: int, style_dim: int, side: int) -> None:
        super().__init__()
        self.side = side
        layers: list[nn.Module] = []
        while side > 1:
            layers += [nn.Conv2d(channels, style_dim, 3, 2, padding=1), nn.LeakyReLU()]
            channels, side = style_dim, side // 2
        self.convs = nn.Sequential(*layers)
        self.linear = EqualLinear(style_dim, style_dim)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D"]:
        """One vector per map.

        Raises:
            ImageError: the map does not come down to one point.
        """
        point = self.convs(x)
        if point.shape[2:] != (1, 1):
            raise ImageError(
                f"A feature map of {x.shape[2]}x{x.shape[3]} does not fit a style head of side "
                f"{self.side}; give the encoder pictures of its image_size."
            )
        vector: Tensor = self.linear(point.flatten(1))
        return vector


class StyleEncoder(IRTrunk):
    """What all encoders into W+ share: an IR trunk and the sizes of the generator's latent.

    Args:
        resolution: side in pixels of the generator's pictures; says how many layers it has.
        style_dim: width of a style vector.
        image_size: side in pixels of the pictures that come in.
        trunk: sizes of the trunk.

    Raises:
        WeightsError: if the sizes do not fit each other.
    """

    architecture: ClassVar[str]

    def __init__(
        self,
        resolution: int = 1024,
        style_dim: int = 512,
        image_size: int = 256,
        trunk: TrunkConfig = IR_SE50,
    ) -> None:
        for name, side in (("resolution", resolution), ("image_size", image_size)):
            if side < 8 or side & (side - 1):
                raise WeightsError(
                    f"An encoder cannot have {name}={side}; give a power of two from 8 on ({name})."
                )
        super().__init__(trunk)
        self.resolution, self.style_dim, self.image_size = resolution, style_dim, image_size
        self.style_count = StyleGAN2Config(resolution=resolution).num_layers

    def describe(self) -> dict[str, Any]:
        """The architecture as JSON-able metadata for a weights file."""
        return {
            "architecture": self.architecture,
            "resolution": self.resolution,
            "style_dim": self.style_dim,
            "image_size": self.image_size,
            "trunk": asdict(self.trunk),
        }


class PyramidEncoder(StyleEncoder):
    """A style head per layer on the coarse, middle and fine maps of a feature pyramid.

    Args:
        resolution: side in pixels of the generator's pictures.
        style_dim: width of a style vector.
        image_size: side in pixels of the pictures that come in.
        trunk: sizes of the trunk, of three stages at least.

    Raises:
        WeightsError: if the sizes do not fit each other.
    """

    def __init__(
        self,
        resolution: int = 1024,
        style_dim: int = 512,
        image_size: int = 256,
        trunk: TrunkConfig = IR_SE50,
    ) -> None:
        super().__init__(resolution, style_dim, image_size, trunk)
        coarse = image_size >> len(trunk.widths)
        if len(trunk.widths) < 3 or coarse < 2:
            raise WeightsError(
                f"A feature pyramid needs three stages and two pixels after the last; got "
                f"{len(trunk.widths)} stages on {image_size} pixels (trunk.widths, image_size)."
            )
        fine, middle, top = trunk.widths[-3:]
        self.styles = nn.ModuleList(
            StyleHead(top, style_dim, coarse << self.level(layer))
            for layer in range(self.style_count)
        )
        self.latlayer1 = nn.Conv2d(middle, top, 1)
        self.latlayer2 = nn.Conv2d(fine, top, 1)

    @staticmethod
    def level(layer: int) -> int:
        """Which map a style layer reads: 0 coarse, 1 middle, 2 fine."""
        return (layer >= FIRST_MIDDLE) + (layer >= FIRST_FINE)

    def pyramid(self, images: Float[Tensor, "B 3 H W"]) -> tuple[Tensor, Tensor, Tensor]:
        """The coarse, middle and fine maps (Lin et al. 2017), all as wide as the last stage."""
        fine, middle, coarse = self.stages(images)[-3:]
        middle = upsample_add(coarse, self.latlayer1(middle))
        return coarse, middle, upsample_add(middle, self.latlayer2(fine))


class GradualStyleEncoder(PyramidEncoder):
    """The encoder of pSp: every style layer has a head of its own."""

    architecture = "psp"

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B L D"]:
        """Pictures (B, 3, image_size, image_size) in [-1, 1] -> offsets from the average latent.

        Raises:
            ImageError: pictures of another size.
        """
        maps = self.pyramid(images)
        codes = [style(maps[self.level(layer)]) for layer, style in enumerate(self.styles)]
        return torch.stack(codes, dim=1)


class LastLayerEncoder(StyleEncoder):
    """The simple baseline of pSp, 'BackboneEncoderUsingLastLayerIntoW': one w for all layers.

    Args:
        resolution: side in pixels of the generator's pictures.
        style_dim: width of a style vector.
        image_size: side in pixels of the pictures that come in.
        trunk: sizes of the trunk.
    """

    architecture = "psp_w"

    def __init__(
        self,
        resolution: int = 1024,
        style_dim: int = 512,
        image_size: int = 256,
        trunk: TrunkConfig = IR_SE50,
    ) -> None:
        super().__init__(resolution, style_dim, image_size, trunk)
        self.linear = EqualLinear(trunk.widths[-1], style_dim)

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B L D"]:
        """Pictures in [-1, 1] of any size -> the same offset from the average for each layer."""
        w = self.linear(self.stages(images)[-1].mean((2, 3)))
        return w[:, None].repeat(1, self.style_count, 1)


def upsample_add(
    coarse: Float[Tensor, "B C h w"], fine: Float[Tensor, "B C H W"]
) -> Float[Tensor, "B C H W"]:
    """Enlarge one map to the size of another, bilinear with aligned corners, and add the two."""
    size = (fine.shape[2], fine.shape[3])
    return fine + functional.interpolate(coarse, size, mode="bilinear", align_corners=True)

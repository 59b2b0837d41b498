"""The residual trunk that Wav2CLIP and AudioCLIP share, with torchvision's key names."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from emostyle.errors import WeightsError

Block = type[BasicBlock] | type[Bottleneck]


def residual_stage(
    block: Block,
    channels_in: int,
    width: int,
    count: int,
    stride: int,
    groups: int = 1,
    width_per_group: int = 64,
) -> nn.Sequential:
    """Blocks of one resolution (He et al. 2016; grouped as Xie et al. 2017).

    Args:
        block: basic block or bottleneck.
        channels_in: channels of the input.
        width: channels of a block; a bottleneck gives out four times as many.
        count: number of blocks.
        stride: 1 or 2, of the first block.
        groups: groups of the 3x3 convolution of a bottleneck.
        width_per_group: channels per group where `width` is 64.
    """
    channels_out = width * block.expansion
    shortcut = None
    if stride != 1 or channels_in != channels_out:
        shortcut = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
            nn.BatchNorm2d(channels_out),
        )
    blocks = [block(channels_in, width, stride, shortcut, groups, width_per_group)]
    for _ in range(1, count):
        blocks.append(block(channels_out, width, 1, None, groups, width_per_group))
    return nn.Sequential(*blocks)


class ResidualTrunk(nn.Module):
    """A 7x7 stem that divides both axes by four, and four stages.

    Args:
        block: basic block or bottleneck.
        channels_in: channels of the input picture.
        widths: width of the blocks of each stage; the stem has that of the first.
        layers: blocks per stage.
        groups: groups of a bottleneck's 3x3 convolution.
        width_per_group: channels per group where the width is 64.

    Raises:
        WeightsError: not four widths and four counts.
    """

    def __init__(
        self,
        block: Block,
        channels_in: int,
        widths: Sequence[int],
        layers: Sequence[int],
        groups: int = 1,
        width_per_group: int = 64,
    ) -> None:
        super().__init__()
        if len(widths) != 4 or len(layers) != 4:
            raise WeightsError(
                f"A residual trunk of widths {list(widths)} and layers {list(layers)} cannot be "
                "built; give four of each."
            )
        self.conv1 = nn.Conv2d(channels_in, widths[0], 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        channels = widths[0]
        for index, (width, count) in enumerate(zip(widths, layers, strict=True)):
            stride = 1 if index == 0 else 2
            stage = residual_stage(block, channels, width, count, stride, groups, width_per_group)
            self.add_module(f"layer{index + 1}", stage)
            channels = width * block.expansion

    def stem(self, pictures: Float[Tensor, "B C H W"]) -> Float[Tensor, "B K h w"]:
        """Pictures (B, C, H, W) to the first features, both axes a quarter."""
        features: Tensor = self.maxpool(self.relu(self.bn1(self.conv1(pictures))))
        return features

    def stages(self) -> list[nn.Module]:
        """The four stages in order."""
        return [self.get_submodule(f"layer{index}") for index in (1, 2, 3, 4)]

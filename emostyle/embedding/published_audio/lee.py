"""The audio encoder of sound-guided semantic image manipulation (Lee et al., CVPR 2022).

A 3x3 convolution makes three channels of the log-mel picture, an image ResNet does the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from jaxtyping import Float
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from torch import Tensor, nn

from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.errors import WeightsError
from emostyle.waveform.mel_original import ORIGINAL, original_windows
from emostyle.weights.state import load_exactly, part

BLOCKS = {"basic": BasicBlock, "bottleneck": Bottleneck}
WIDTHS = (64, 128, 256, 512)


class LeeAudioEncoder(SoundEncoder):
    """Log-mel picture -> vector of CLIP's space, not of length one.

    The defaults are ResNet-18, the published network; bottlenecks with layers (3, 4, 6, 3) are
    ResNet-50.

    Args:
        block: `basic` or `bottleneck`.
        layers: blocks per stage.
        channels: width of each stage; a bottleneck gives out four times as many.
        embed_dim: length of the vectors.

    Raises:
        WeightsError: unknown block, or not one width per stage.
    """

    architecture = "lee_resnet"
    sample_rate_hz = ORIGINAL.sample_rate_hz
    mel = ORIGINAL

    def __init__(
        self,
        block: Literal["basic", "bottleneck"] = "basic",
        layers: Sequence[int] = (2, 2, 2, 2),
        channels: Sequence[int] = WIDTHS,
        embed_dim: int = 512,
    ) -> None:
        super().__init__()
        if block not in BLOCKS or len(layers) != len(channels):
            raise WeightsError(
                f"An audio encoder of block '{block}', layers {list(layers)} and channels "
                f"{list(channels)} cannot be built; give block 'basic' or 'bottleneck' and one "
                "width per stage."
            )
        self.output_dim = embed_dim
        self.arguments = {
            "block": block,
            "layers": list(layers),
            "channels": list(channels),
            "embed_dim": embed_dim,
        }
        self.conv = nn.Conv2d(1, 3, 3)
        self.feature_extractor = ResNet(
            block=BLOCKS[block],
            layers=tuple(layers),
            num_classes=embed_dim,
            channels=tuple(channels),
        )

    def features(self, pictures: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B C h w"]:
        """Last feature map of pictures (B, 1, H, W), before pooling."""
        maps: Tensor = self.feature_extractor.forward_features(self.conv(pictures))
        return maps

    def forward(self, pictures: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B D"]:
        """Vectors of pictures.

        Args:
            pictures: (B, 1, 128, 512) as `emostyle.waveform.mel_original.fold` makes them.

        Returns:
            (B, embed_dim); divide by the length to compare with CLIP.
        """
        vectors: Tensor = self.feature_extractor.forward_head(self.features(pictures))
        return vectors

    def embed(self, waveform: Float[Tensor, " T"]) -> Float[Tensor, "W D"]:
        """Raw vectors of the windows of one mono sound (T,) at 44.1 kHz."""
        vectors: Tensor = self(original_windows(waveform))
        return vectors


def lee_from_state(state: Mapping[str, Tensor]) -> LeeAudioEncoder:
    """The network of a published checkpoint; its sizes are read from the shapes.

    Args:
        state: state dict, with or without the prefix `module.` of a parallel training.

    Returns:
        The network in evaluation mode, frozen.

    Raises:
        WeightsError: the state is not one of this architecture.
    """
    state = part(state, "module.", optional=True)
    trunk = part(state, "feature_extractor.", optional=True)
    stages = sorted({key.split(".")[0] for key in trunk if key.startswith("layer")})
    if "fc.weight" not in trunk or not stages:
        raise WeightsError(
            f"The weights hold keys such as '{next(iter(state), 'none')}', expected 'conv.*' and "
            "'feature_extractor.*' of the sound-guided audio encoder; name another checkpoint."
        )
    block: Literal["basic", "bottleneck"] = (
        "bottleneck" if f"{stages[0]}.0.conv3.weight" in trunk else "basic"
    )
    last = "conv3" if block == "bottleneck" else "conv2"
    network = LeeAudioEncoder(
        block=block,
        layers=[
            len({key.split(".")[1] for key in trunk if key.startswith(f"{stage}.")})
            for stage in stages
        ],
        channels=[
            trunk[f"{stage}.0.{last}.weight"].shape[0] // BLOCKS[block].expansion
            for stage in stages
        ],
        embed_dim=trunk["fc.weight"].shape[0],
    )
    load_exactly(network, state, "sound-guided audio encoder")
    return network.eval().requires_grad_(False)

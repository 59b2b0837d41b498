"""The Swin audio encoder of robust sound-guided image manipulation (arXiv 2208.14114).

A plain image Swin transformer (Liu et al. 2021) with one input channel: no convolution in front.
"""

from typing import Any

from jaxtyping import Float
from timm.models.swin_transformer import SwinTransformer
from torch import Tensor

from emostyle.embedding.published_audio.sound_encoder import SoundEncoder
from emostyle.errors import WeightsError
from emostyle.waveform.mel_original import ORIGINAL, PICTURE_WIDTH, original_windows

SWIN_TINY: dict[str, Any] = {
    "img_size": (ORIGINAL.n_mels, PICTURE_WIDTH),
    "patch_size": 4,
    "in_chans": 1,
    "num_classes": 512,
    "embed_dim": 96,
    "depths": (2, 2, 6, 2),
    "num_heads": (3, 6, 12, 24),
    "window_size": 7,
}
"""Swin-T with patches of 4 and windows of 7, for log-mel pictures of 128 x 512."""


class SwinAudioEncoder(SoundEncoder, SwinTransformer):
    """Log-mel picture -> vector of CLIP's space, not of length one.

    The last windows shrink to the feature map where that is smaller, so the position tables of the
    last stage depend on the picture's size: weights for one size do not fit another.

    Args:
        **sizes: arguments of timm's `SwinTransformer` that differ from `SWIN_TINY`.
    """

    architecture = "lee_swin"
    sample_rate_hz = ORIGINAL.sample_rate_hz
    mel = ORIGINAL

    def __init__(self, **sizes: Any) -> None:
        chosen = {**SWIN_TINY, **sizes}
        super().__init__(**chosen)
        self.arguments, self.output_dim = chosen, chosen["num_classes"]
        size = chosen["img_size"]
        self.picture_size = (size, size) if isinstance(size, int) else tuple(size)

    def features(self, pictures: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B h w C"]:
        """Last feature map of pictures (B, 1, H, W), channels last, before pooling."""
        maps: Tensor = SwinTransformer.forward_features(self, pictures)
        return maps

    def embed(self, waveform: Float[Tensor, " T"]) -> Float[Tensor, "W D"]:
        """Raw vectors of the windows of one mono sound (T,) at 44.1 kHz.

        Raises:
            WeightsError: the network was made for pictures of another size.
        """
        size = self.picture_size
        if size != (ORIGINAL.n_mels, PICTURE_WIDTH):
            raise WeightsError(
                f"This Swin encoder takes pictures of {size[0]}x{size[1]}, expected "
                f"{ORIGINAL.n_mels}x{PICTURE_WIDTH} to hear a sound; build it with that img_size."
            )
        vectors: Tensor = self(original_windows(waveform))
        return vectors

"""The preprocessor of each modality, with the published geometry as its default."""

from collections.abc import Callable
from functools import partial

from torch import nn

from emostyle.embedding.imagebind.motion import MotionTokens
from emostyle.embedding.imagebind.patches import Accepts, PatchStem, PatchTokens, StillToFilm
from emostyle.embedding.imagebind.words import WordTokens

PICTURE_SIZE = 224
"""Side in pixels of the published network's pictures, depth maps and heat maps."""


def vision_tokens(
    width: int,
    image_size: int = PICTURE_SIZE,
    frames: int = 2,
    kernel: tuple[int, int, int] = (2, 14, 14),
) -> PatchTokens:
    """Pictures (B, 3, H, W) or films (B, 3, T, H, W); a picture counts as two equal frames.

    Args:
        width: length of a token.
        image_size: side of the picture the position table is made for, pixels.
        frames: frames of the film it is made for.
        kernel: frames, rows and columns of one patch.
    """
    convolution = nn.Conv3d(3, width, kernel, stride=kernel, bias=False)
    steps, rows, columns = kernel
    return PatchTokens(
        PatchStem(nn.Sequential(StillToFilm(2), convolution)),
        (frames // steps, image_size // rows, image_size // columns),
        width,
        Accepts("pictures (B, 3, H, W) or films (B, 3, T, H, W)", 3, (4, 5), max(rows, columns)),
    )


def audio_tokens(
    width: int, n_mels: int = 128, frames: int = 204, kernel: int = 16, stride: int = 10
) -> PatchTokens:
    """Filter banks (B, 1, n_mels, frames), cut into overlapping patches.

    Args:
        width: length of a token.
        n_mels: bands.
        frames: steps in time.
        kernel: bands and steps of one patch.
        stride: from one patch to the next.
    """
    convolution = nn.Conv2d(1, width, kernel, stride=stride, bias=False)
    return PatchTokens(
        PatchStem(convolution, nn.LayerNorm(width)),
        ((n_mels - kernel) // stride + 1, (frames - kernel) // stride + 1),
        width,
        Accepts(f"filter banks (B, 1, {n_mels}, {frames})", 1, (4,), kernel),
    )


def map_tokens(
    width: int,
    image_size: int = PICTURE_SIZE,
    kernel: int = 16,
    stem_name: str = "rgbt_stem",
) -> PatchTokens:
    """Maps of one channel (B, 1, H, W): depth or heat.

    Args:
        width: length of a token.
        image_size: side of the map the position table is made for, pixels.
        kernel: rows and columns of one patch.
        stem_name: the stem's name in the published file.
    """
    convolution = nn.Conv2d(1, width, kernel, stride=kernel, bias=False)
    return PatchTokens(
        PatchStem(convolution, nn.LayerNorm(width)),
        (image_size // kernel, image_size // kernel),
        width,
        Accepts("maps (B, 1, H, W)", 1, (4,), kernel),
        stem_name,
    )


PREPROCESSORS: dict[str, Callable[..., nn.Module]] = {
    "vision": vision_tokens,
    "text": WordTokens,
    "audio": audio_tokens,
    "depth": partial(map_tokens, stem_name="depth_stem"),
    "thermal": map_tokens,
    "imu": MotionTokens,
}
"""By modality: width and geometry to a module that gives a `TokenSequence`."""

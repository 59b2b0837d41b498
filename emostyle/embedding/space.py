"""Do an audio encoder and a CLIP of two files speak of the same space?"""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from emostyle.errors import StackError

TEXT_SPACE = "text_space"
"""Where a converted file notes the hash of `text_space`."""


def text_space(state: Mapping[str, Tensor]) -> str:
    """A hash of the last text layer of a CLIP, the same for its half and its single precision.

    Args:
        state: state dict with `text_projection`.
    """
    projection = state["text_projection"].detach().to(torch.float16).contiguous()
    return hashlib.sha256(projection.numpy().tobytes()).hexdigest()


def check_space(
    clip: Mapping[str, Any], clip_dim: int, audio: Mapping[str, Any], audio_dim: int
) -> None:
    """Refuse two networks whose vectors cannot be compared.

    Equal lengths alone do not tell: ViT-B/32, ViT-B/16 and RN101 all have 512. Where the registry
    knows both files, it decides; else the CLIP that lay in the audio encoder's own file.

    Args:
        clip: metadata of the CLIP's file.
        clip_dim: length of its vectors.
        audio: metadata of the audio encoder's file.
        audio_dim: length of its vectors.

    Raises:
        StackError: they are of different spaces.
    """
    if clip_dim != audio_dim:
        raise StackError(
            f"The CLIP of the stack has vectors of {clip_dim} numbers but the audio encoder of "
            f"{audio_dim}; choose the CLIP that the encoder was trained with."
        )
    known, wanted = clip.get("source", {}).get("registry"), audio.get("source", {}).get("space")
    if known and wanted:
        same = known == wanted
    else:
        spaces = {facts[TEXT_SPACE] for facts in (clip, audio) if TEXT_SPACE in facts}
        same = len(spaces) < 2
    if not same:
        right = f"'{wanted}'" if wanted else "that lay in its own file"
        raise StackError(
            f"The audio encoder of the stack was trained with the CLIP {right}, but the clip slot "
            f"holds {known or 'another one'}; name the right one there."
        )

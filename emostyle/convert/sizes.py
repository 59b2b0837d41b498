"""The sizes of a published network, read off the shapes of its tensors."""

from collections.abc import Mapping
from itertools import groupby
from math import isqrt
from typing import Any

from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from torch import Tensor

from emostyle.embedding.clip import ClipConfig
from emostyle.inversion.blocks import TrunkConfig

HEAD_WIDTH = 64
"""Width of an attention head in every CLIP of OpenAI."""
STRIDE = 32
"""Pixels per position of the last feature map of a CLIP ResNet."""


def trunk_sizes(state: Mapping[str, Tensor]) -> TrunkConfig:
    """The sizes of an IR trunk; a stage ends where the width of the blocks changes.

    Args:
        state: with `input_layer.*` and `body.*`.
    """
    blocks = count(state, "body.")
    outputs = [state[f"body.{block}.res_layer.3.weight"].shape[0] for block in range(blocks)]
    stages = [(width, len(list(group))) for width, group in groupby(outputs)]
    gate = state.get("body.0.res_layer.5.fc1.weight")
    return TrunkConfig(
        stem_width=state["input_layer.0.weight"].shape[0],
        widths=tuple(width for width, _ in stages),
        units=tuple(units for _, units in stages),
        squeeze=gate is not None,
        **({} if gate is None else {"reduction": gate.shape[1] // gate.shape[0]}),
    )


def face_sizes(state: Mapping[str, Tensor], trunk: TrunkConfig) -> dict[str, Any]:
    """Arguments of `ArcFaceIR` beside its trunk.

    Args:
        state: with `output_layer.*`.
        trunk: its sizes.
    """
    last = state["output_layer.3.weight"]
    side = isqrt(last.shape[1] // trunk.widths[-1])
    return {
        "input_size": side * 2 ** len(trunk.widths),
        "embedding": last.shape[0],
        "affine": "output_layer.4.weight" in state,
    }


def style_sizes(state: Mapping[str, Tensor], trunk: TrunkConfig) -> dict[str, int]:
    """Arguments of an encoder with a head per style layer (pSp, e4e) beside its trunk.

    Args:
        state: with `styles.*`; layer 0 reads the coarsest map, which each convolution halves.
        trunk: its sizes.
    """
    halvings = sum(key.startswith("styles.0.convs.") and key.endswith(".weight") for key in state)
    return {
        "resolution": 2 ** (count(state, "styles.") // 2 + 1),
        "style_dim": state["styles.0.linear.weight"].shape[0],
        "image_size": 2 ** (halvings + len(trunk.widths)),
    }


def clip_sizes(state: Mapping[str, Tensor]) -> ClipConfig:
    """The architecture of an OpenAI CLIP (Radford et al. 2021), ViT or ResNet.

    Args:
        state: with the towers' weights.
    """
    if "visual.proj" in state:
        patches = state["visual.conv1.weight"]
        grid = isqrt(state["visual.positional_embedding"].shape[0] - 1)
        vision: dict[str, Any] = {
            "layers": count(state, "visual.transformer.resblocks."),
            "width": patches.shape[0],
            "patch_size": patches.shape[-1],
            "image_size": grid * patches.shape[-1],
        }
    else:
        grid = isqrt(state["visual.attnpool.positional_embedding"].shape[0] - 1)
        vision = {
            "layers": [count(state, f"visual.layer{stage}.") for stage in (1, 2, 3, 4)],
            "width": state["visual.layer1.0.conv1.weight"].shape[0],
            "image_size": grid * STRIDE,
        }
    width = state["ln_final.weight"].shape[0]
    text = {
        "context_length": state["positional_embedding"].shape[0],
        "vocab_size": state["token_embedding.weight"].shape[0],
        "width": width,
        "heads": width // HEAD_WIDTH,
        "layers": count(state, "transformer.resblocks."),
    }
    mean, std = OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
    return ClipConfig(state["text_projection"].shape[1], vision, text, True, mean, std)


def swin_sizes(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Arguments of `SwinAudioEncoder`; those that no shape tells are the published ones.

    Args:
        state: with timm's names.
    """
    stages = range(count(state, "layers."))
    tables = [state[f"layers.{i}.blocks.0.attn.relative_position_bias_table"] for i in stages]
    return {
        "num_classes": state["head.fc.weight"].shape[0],
        "embed_dim": state["patch_embed.proj.weight"].shape[0],
        "depths": tuple(count(state, f"layers.{i}.blocks.") for i in stages),
        "num_heads": tuple(table.shape[1] for table in tables),
    }


def count(state: Mapping[str, Tensor], prefix: str) -> int:
    """How many different numbers follow a prefix.

    Example:
        >>> count({"body.0.a": Tensor(), "body.0.b": Tensor(), "body.1.a": Tensor()}, "body.")
        2
    """
    rests = (key.removeprefix(prefix) for key in state if key.startswith(prefix))
    return len({rest.split(".")[0] for rest in rests})

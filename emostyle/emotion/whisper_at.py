"""Audio tags from Whisper: the heads of Whisper-AT (Gong et al. 2023) on transformers' Whisper.

Every encoder block's output, averaged over 20 positions (0.4 s), goes through one transformer over
time and one over layers to 527 AudioSet classes. Names of the heads as published.
"""

import re
from collections.abc import Mapping

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from emostyle.errors import EmoStyleError, WeightsError

AUDIOSET_CLASSES = 527
"""Classes of AudioSet (Gemmeke et al. 2017)."""
POSITIONS_PER_STEP = 20
"""Encoder positions that are averaged to one step."""
STEP_SECONDS = 0.4
"""Time that one step covers, seconds."""
MULTILINGUAL_TOKENS = 51865
"""Token ids of the multilingual networks; the English ones have fewer."""
HEAD_PREFIX = "at_model."
"""What the names in published head files begin with."""
_MODE = re.compile(r"(?:tl|lw)(?:_down_tr_(?P<down>\d+)|_tr)_(?P<time>\d+)_(?P<layer>\d+)")


class SelfAttention(nn.Module):
    """Whisper's attention under OpenAI's names: keys have no offset.

    Args:
        width: length D of a vector.
        heads: must divide `width`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, D) to the same shape; every position sees every other."""
        parts = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        mixed = functional.scaled_dot_product_attention(*parts).transpose(1, 2).flatten(2)
        y: Tensor = self.out(mixed)
        return y


class AttentionBlock(nn.Module):
    """A block of Whisper's encoder (Radford et al. 2022) under OpenAI's names.

    Args:
        width: length D of a vector.
        heads: attention heads; must divide `width`.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = SelfAttention(width, heads)
        self.attn_ln = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, D) to the same shape."""
        x = x + self.attn(self.attn_ln(x))
        total: Tensor = x + self.mlp(self.mlp_ln(x))
        return total


class TaggingHead(nn.Module):
    """Time and layer transformer ('TL-TR', Gong et al. 2023, section 4).

    Args:
        width: length D of the encoder's vectors.
        classes: how many tags.
        time_heads: attention heads of the transformer over time.
        layer_heads: attention heads of the transformer over layers.
        down_width: first map to this width (the low-compute variant); None keeps D.

    Raises:
        WeightsError: heads that do not divide the width.
    """

    def __init__(
        self,
        width: int,
        classes: int = AUDIOSET_CLASSES,
        time_heads: int = 1,
        layer_heads: int = 8,
        down_width: int | None = None,
    ) -> None:
        super().__init__()
        inner = down_width or width
        if inner % time_heads or inner % layer_heads:
            raise WeightsError(
                f"A Whisper-AT head of width {inner} cannot have {time_heads} and {layer_heads} "
                "attention heads; give numbers that divide the width."
            )
        self.down_layer: nn.Module = nn.Identity()
        if down_width is not None:
            self.down_layer = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, down_width))
        self.time_tr = AttentionBlock(inner, time_heads)
        self.layer_tr = AttentionBlock(inner, layer_heads)
        self.mlp_layer = nn.Sequential(nn.LayerNorm(inner), nn.Linear(inner, classes))

    @classmethod
    def from_mode(cls, mode: str, width: int, classes: int = AUDIOSET_CLASSES) -> "TaggingHead":
        """A head by its name in the original code.

        Args:
            mode: `tl_tr_<time heads>_<layer heads>` or
                `tl_down_tr_<width>_<time heads>_<layer heads>`; `lw` for `tl` means the same.
            width: length D of the encoder's vectors.
            classes: how many tags.

        Raises:
            WeightsError: a name of another form.
        """
        found = _MODE.fullmatch(mode)
        if found is None:
            raise WeightsError(
                f"There is no Whisper-AT head '{mode}'; expected a name such as tl_tr_1_8 or "
                "tl_down_tr_512_1_8."
            )
        down = int(found["down"]) if found["down"] else None
        return cls(width, classes, int(found["time"]), int(found["layer"]), down)

    def forward(self, features: Tensor) -> Tensor:
        """Tags of windows of sound.

        Args:
            features: (B, layers, steps, D), see `layer_features` and `split_windows`.

        Returns:
            Logits (B, classes); their sigmoid is a probability per class.
        """
        layers = features.shape[1]
        steps = self.down_layer(features).flatten(0, 1)
        per_layer = self.time_tr(steps).mean(dim=1).unflatten(0, (-1, layers))
        logits: Tensor = self.mlp_layer(self.layer_tr(per_layer).mean(dim=1))
        return logits


def head_from_state(state: Mapping[str, Tensor]) -> TaggingHead:
    """A published head, frozen and in evaluation mode; its sizes are read off its tensors.

    Args:
        state: of a head file, with or without the prefix `at_model.`.

    Raises:
        WeightsError: tensors that are not those of a head of one time and eight layer heads.
    """
    own = {name.removeprefix(HEAD_PREFIX): value for name, value in state.items()}
    try:
        inner, classes = own["layer_tr.attn_ln.weight"].shape[0], own["mlp_layer.1.bias"].shape[0]
        down = own.get("down_layer.0.weight")
        width = inner if down is None else down.shape[0]
        head = TaggingHead(width, classes, down_width=None if down is None else inner)
        head.load_state_dict(own)
    except (KeyError, RuntimeError) as error:
        raise WeightsError(
            f"The weights are not those of a Whisper-AT head ({str(error)[:300]}); "
            "give one of the published head files."
        ) from error
    return head.eval().requires_grad_(False)


def layer_features(
    encoder: WhisperEncoder, mel: Float[Tensor, "B F T"]
) -> Float[Tensor, "B layers steps D"]:
    """Every block's output before the last layer norm, averaged over 20 positions.

    Args:
        encoder: of transformers' Whisper.
        mel: log-mel pictures (B, n_mels, 3000) of 30 s each, as Whisper takes them.

    Returns:
        (B, layers, 75, D); each step covers 0.4 s.

    Raises:
        EmoStyleError: a picture of another size.
    """
    config = encoder.config
    expected = (config.num_mel_bins, 2 * config.max_source_positions)
    if tuple(mel.shape[1:]) != expected:
        raise EmoStyleError(
            f"Whisper got log-mel pictures of shape {tuple(mel.shape)}, expected (batch, "
            f"{expected[0]}, {expected[1]}); make them with its feature extractor."
        )
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: object, output: object) -> None:
        hidden = output[0] if isinstance(output, tuple) else output
        if isinstance(hidden, Tensor):
            kept.append(functional.avg_pool1d(hidden.mT, POSITIONS_PER_STEP).mT)

    hooks = [layer.register_forward_hook(keep) for layer in encoder.layers]
    try:
        encoder(mel)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.stack(kept, dim=1)


def steps_per_window(seconds: float) -> int:
    """Steps of a window of sound.

    Args:
        seconds: a multiple of 0.4.

    Raises:
        EmoStyleError: any other length.
    """
    steps = round(seconds / STEP_SECONDS)
    if steps < 1 or abs(steps * STEP_SECONDS - seconds) > 1e-6:
        raise EmoStyleError(
            f"Whisper-AT got windows of {seconds} s, expected a multiple of {STEP_SECONDS} s."
        )
    return steps


def split_windows(
    features: Float[Tensor, "layers T D"], steps: int
) -> Float[Tensor, "windows layers steps D"]:
    """Neighbouring windows of one sound; the last is filled up with zeros, which the heads see.

    Args:
        features: (layers, T, D) of one sound.
        steps: of one window, see `steps_per_window`.

    Returns:
        (ceil(T / steps), layers, steps, D).
    """
    missing = -features.shape[1] % steps
    filled = functional.pad(features, (0, 0, 0, missing))
    return filled.unflatten(1, (-1, steps)).transpose(0, 1)


_NAMES = (
    (r"\.blocks\.", ".layers."),
    (r"\.cross_attn\.", ".encoder_attn."),
    (r"\.cross_attn_ln\.", ".encoder_attn_layer_norm."),
    (r"\.attn\.", ".self_attn."),
    (r"\.attn_ln\.", ".self_attn_layer_norm."),
    (r"_attn\.(query|key|value|out)\.", r"_attn.\1_proj."),
    (r"\.(q)uery_proj\.|\.(k)ey_proj\.|\.(v)alue_proj\.", r".\1\2\3_proj."),
    (r"\.mlp\.0\.", ".fc1."),
    (r"\.mlp\.2\.", ".fc2."),
    (r"\.mlp_ln\.", ".final_layer_norm."),
    (r"\.(?:ln|ln_post)\.", ".layer_norm."),
    (r"\.token_embedding\.", ".embed_tokens."),
    (r"\.positional_embedding$", ".embed_positions.weight"),
)
"""OpenAI's names and transformers' names of the same tensors, applied from first to last."""


def transformers_names(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """OpenAI's Whisper tensors under the names of transformers' `WhisperModel`.

    Tags of a merged Whisper-AT file (`at_model.`) are left out: they belong to `head_from_state`.

    Args:
        state: the `model_state_dict` of an OpenAI `.pt` file.

    Raises:
        WeightsError: a name that belongs to neither encoder nor decoder.
    """
    renamed = {}
    for name, value in state.items():
        if name.startswith(HEAD_PREFIX):
            continue
        if not name.startswith(("encoder.", "decoder.")):
            raise WeightsError(
                f"The tensor '{name}' is not one of OpenAI's Whisper; give the "
                "'model_state_dict' of one of its .pt files."
            )
        for pattern, replacement in _NAMES:
            name = re.sub(pattern, replacement, name)
        renamed[name] = value
    return renamed


def whisper_config(dims: Mapping[str, int]) -> WhisperConfig:
    """The configuration of an OpenAI Whisper as transformers writes it.

    Args:
        dims: the entry `dims` of an OpenAI `.pt` file.

    Raises:
        WeightsError: an entry is missing.
    """
    try:
        end_of_text = 50257 if dims["n_vocab"] >= MULTILINGUAL_TOKENS else 50256
        return WhisperConfig(
            vocab_size=dims["n_vocab"],
            bos_token_id=end_of_text,
            eos_token_id=end_of_text,
            pad_token_id=end_of_text,
            decoder_start_token_id=end_of_text + 1,
            num_mel_bins=dims["n_mels"],
            d_model=dims["n_audio_state"],
            encoder_layers=dims["n_audio_layer"],
            encoder_attention_heads=dims["n_audio_head"],
            encoder_ffn_dim=4 * dims["n_audio_state"],
            decoder_layers=dims["n_text_layer"],
            decoder_attention_heads=dims["n_text_head"],
            decoder_ffn_dim=4 * dims["n_text_state"],
            max_source_positions=dims["n_audio_ctx"],
            max_target_positions=dims["n_text_ctx"],
        )
    except KeyError as error:
        raise WeightsError(
            f"The Whisper sizes lack {error}; give the entry 'dims' of an OpenAI .pt file."
        ) from error

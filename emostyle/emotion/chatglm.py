"""ChatGLM3 (Zeng et al. 2023) on transformers' own GLM class: its weights, none of its code.

The two networks compute the same: RMSNorm before each half of a block, rotary positions on the
first half of every head with neighbouring values as pairs (RoFormer, Su et al. 2021), heads that
share keys and values in groups, SwiGLU. They differ in names and in what is stored as one matrix.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from transformers import GlmConfig, GlmForCausalLM
from transformers.models.glm.modeling_glm import GlmRotaryEmbedding

from emostyle.errors import WeightsError
from emostyle.weights.readers.shards import read_folder_config, read_folder_state
from emostyle.weights.state import load_exactly

ROTARY_BASE = 10_000.0
"""Base of the wavelengths; ChatGLM3 multiplies it by `rope_ratio`."""
ROTARY_SHARE = 0.5
"""Part of each head that turns with the position."""
ROTARY_TABLE = "transformer.rotary_pos_emb.inv_freq"
"""A buffer of ChatGLM3 from which nothing is computed."""
FIXED_TRAITS = {
    "add_bias_linear": False,
    "apply_residual_connection_post_layernorm": False,
    "multi_query_attention": True,
    "post_layer_norm": True,
    "pre_seq_len": None,
    "quantization_bit": 0,
    "rmsnorm": True,
}
"""What every ChatGLM3 has and GLM's class takes for granted."""

_FUSED = re.compile(
    r"transformer\.encoder\.layers\.(\d+)\.self_attention\.query_key_value\.(weight|bias)"
)
_LAYER = re.compile(r"transformer\.encoder\.layers\.(\d+)\.(.+)")
_IN_LAYER = {
    "input_layernorm.weight": "input_layernorm.weight",
    "self_attention.dense.weight": "self_attn.o_proj.weight",
    "post_attention_layernorm.weight": "post_attention_layernorm.weight",
    "mlp.dense_h_to_4h.weight": "mlp.gate_up_proj.weight",
    "mlp.dense_4h_to_h.weight": "mlp.down_proj.weight",
}
_OUTSIDE = {
    "transformer.embedding.word_embeddings.weight": "model.embed_tokens.weight",
    "transformer.encoder.final_layernorm.weight": "model.norm.weight",
    "transformer.output_layer.weight": "lm_head.weight",
}


def glm_config(config: Mapping[str, Any]) -> GlmConfig:
    """GLM's configuration for a ChatGLM3.

    `rope_ratio` is read as ChatGLM3 means it, a factor of the base; ChatGLM2's long variants,
    which stretch the positions instead, say the same and mean something else.

    Args:
        config: content of ChatGLM3's `config.json`.

    Raises:
        WeightsError: an entry is missing, or the network has a trait that GLM lacks.
    """
    for name, wanted in FIXED_TRAITS.items():
        if config.get(name, wanted) != wanted:
            raise WeightsError(
                f"The ChatGLM configuration has {name}={config[name]}, expected {wanted}; give a "
                "ChatGLM3 that is neither quantised nor prefix-tuned."
            )
    try:
        heads, groups = config["num_attention_heads"], config["multi_query_group_num"]
        if groups < 1 or heads % groups:
            raise WeightsError(
                f"The ChatGLM configuration has {heads} heads in {groups} groups, expected a "
                "multiple; give the config.json that belongs to the weights."
            )
        return GlmConfig(
            vocab_size=config["padded_vocab_size"],
            hidden_size=config["hidden_size"],
            intermediate_size=config["ffn_hidden_size"],
            num_hidden_layers=config["num_layers"],
            num_attention_heads=heads,
            num_key_value_heads=groups,
            head_dim=config["kv_channels"],
            rms_norm_eps=config["layernorm_epsilon"],
            max_position_embeddings=config["seq_length"],
            attention_bias=config["add_qkv_bias"],
            attention_dropout=config.get("attention_dropout", 0.0),
            rope_theta=ROTARY_BASE * config.get("rope_ratio", 1),
            partial_rotary_factor=ROTARY_SHARE,
            tie_word_embeddings=config.get("tie_word_embeddings", False),
            pad_token_id=config.get("pad_token_id", 0),
            eos_token_id=config.get("eos_token_id", 2),
        )
    except KeyError as error:
        raise WeightsError(
            f"The ChatGLM configuration lacks {error}; give the config.json of a ChatGLM3."
        ) from error


def split_query_key_value(
    fused: Float[Tensor, "rows *columns"], heads: int, groups: int, head_dim: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries of all heads, then keys, then values of all groups, cut out of ChatGLM's one matrix.

    Args:
        fused: `query_key_value.weight` or `.bias`, (heads + 2 groups) head_dim rows.
        heads: query heads.
        groups: key and value heads.
        head_dim: length of a head.

    Returns:
        Rows of the queries (heads head_dim), keys and values (groups head_dim each).

    Raises:
        WeightsError: another number of rows.
    """
    sizes = [heads * head_dim, groups * head_dim, groups * head_dim]
    if fused.shape[0] != sum(sizes):
        raise WeightsError(
            f"A query_key_value has {fused.shape[0]} rows, expected {sum(sizes)} for {heads} "
            f"heads and {groups} groups of {head_dim}; give the config.json of these weights."
        )
    query, key, value = fused.split(sizes)
    return query, key, value


def glm_state(state: Mapping[str, Tensor], config: GlmConfig) -> dict[str, Tensor]:
    """ChatGLM3's tensors under the names of `GlmForCausalLM`; no numbers are changed or copied.

    Args:
        state: state dict of a ChatGLM3.
        config: of `glm_config`.

    Raises:
        WeightsError: a tensor that is none of ChatGLM3's, or of another shape where it is cut.
    """
    renamed: dict[str, Tensor] = {}
    sizes = config.num_attention_heads, config.num_key_value_heads, config.head_dim
    for name, value in state.items():
        if name == ROTARY_TABLE:
            _check_rotary_table(value, config.head_dim)
        elif found := _FUSED.fullmatch(name):
            for letter, rows in zip("qkv", split_query_key_value(value, *sizes), strict=True):
                renamed[f"model.layers.{found[1]}.self_attn.{letter}_proj.{found[2]}"] = rows
        else:
            renamed[_glm_name(name)] = value
    if config.tie_word_embeddings:
        _tie(renamed)
    return renamed


def _glm_name(name: str) -> str:
    """GLM's name of a tensor that is the same in both."""
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    found = _LAYER.fullmatch(name)
    if found is None or found[2] not in _IN_LAYER:
        raise WeightsError(
            f"The tensor '{name}' is not one of ChatGLM3's; expected names such as "
            f"'{next(iter(_OUTSIDE))}', give the folder of a ChatGLM3."
        )
    return f"model.layers.{found[1]}.{_IN_LAYER[found[2]]}"


def _check_rotary_table(table: Tensor, head_dim: int) -> None:
    """The buffer is left out, but its length says how much of a head turns."""
    expected = int(head_dim * ROTARY_SHARE) // 2
    if tuple(table.shape) != (expected,):
        raise WeightsError(
            f"'{ROTARY_TABLE}' has shape {tuple(table.shape)}, expected ({expected},) for heads "
            f"of {head_dim}; give the config.json of these weights."
        )


def _tie(renamed: dict[str, Tensor]) -> None:
    """The output layer of a tied network: the embedding, stored twice or once."""
    embedding = renamed.get("model.embed_tokens.weight")
    if embedding is not None and not torch.equal(
        renamed.setdefault("lm_head.weight", embedding), embedding
    ):
        raise WeightsError(
            "The weights have an output layer of their own although the ChatGLM configuration has "
            "tie_word_embeddings=true; set it to false in config.json."
        )


def glm_from_state(config: Mapping[str, Any], state: Mapping[str, Tensor]) -> GlmForCausalLM:
    """The network with the given tensors as its own, frozen and in evaluation mode.

    Args:
        config: content of ChatGLM3's `config.json`.
        state: state dict of a ChatGLM3; every tensor must have its place and every place a tensor.

    Raises:
        WeightsError: they do not fit.
    """
    translated = glm_config(config)
    renamed = glm_state(state, translated)
    with torch.device("meta"):
        network = GlmForCausalLM(translated)
    shapes = {name: value.to("meta") for name, value in renamed.items()}
    load_exactly(network, shapes, "ChatGLM3 that the configuration says")
    network.load_state_dict(renamed, assign=True)
    network.tie_weights()
    network.model.rotary_emb = GlmRotaryEmbedding(translated)
    return network.eval().requires_grad_(False)


def load_chatglm(folder: str | Path, dtype: torch.dtype | None = None) -> GlmForCausalLM:
    """The network of a downloaded ChatGLM3, frozen and in evaluation mode.

    Args:
        folder: with `config.json` and the weights (safetensors or `.bin`, sharded or not).
        dtype: type of the tensors; None keeps that of the files (float16, about 12 GB).

    Raises:
        WeightsError: files that are missing, damaged or not those of a ChatGLM3.
    """
    state = read_folder_state(folder)
    if dtype is not None:
        state = {name: value.to(dtype) for name, value in state.items()}
    return glm_from_state(read_folder_config(folder), state)

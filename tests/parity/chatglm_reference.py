"""ChatGLM3 written out from the facts of its architecture, in float64, head by head.

RMSNorm, rotation of neighbouring pairs in the first half of each head (as complex numbers), heads
that share keys and values in groups, causal attention, SwiGLU. No code of ours or of transformers.
"""

from typing import Any

import torch
from torch import Tensor

SMALL = {
    "num_layers": 3,
    "padded_vocab_size": 50,
    "hidden_size": 24,
    "ffn_hidden_size": 20,
    "kv_channels": 8,
    "num_attention_heads": 6,
    "multi_query_group_num": 2,
    "layernorm_epsilon": 1e-3,
    "seq_length": 64,
    "add_qkv_bias": True,
    "add_bias_linear": False,
    "post_layer_norm": True,
    "rmsnorm": True,
    "multi_query_attention": True,
    "apply_residual_connection_post_layernorm": False,
    "apply_query_key_layer_scaling": True,
    "original_rope": True,
    "tie_word_embeddings": False,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
"""A small network, in the words of ChatGLM3's `config.json`."""

State = dict[str, Tensor]


def shapes(config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Name -> shape of a ChatGLM3."""
    width, inner, head = (config[k] for k in ("hidden_size", "ffn_hidden_size", "kv_channels"))
    queries = config["num_attention_heads"] * head
    fused = queries + 2 * config["multi_query_group_num"] * head
    vocabulary = (config["padded_vocab_size"], width)
    found: dict[str, tuple[int, ...]] = {
        "transformer.embedding.word_embeddings.weight": vocabulary,
        "transformer.rotary_pos_emb.inv_freq": (head // 4,),
        "transformer.encoder.final_layernorm.weight": (width,),
        "transformer.output_layer.weight": vocabulary,
    }
    for layer in range(config["num_layers"]):
        block = f"transformer.encoder.layers.{layer}"
        found[f"{block}.input_layernorm.weight"] = (width,)
        found[f"{block}.self_attention.query_key_value.weight"] = (fused, width)
        if config["add_qkv_bias"]:
            found[f"{block}.self_attention.query_key_value.bias"] = (fused,)
        found[f"{block}.self_attention.dense.weight"] = (width, queries)
        found[f"{block}.post_attention_layernorm.weight"] = (width,)
        found[f"{block}.mlp.dense_h_to_4h.weight"] = (2 * inner, width)
        found[f"{block}.mlp.dense_4h_to_h.weight"] = (width, inner)
    return found


def random_state(config: dict[str, Any], seed: int = 0) -> State:
    """Random tensors in float32, large enough that every one of them shows in the logits."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(shape, generator=generator) * (0.5 if len(shape) == 2 else 1.0)
        for name, shape in shapes(config).items()
    }


def logits(state: State, config: dict[str, Any], ids: list[int]) -> Tensor:
    """Next token's logits at each place of one text, (T, vocabulary), float64."""
    state = {name: value.double() for name, value in state.items()}
    x = state["transformer.embedding.word_embeddings.weight"][ids]
    for layer in range(config["num_layers"]):
        prefix = f"transformer.encoder.layers.{layer}."
        block = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        x = x + _attention(_norm(x, block["input_layernorm.weight"], config), block, config)
        y = _norm(x, block["post_attention_layernorm.weight"], config)
        gate, up = (block["mlp.dense_h_to_4h.weight"] @ y.T).T.tensor_split(2, dim=1)
        x = x + (gate / (1 + (-gate).exp()) * up) @ block["mlp.dense_4h_to_h.weight"].T
    x = _norm(x, state["transformer.encoder.final_layernorm.weight"], config)
    return x @ state["transformer.output_layer.weight"].T


def _norm(x: Tensor, weight: Tensor, config: dict[str, Any]) -> Tensor:
    return x / (x.square().mean(1, keepdim=True) + config["layernorm_epsilon"]).sqrt() * weight


def _attention(x: Tensor, block: State, config: dict[str, Any]) -> Tensor:
    head, heads = config["kv_channels"], config["num_attention_heads"]
    groups = config["multi_query_group_num"]
    rows = x @ block["self_attention.query_key_value.weight"].T
    if config["add_qkv_bias"]:
        rows = rows + block["self_attention.query_key_value.bias"]
    parts = rows.split(head, dim=1)  # heads of queries, then groups of keys, then of values
    mixed = []
    for index in range(heads):
        group = heads + index * groups // heads
        query, key, value = parts[index], parts[group], parts[group + groups]
        scores = _turn(query, config) @ _turn(key, config).T / head**0.5
        future = torch.ones_like(scores).triu(1).bool()
        mixed.append(scores.masked_fill(future, -torch.inf).softmax(1) @ value)
    return torch.cat(mixed, dim=1) @ block["self_attention.dense.weight"].T


def _turn(x: Tensor, config: dict[str, Any]) -> Tensor:
    """Rotate pairs (0, 1), (2, 3), ... of the first half by position times frequency."""
    half = x.shape[1] // 2
    base = 10_000.0 * config.get("rope_ratio", 1)
    angle = torch.arange(len(x)).double()[:, None] * base ** -(
        torch.arange(0, half, 2).double() / half
    )
    pairs = torch.view_as_complex(x[:, :half].reshape(len(x), -1, 2).contiguous())
    turned = torch.view_as_real(pairs * torch.polar(torch.ones_like(angle), angle)).flatten(1)
    return torch.cat([turned, x[:, half:]], dim=1)

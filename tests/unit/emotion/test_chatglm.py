"""ChatGLM3 on GLM: configuration, names, cuts, folders. Its numbers are in tests/parity."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from emostyle.emotion.chatglm import (
    glm_config,
    glm_from_state,
    glm_state,
    load_chatglm,
    split_query_key_value,
)
from emostyle.errors import WeightsError
from tests.parity.chatglm_reference import SMALL, random_state

FUSED = "transformer.encoder.layers.0.self_attention.query_key_value"
IDS = torch.tensor([[3, 1, 4, 1, 5]])


def test_configuration_is_translated() -> None:
    config = glm_config({**SMALL, "rope_ratio": 50})
    assert (config.num_attention_heads, config.num_key_value_heads, config.head_dim) == (6, 2, 8)
    assert (config.vocab_size, config.max_position_embeddings) == (50, 64)
    assert (config.pad_token_id, config.eos_token_id) == (0, 2)
    assert config.rms_norm_eps == 1e-3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantization_bit": 4}, "quantization_bit=4, expected 0"),
        ({"pre_seq_len": 128}, "pre_seq_len=128"),
        ({"multi_query_attention": False}, "multi_query_attention=False"),
        ({"multi_query_group_num": 4}, "6 heads in 4 groups"),
    ],
)
def test_other_traits_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        glm_config({**SMALL, **changes})


def test_a_missing_size_is_named() -> None:
    with pytest.raises(WeightsError, match="lacks 'kv_channels'"):
        glm_config({name: value for name, value in SMALL.items() if name != "kv_channels"})


def test_fused_rows_are_cut() -> None:
    query, key, value = split_query_key_value(torch.arange(20.0), heads=3, groups=1, head_dim=4)
    assert query.tolist() == list(range(12))
    assert key.tolist() == [12, 13, 14, 15]
    assert value.tolist() == [16, 17, 18, 19]
    with pytest.raises(WeightsError, match="19 rows, expected 20"):
        split_query_key_value(torch.zeros(19), heads=3, groups=1, head_dim=4)


def test_every_name_is_accounted_for() -> None:
    state, config = random_state(SMALL), glm_config(SMALL)
    renamed = glm_state(state, config)
    assert len(renamed) == len(state) - 1 + SMALL["num_layers"] * 4
    assert torch.equal(renamed["model.layers.0.self_attn.q_proj.bias"], state[f"{FUSED}.bias"][:48])
    with pytest.raises(WeightsError, match=r"'transformer\.prefix\.weight' is not one"):
        glm_state({**state, "transformer.prefix.weight": torch.zeros(1)}, config)
    with pytest.raises(WeightsError, match=r"inv_freq' has shape \(4,\), expected \(2,\)"):
        glm_state({"transformer.rotary_pos_emb.inv_freq": torch.zeros(4)}, config)


def test_missing_and_superfluous_tensors_are_refused() -> None:
    state = random_state(SMALL)
    short = {name: value for name, value in state.items() if name != f"{FUSED}.bias"}
    with pytest.raises(WeightsError, match=r"missing: model\.layers\.0\.self_attn\.k_proj\.bias"):
        glm_from_state(SMALL, short)
    more = {"transformer.encoder.layers.3.input_layernorm.weight": torch.ones(24)}
    with pytest.raises(WeightsError, match=r"unexpected: model\.layers\.3\.input_layernorm"):
        glm_from_state(SMALL, {**state, **more})
    narrow = {"transformer.encoder.final_layernorm.weight": torch.ones(23)}
    with pytest.raises(WeightsError, match=r"of another shape: model\.norm\.weight"):
        glm_from_state(SMALL, {**state, **narrow})


@torch.no_grad()
def test_tied_networks_may_store_the_table_once_or_twice() -> None:
    tied, state = {**SMALL, "tie_word_embeddings": True}, random_state(SMALL)
    embedding = state["transformer.embedding.word_embeddings.weight"]
    with pytest.raises(WeightsError, match="tie_word_embeddings=true"):
        glm_from_state(tied, state)
    state["transformer.output_layer.weight"] = embedding.clone()
    expected = glm_from_state(SMALL, state)(IDS).logits
    torch.testing.assert_close(glm_from_state(tied, state)(IDS).logits, expected)
    del state["transformer.output_layer.weight"]
    network = glm_from_state(tied, state)
    assert network.lm_head.weight is network.model.embed_tokens.weight
    torch.testing.assert_close(network(IDS).logits, expected)
    with pytest.raises(WeightsError, match=r"missing: lm_head\.weight"):
        glm_from_state(SMALL, state)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_a_folder_becomes_a_network(tmp_path: Path, kind: str) -> None:
    """Shards in half precision, as published, read as they are or widened."""
    state = {name: value.half() for name, value in random_state(SMALL).items()}
    places = {name: f"part-{index % 2}.{kind}" for index, name in enumerate(state)}
    for shard in set(places.values()):
        tensors = {name: state[name] for name in state if places[name] == shard}
        save = save_file if kind == "safetensors" else torch.save
        save(tensors, tmp_path / shard)
    name = "model.safetensors" if kind == "safetensors" else "pytorch_model.bin"
    (tmp_path / f"{name}.index.json").write_text(json.dumps({"weight_map": places}))
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    stored = load_chatglm(tmp_path)
    assert {value.dtype for value in stored.parameters()} == {torch.float16}
    assert not stored.training
    assert not any(value.requires_grad for value in stored.parameters())
    wide = load_chatglm(tmp_path, torch.float32)
    expected = glm_from_state(SMALL, {name: value.float() for name, value in state.items()})
    torch.testing.assert_close(wide(IDS).logits, expected(IDS).logits)
    error = (stored(IDS).logits.float() - wide(IDS).logits).abs().max()
    assert error < 0.02 * wide(IDS).logits.abs().max()

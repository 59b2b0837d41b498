"""ChatGLM3's weights in transformers' GLM against ChatGLM3 written out in float64."""

from typing import Any

import pytest
import torch

from emostyle.emotion.chatglm import glm_config, glm_from_state, glm_state
from tests.parity.chatglm_reference import SMALL, logits, random_state, shapes
from tests.parity.fixtures import relative_error

TOLERANCE = 1e-5
"""Largest error over the largest logit, in float32."""
IDS = [7, 0, 49, 13, 13, 2, 30, 41, 5, 22]

VARIANTS = {
    "as_published": {},
    "long": {"rope_ratio": 50},
    "one_group": {"multi_query_group_num": 1},
    "no_sharing": {"multi_query_group_num": 6},
    "no_bias": {"add_qkv_bias": False},
    "wide_heads": {"kv_channels": 16, "num_attention_heads": 4, "hidden_size": 32},
}
PUBLISHED = {
    **SMALL,
    "num_layers": 28,
    "padded_vocab_size": 65024,
    "hidden_size": 4096,
    "ffn_hidden_size": 13696,
    "kv_channels": 128,
    "num_attention_heads": 32,
    "seq_length": 8192,
    "layernorm_epsilon": 1e-5,
}
"""Sizes of ChatGLM3-6B."""


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
@torch.no_grad()
def test_logits(changes: dict[str, Any]) -> None:
    config = {**SMALL, **changes}
    state = random_state(config)
    network = glm_from_state(config, state)
    expected = logits(state, config, IDS)
    seen = network(torch.tensor([IDS])).logits[0]
    error = relative_error(seen, expected)
    print(f"logits: {error:.1e}")
    assert error <= TOLERANCE


@pytest.mark.parametrize("name", [n for n in shapes(SMALL) if "inv_freq" not in n])
@torch.no_grad()
def test_every_tensor_shows_in_the_logits(name: str) -> None:
    """So that the comparison above would notice any of them in a wrong place."""
    state = random_state(SMALL)
    expected = logits(state, SMALL, IDS)
    state[name] = state[name].flip(0)
    changed = logits(state, SMALL, IDS)
    assert (changed - expected).abs().max() > 100 * TOLERANCE * expected.abs().max()


def test_full_size_places_and_parameters() -> None:
    """Every tensor of ChatGLM3-6B finds its place, and none is left: 6.24 billion numbers."""
    published = shapes(PUBLISHED)
    state = {name: torch.empty(shape, device="meta") for name, shape in published.items()}
    config = glm_config(PUBLISHED)
    network = glm_from_state(PUBLISHED, state)
    ours = {name: value.shape for name, value in network.state_dict().items()}
    assert {name: value.shape for name, value in glm_state(state, config).items()} == ours
    count = sum(value.numel() for value in network.parameters())
    assert count == 6_243_584_000

"""The trunk against attention written out."""

import pytest
import torch
from torch import Tensor, nn

from emostyle.embedding.imagebind.trunk import Block, Trunk


def attention(layer: nn.MultiheadAttention, x: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax attention of one item, head by head, with the learned key and value at the end."""
    query, key, value = (x @ layer.in_proj_weight.T + layer.in_proj_bias).chunk(3, dim=-1)
    if layer.bias_k is not None:
        key = torch.cat([key, layer.bias_k[0]])
        value = torch.cat([value, layer.bias_v[0]])
    size = x.shape[1] // layer.num_heads
    heads = []
    for head in range(layer.num_heads):
        part = slice(head * size, (head + 1) * size)
        logits = query[:, part] @ key[:, part].T / size**0.5
        weights = (logits if mask is None else logits + mask).softmax(dim=-1)
        heads.append(weights @ value[:, part])
    return layer.out_proj(torch.cat(heads, dim=-1))


@pytest.mark.parametrize("bias_kv", [False, True], ids=["plain", "learned_key"])
@torch.no_grad()
def test_a_block_is_attention_and_a_perceptron(bias_kv: bool) -> None:
    """Each item alone, written out."""
    block = Block(12, 3, bias_kv, drop_path=0.0).eval()
    x = torch.randn(2, 5, 12)
    mask = None if bias_kv else torch.full((5, 5), float("-inf")).triu(1)
    for item, seen in zip(x, block(x, mask), strict=True):
        y = item + attention(block.attn, block.norm_1(item), mask)
        torch.testing.assert_close(seen, y + block.mlp(block.norm_2(y)), atol=1e-5, rtol=1e-5)


def test_only_vision_normalises_first() -> None:
    """The extra norm has the name of the published file."""
    names = set(Trunk(8, 1, 2, pre_norm=True).state_dict()) - set(Trunk(8, 1, 2).state_dict())
    assert names == {"pre_transformer_layer.0.weight", "pre_transformer_layer.0.bias"}


def test_branches_are_dropped_in_training_only() -> None:
    """From none in the first block to all in the last; none at all in evaluation."""
    trunk = Trunk(8, 2, 2, drop_path=0.999999)
    x = torch.randn(3, 4, 8)
    torch.testing.assert_close(trunk.train()(x), trunk.blocks[0](x))
    torch.testing.assert_close(trunk.eval()(x), trunk.blocks[1](trunk.blocks[0](x)))

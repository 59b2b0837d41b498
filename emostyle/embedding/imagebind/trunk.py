"""The transformer between tokens and head: one class, whatever the modality."""

from collections import OrderedDict

from timm.layers import DropPath
from torch import Tensor, nn

NORM_EPS = 1e-6
"""Added to the variance in every layer norm of trunks and heads."""


class Block(nn.Module):
    """Pre-norm attention and a perceptron of four times the width (Vaswani et al. 2017).

    Args:
        width: length D of a token.
        heads: attention heads.
        bias_kv: let every token also attend to one learned key and value.
        drop_path: share of the batch's branches dropped while training.
    """

    def __init__(self, width: int, heads: int, bias_kv: bool, drop_path: float) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, add_bias_kv=bias_kv, batch_first=True)
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()
        self.norm_1 = nn.LayerNorm(width, eps=NORM_EPS)
        layers = (
            ("fc1", nn.Linear(width, 4 * width)),
            ("act", nn.GELU()),
            ("fc2", nn.Linear(4 * width, width)),
        )
        self.mlp = nn.Sequential(OrderedDict(layers))
        self.norm_2 = nn.LayerNorm(width, eps=NORM_EPS)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, L, D) to the same shape; `mask` (L, L) is added to the attention logits."""
        y = self.norm_1(x)
        x = x + self.drop_path(self.attn(y, y, y, need_weights=False, attn_mask=mask)[0])
        total: Tensor = x + self.drop_path(self.mlp(self.norm_2(x)))
        return total


class Trunk(nn.Module):
    """A stack of blocks.

    Args:
        width: length D of a token.
        blocks: how many.
        heads: attention heads of each.
        bias_kv: one learned key and value in each attention (all modalities but vision and text).
        pre_norm: normalise the tokens before the first block (vision only).
        drop_path: share of branches dropped in the last block while training, rising from zero.
    """

    def __init__(
        self,
        width: int,
        blocks: int,
        heads: int,
        *,
        bias_kv: bool = False,
        pre_norm: bool = False,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        norms = [nn.LayerNorm(width, eps=NORM_EPS)] if pre_norm else []
        self.pre_transformer_layer = nn.Sequential(*norms)
        rates = [drop_path * index / max(blocks - 1, 1) for index in range(blocks)]
        self.blocks = nn.ModuleList(Block(width, heads, bias_kv, rate) for rate in rates)

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, L, D) to the same shape; `mask` (L, L) is added to the attention logits."""
        tokens = self.pre_transformer_layer(tokens)
        for block in self.blocks:
            tokens = block(tokens, mask)
        return tokens

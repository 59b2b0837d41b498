"""Texts to token ids to tokens."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from jaxtyping import Int
from open_clip import SimpleTokenizer
from torch import Tensor, nn

from emostyle.embedding.imagebind.tokens import TokenSequence, learned_tokens
from emostyle.errors import EmoStyleError


@lru_cache(maxsize=2)
def _tokenizer(context_length: int) -> SimpleTokenizer:
    return SimpleTokenizer(context_length=context_length)


def tokenize(texts: Sequence[str], context_length: int = 77) -> Int[Tensor, "B T"]:
    """Token ids of CLIP's byte-pair encoding, which ImageBind uses unchanged.

    Args:
        texts: any number of texts; what is longer than the context is cut.
        context_length: columns T.

    Returns:
        (B, T); the end-of-text id is the largest of a row, after it come zeros.
    """
    if not texts:
        return torch.zeros(0, context_length, dtype=torch.long)
    ids: Tensor = _tokenizer(context_length)(list(texts))
    return ids


class WordTokens(nn.Module):
    """A vector per token id plus one per place; each token sees only those before it.

    Args:
        width: length D of a token.
        context_length: token ids of one text.
        vocab_size: rows of the table of ids.
    """

    def __init__(self, width: int, context_length: int = 77, vocab_size: int = 49408) -> None:
        super().__init__()
        self.context_length = context_length
        self.token_embedding = nn.Embedding(vocab_size, width)
        self.pos_embed = learned_tokens(context_length, width)
        closed = torch.full((context_length, context_length), float("-inf"))
        self.register_buffer("mask", closed.triu(1))

    def forward(self, x: Tensor) -> TokenSequence:
        """Tokens (B, T, D) of ids (B, T); the answer is read at the end-of-text id."""
        if x.ndim != 2 or x.shape[1] != self.context_length or x.is_floating_point():
            raise EmoStyleError(
                f"ImageBind got text ids of shape {tuple(x.shape)} and type {x.dtype}, expected "
                f"whole numbers (batch, {self.context_length}); make them with tokenize()."
            )
        tokens = self.token_embedding(x) + self.pos_embed
        return TokenSequence(tokens, x.argmax(dim=-1), self.get_buffer("mask"))

"""Anything with rows and columns (picture, film, depth, heat, spectrogram) to tokens."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from emostyle.embedding.imagebind.positions import Layout, PositionTable
from emostyle.embedding.imagebind.tokens import TokenSequence, learned_tokens
from emostyle.errors import EmoStyleError


class Accepts(NamedTuple):
    """What a preprocessor takes.

    Attributes:
        what: the input's name and shape, as a message says it.
        channels: size of the second axis.
        ranks: allowed numbers of axes.
        smallest: pixels of the shortest side at least, the kernel's size.
    """

    what: str
    channels: int
    ranks: tuple[int, ...]
    smallest: int

    def check(self, x: Tensor) -> None:
        """Refuse an input of another shape.

        Raises:
            EmoStyleError: what came and what was expected.
        """
        if x.ndim in self.ranks and x.shape[1] == self.channels:
            if min(x.shape[-2:]) >= self.smallest:
                return
        raise EmoStyleError(
            f"ImageBind got an input of shape {tuple(x.shape)}, expected {self.what} with sides of "
            f"at least {self.smallest}; clips of one item go into a second axis."
        )


class StillToFilm(nn.Module):
    """A picture becomes a film of equal frames; a film stays as it is.

    Args:
        frames: frames of the film.
    """

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) or (B, C, T, H, W) to (B, C, T or `frames`, H, W)."""
        film = x.unsqueeze(2) if x.ndim == 4 else x
        return film.expand(-1, -1, self.frames, -1, -1) if film.shape[2] == 1 else film


class PatchStem(nn.Module):
    """Cut an input into patches and map each to a token.

    Args:
        proj: a convolution, or a sequence that ends with one.
        norm_layer: applied to each token; the picture stem has none.
    """

    def __init__(self, proj: nn.Module, norm_layer: nn.Module | None = None) -> None:
        super().__init__()
        self.proj = proj
        self.norm_layer = norm_layer or nn.Identity()

    def forward(self, x: Tensor) -> tuple[Tensor, Layout]:
        """Tokens (B, patches, D), rows before columns, and the grid they come from."""
        grid = self.proj(x)
        return self.norm_layer(grid.flatten(2).transpose(1, 2)), tuple(grid.shape[2:])


class PatchTokens(nn.Module):
    """A class token, the patches, and where they are.

    Args:
        stem: cuts and maps.
        layout: grid of patches of an input of the published size.
        width: length D of a token.
        accepts: which inputs the stem can take.
        stem_name: under which name the published file holds the stem.
    """

    def __init__(
        self,
        stem: PatchStem,
        layout: Layout,
        width: int,
        accepts: Accepts,
        stem_name: str = "rgbt_stem",
    ) -> None:
        super().__init__()
        self.accepts, self.stem_name = accepts, stem_name
        self.cls_token = learned_tokens(1, width)
        self.add_module(stem_name, stem)
        self.pos_embedding_helper = PositionTable(layout, width)

    def forward(self, x: Tensor) -> TokenSequence:
        """Tokens (B, 1 + patches, D) of inputs (B, C, ...); the class token comes first."""
        self.accepts.check(x)
        patches, layout = cast(PatchStem, getattr(self, self.stem_name))(x)
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], dim=1)
        read_at = torch.zeros(len(x), dtype=torch.long, device=x.device)
        return TokenSequence(tokens + self.pos_embedding_helper(layout), read_at)

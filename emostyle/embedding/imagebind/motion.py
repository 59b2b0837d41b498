"""Accelerometer and gyroscope traces to tokens."""

import torch
from torch import Tensor, nn

from emostyle.embedding.imagebind.patches import PatchStem
from emostyle.embedding.imagebind.tokens import TokenSequence, learned_tokens
from emostyle.errors import EmoStyleError


class MotionTokens(nn.Module):
    """A class token and one token per short stretch of all traces together.

    Args:
        width: length D of a token.
        channels: traces (three accelerations, three turning rates).
        samples: length of a trace.
        kernel: samples of one stretch.
    """

    def __init__(self, width: int, channels: int = 6, samples: int = 2000, kernel: int = 8) -> None:
        super().__init__()
        self.channels, self.samples, self.kernel = channels, samples, kernel
        self.cls_token = learned_tokens(1, width)
        self.pos_embed = learned_tokens(1 + samples // kernel, width)
        self.imu_stem = PatchStem(
            nn.Linear(channels * kernel, width, bias=False), nn.LayerNorm(width)
        )

    def forward(self, x: Tensor) -> TokenSequence:
        """Tokens (B, 1 + samples / kernel, D) of traces (B, channels, samples)."""
        if x.ndim != 3 or tuple(x.shape[1:]) != (self.channels, self.samples):
            raise EmoStyleError(
                f"ImageBind got motion traces of shape {tuple(x.shape)}, expected "
                f"(batch, {self.channels}, {self.samples})."
            )
        stretches = x.unfold(-1, self.kernel, self.kernel).transpose(1, 2).flatten(2)
        patches = self.imu_stem.norm_layer(self.imu_stem.proj(stretches))
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], dim=1)
        read_at = torch.zeros(len(x), dtype=torch.long, device=x.device)
        return TokenSequence(tokens + self.pos_embed, read_at)

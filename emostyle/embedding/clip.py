"""The image and text encoder: any open_clip architecture with its preprocessing inside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as functional
from jaxtyping import Float, Int
from open_clip import SimpleTokenizer
from open_clip.model import CLIP
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.types import Image
from emostyle.weights.state import load_exactly
from emostyle.weights.store import load_state, save_network

Vectors = Float[Tensor, "B D"]


@dataclass(frozen=True)
class ClipConfig:
    """An open_clip architecture and the preprocessing that belongs to it.

    Attributes:
        embed_dim: width of the joint space.
        vision_cfg: arguments of `open_clip.model.CLIPVisionCfg`.
        text_cfg: arguments of `open_clip.model.CLIPTextCfg`.
        quick_gelu: true for the published OpenAI weights.
        image_mean: per channel, of pictures in [0, 1].
        image_std: per channel, of pictures in [0, 1].
    """

    embed_dim: int = 512
    vision_cfg: dict[str, Any] = field(default_factory=dict)
    text_cfg: dict[str, Any] = field(default_factory=dict)
    quick_gelu: bool = False
    image_mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    image_std: tuple[float, float, float] = (0.25, 0.25, 0.25)


CLIP_WORLD_CONFIG = ClipConfig(
    vision_cfg={"image_size": 128, "layers": (1, 2, 2, 1), "width": 16, "head_width": 32},
    text_cfg={"context_length": 32, "vocab_size": 49408, "width": 96, "heads": 4, "layers": 3},
)
"""The bundled pair: about 2 M parameters see, 5 M read (most of them the token table)."""


class ClipEncoder(nn.Module):
    """Pictures and texts to unit vectors of one joint space (Radford et al. 2021).

    Args:
        config: architecture and preprocessing.
        tokenizer: texts to token ids (B, context_length); None takes open_clip's own BPE, whose
            vocabulary ships with that package.
    """

    def __init__(
        self,
        config: ClipConfig = CLIP_WORLD_CONFIG,
        tokenizer: Callable[[list[str]], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.model = CLIP(
            config.embed_dim, dict(config.vision_cfg), dict(config.text_cfg), config.quick_gelu
        )
        self.model = self.model.to(memory_format=torch.channels_last)
        self.tokenizer = tokenizer or SimpleTokenizer(context_length=self.model.context_length)
        for name, values in (("mean", config.image_mean), ("std", config.image_std)):
            self.register_buffer(f"_{name}", torch.tensor(values).view(1, 3, 1, 1), False)
        self._text_cache: dict[str, Tensor] = {}
        self._text_state: tuple[Any, ...] = ()

    @property
    def image_size(self) -> int:
        """Side in pixels of the pictures the network sees."""
        size = self.model.visual.image_size
        return int(size if isinstance(size, int) else size[0])

    @property
    def embed_dim(self) -> int:
        """Width of the joint space."""
        return self.config.embed_dim

    @property
    def logit_scale(self) -> Tensor:
        """1 / tau, a scalar."""
        return self.model.logit_scale.exp()

    def preprocess(self, images: Image) -> Float[Tensor, "B 3 S S"]:
        """Resize (bicubic, antialiased) and normalise; keeps gradients.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size.

        Returns:
            (B, 3, S, S), what the image tower takes; S is `image_size`.
        """
        size = (self.image_size, self.image_size)
        if tuple(images.shape[-2:]) != size:
            images = functional.interpolate(
                images, size, mode="bicubic", antialias=True, align_corners=False
            )
        mean, std = cast(Tensor, self._mean), cast(Tensor, self._std)
        images = ((images + 1) / 2 - mean) / std
        return images.contiguous(memory_format=torch.channels_last)

    def encode_image(self, images: Image) -> Vectors:
        """Unit vectors of pictures, differentiable.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size.

        Returns:
            (B, embed_dim), each of length one.
        """
        return self.encode_pixels(self.preprocess(images))

    def encode_pixels(self, pixels: Float[Tensor, "B 3 S S"]) -> Vectors:
        """Unit vectors of pictures that are preprocessed already, differentiable.

        Args:
            pixels: (B, 3, S, S) as `preprocess` gives them, S being `image_size`.
        """
        return functional.normalize(self.model.visual(pixels), dim=-1)

    def encode_tokens(self, tokens: Int[Tensor, "B T"]) -> Vectors:
        """Unit vectors of token ids, differentiable; for training the text tower.

        Columns that are padding in every row are left out, which changes nothing but the time:
        the text tower is causal and reads its answer at the end-of-text token.

        Args:
            tokens: (B, context_length), end-of-text being the largest id, padded with 0.
        """
        model = self.model
        length = int((tokens != 0).sum(1).max())
        tokens = tokens[:, :length]
        x = model.token_embedding(tokens) + model.positional_embedding[:length]
        x = model.transformer(x, attn_mask=model.attn_mask[:length, :length])
        x = model.ln_final(x)[torch.arange(len(x), device=x.device), tokens.argmax(-1)]
        return functional.normalize(x @ model.text_projection, dim=-1)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, without gradients; equal texts are encoded once and kept.

        Each text is encoded alone, so that its vector does not depend on its neighbours.

        Args:
            texts: any number of texts; what is longer than the context is cut.

        Returns:
            (B, embed_dim), each of length one, on the device of the network.
        """
        weight = self.model.token_embedding.weight
        state = (weight.device, weight.dtype, *(p._version for p in self.text_parameters()))
        if state != self._text_state:
            self._text_cache, self._text_state = {}, state
        for text in texts:
            if text not in self._text_cache:
                tokens = self.tokenizer([text]).to(weight.device)
                self._text_cache[text] = self.encode_tokens(tokens)[0]
        if not texts:
            return weight.new_zeros(0, self.embed_dim)
        return torch.stack([self._text_cache[text] for text in texts])

    def describe(self) -> dict[str, Any]:
        """Architecture and preprocessing as JSON-able metadata for a weights file."""
        return {"clip": asdict(self.config)}

    def text_parameters(self) -> list[nn.Parameter]:
        """The parameters of the text tower, without the logit scale."""
        own = ("visual.", "logit_scale")
        return [p for name, p in self.model.named_parameters() if not name.startswith(own)]


def build_clip(config: ClipConfig | Mapping[str, Any] = CLIP_WORLD_CONFIG) -> ClipEncoder:
    """An untrained encoder of any open_clip architecture.

    Args:
        config: a `ClipConfig` or the same as a mapping (as stored with weights).
    """
    if isinstance(config, Mapping):
        values = dict(config)
        for key in ("image_mean", "image_std"):
            if key in values:
                values[key] = tuple(values[key])
        config = ClipConfig(**values)
    return ClipEncoder(config)


def save_clip(path: str | Path, clip: ClipEncoder, metadata: Mapping[str, Any]) -> Path:
    """Write an encoder with its architecture and preprocessing in the header.

    Args:
        path: target `.safetensors` file.
        clip: the encoder.
        metadata: further facts (seed, steps, figures ...).
    """
    return save_network(path, clip.model, {**metadata, **clip.describe()})


def load_clip(path: str | Path) -> ClipEncoder:
    """Read an encoder written by `save_clip`, in eval mode.

    Args:
        path: a `.safetensors` file.

    Raises:
        WeightsError: missing or damaged file, or one that is not an encoder of this kind.
    """
    state, metadata = load_state(path)
    if "clip" not in metadata:
        raise WeightsError(f"{path} holds no image-text encoder; give a file written by save_clip.")
    clip = build_clip(metadata["clip"])
    load_exactly(clip.model, state, f"image-text encoder that '{path}' says it holds")
    return clip.eval()

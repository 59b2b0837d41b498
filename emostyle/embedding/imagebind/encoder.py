"""Pictures, texts and recordings to unit vectors, with ImageBind's own preprocessing inside."""

from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.embedding.imagebind.audio import FilterBankSpec, audio_clips
from emostyle.embedding.imagebind.model import ImageBind
from emostyle.embedding.imagebind.preprocessors import PICTURE_SIZE
from emostyle.embedding.imagebind.vision import preprocess_images
from emostyle.embedding.imagebind.words import tokenize
from emostyle.types import Image

Vectors = Float[Tensor, "B D"]


class ImageBindEncoder(nn.Module):
    """The same questions as `ClipEncoder` answers, and sounds besides.

    Args:
        network: with the modalities that will be asked for.
        filter_bank: how sounds are prepared; None takes the published front end.
    """

    def __init__(self, network: ImageBind, filter_bank: FilterBankSpec | None = None) -> None:
        super().__init__()
        self.network = network
        self.filter_bank = filter_bank or FilterBankSpec()

    @property
    def image_size(self) -> int:
        """Side in pixels of the pictures the network sees."""
        vision = self.network.config.towers["vision"]
        return int(vision.geometry.get("image_size", PICTURE_SIZE))

    @property
    def embed_dim(self) -> int:
        """Width of the joint space."""
        return self.network.config.embed_dim

    def encode_image(self, images: Image) -> Vectors:
        """Unit vectors of pictures, differentiable.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size; the centre square is seen.

        Returns:
            (B, embed_dim), each of length one.
        """
        seen = preprocess_images(images, self.image_size)
        return functional.normalize(self.network.embed("vision", seen), dim=-1)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, without gradients.

        Args:
            texts: any number of texts; what is longer than 77 tokens is cut.

        Returns:
            (B, embed_dim), each of length one, on the device of the network.
        """
        ids = tokenize(texts).to(self._weight().device)
        return functional.normalize(self.network.embed("text", ids), dim=-1)

    @torch.no_grad()
    def encode_audio(self, waveforms: Sequence[Tensor], sample_rate_hz: int) -> Vectors:
        """Unit vectors of recordings, without gradients; each is heard alone.

        Args:
            waveforms: (T_i,) or (C_i, T_i), of any lengths.
            sample_rate_hz: their sample rate, Hz.

        Returns:
            (B, embed_dim), each of length one, on the device of the network.

        Raises:
            AudioError: a recording shorter than one analysis frame.
        """
        weight = self._weight()
        vectors = [weight.new_zeros(0, self.embed_dim)]
        for waveform in waveforms:
            clips = audio_clips(torch.atleast_2d(waveform), sample_rate_hz, self.filter_bank)
            vectors.append(self.network.embed("audio", clips[None].to(weight)))
        return functional.normalize(torch.cat(vectors), dim=-1)

    def _weight(self) -> Tensor:
        return next(self.network.parameters())

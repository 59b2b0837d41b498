"""What a sound should lie next to: cached CLIP vectors of captions and of rendered pictures.

The CLIP pair is frozen, so its vectors are computed once, before training, and no tower runs in a
training step. The table is indexed by sound class and strength.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

FAINTEST = 0.25
"""Strength of the faintest training sounds, which are uniform from here to 1."""


def stretched(strengths: Float[Tensor, " N"], gain: float) -> Float[Tensor, " N"]:
    """How strong a picture should be for sounds of these strengths; NaN stays NaN.

    Args:
        strengths: of sounds, in [0, 1].
        gain: 1 leaves them as they are; 2 shows a sound of strength 0.625 in full.
    """
    moved = FAINTEST + gain * (strengths - FAINTEST)
    return strengths if gain == 1.0 else moved.clamp(0.0, 1.0)


class Targets(NamedTuple):
    """Targets of one batch; picture rows of items without a picture are zero and marked.

    Attributes:
        text: a caption of each item's class and strength (N, D).
        image: a picture that shows the class at that strength (N, D).
        other_image: a picture of the same label (class and strength word) from another item (N, D).
        has_image: true where the class has a picture at all (N,).
    """

    text: Float[Tensor, "N D"]
    image: Float[Tensor, "N D"]
    other_image: Float[Tensor, "N D"]
    has_image: Bool[Tensor, " N"]


class TargetTable(nn.Module):
    """Unit vectors of captions and pictures per class and strength.

    Classes of the group 'other' (a dog, a clock, ...) have no picture in the world: their image
    rows are zero and `has_image` is false, so that the image terms leave them out.

    Args:
        classes: names of the sound classes, in label order.
        strengths: the strengths the table knows, ascending, (S,) in [0, 1].
        text: caption vectors (C, S, K, D).
        image: picture vectors (C, S, M, D), M >= 2.
        has_image: (C,).
    """

    strengths: Tensor
    text: Tensor
    image: Tensor
    has_image: Tensor

    def __init__(
        self,
        classes: tuple[str, ...],
        strengths: Tensor,
        text: Tensor,
        image: Tensor,
        has_image: Tensor,
    ) -> None:
        super().__init__()
        self.classes = classes
        self.register_buffer("strengths", strengths)
        self.register_buffer("text", text)
        self.register_buffer("image", image)
        self.register_buffer("has_image", has_image)

    def nearest_strength(self, strengths: Tensor, generator: torch.Generator) -> Tensor:
        """Index of the table strength nearest to each item's; a random one where it is NaN."""
        known = torch.nan_to_num(strengths, nan=0.5)
        nearest = (known[:, None] - self.strengths[None]).abs().argmin(dim=1)
        anything = torch.randint(0, len(self.strengths), strengths.shape, generator=generator)
        return torch.where(strengths.isnan(), anything.to(nearest.device), nearest)

    def sample(
        self,
        labels: Int[Tensor, " N"],
        strengths: Float[Tensor, " N"],
        generator: torch.Generator,
    ) -> Targets:
        """A caption and two different pictures for each item.

        Args:
            labels: class index (N,).
            strengths: strength in [0, 1] (N,), NaN where unknown (real recordings).
            generator: source of the random numbers.
        """
        level = self.nearest_strength(strengths, generator)
        captions, pictures = self.text.shape[2], self.image.shape[2]
        size = labels.shape
        caption = torch.randint(0, captions, size, generator=generator).to(labels.device)
        first = torch.randint(0, pictures, size, generator=generator).to(labels.device)
        step = torch.randint(1, pictures, size, generator=generator).to(labels.device)
        return Targets(
            self.text[labels, level, caption],
            self.image[labels, level, first],
            self.image[labels, level, (first + step) % pictures],
            self.has_image[labels],
        )

    def place(
        self, labels: Int[Tensor, " N"], strengths: Float[Tensor, " N"]
    ) -> Float[Tensor, "N D"]:
        """Where the captions of each item's class and strength lie: their mean, made unit.

        Between two strengths of the table the place moves along the arc from one to the other;
        where the strength is NaN it is the mean over all strengths.
        """
        places = functional.normalize(self.text.mean(2), dim=-1)[labels]
        known = strengths.nan_to_num(0.5).clamp(*self.strengths[[0, -1]].tolist())
        right = torch.searchsorted(self.strengths, known).clamp(1, len(self.strengths) - 1)
        low, high = self.strengths[right - 1], self.strengths[right]
        share = ((known - low) / (high - low))[:, None].to(places)
        rows = torch.arange(len(labels), device=places.device)
        between = (1 - share) * places[rows, right - 1] + share * places[rows, right]
        found = torch.where(strengths.isnan()[:, None], places.mean(1), between)
        return functional.normalize(found, dim=-1)

    def class_text(self) -> Float[Tensor, "C D"]:
        """One prompt vector per class: the normalised mean of its captions over all strengths."""
        return functional.normalize(self.text.flatten(1, 2).mean(1), dim=-1)


def random_targets(
    classes: tuple[str, ...],
    pictured: tuple[bool, ...],
    generator: torch.Generator,
    levels: int = 4,
    dim: int = 512,
) -> TargetTable:
    """A near-orthogonal random table with a direction per class and one for strength, for tests.

    Args:
        classes: class names.
        pictured: whether each class has a picture.
        generator: source of the random numbers.
        levels: number of strengths between 0.25 and 1.
        dim: length of the vectors.
    """
    count, variants = len(classes), 6
    strengths = torch.linspace(0.25, 1.0, levels)
    base = torch.randn(count, 1, 1, dim, generator=generator)
    slope = torch.randn(1, 1, 1, dim, generator=generator) * (strengths - 0.6)[None, :, None, None]

    def noisy(offset: Tensor) -> Tensor:
        noise = 0.5 * torch.randn(count, levels, variants, dim, generator=generator)
        return functional.normalize(base + slope + offset + noise, dim=-1)

    text = noisy(torch.zeros(dim))
    mask = torch.tensor(pictured)
    image = noisy(torch.randn(dim, generator=generator)) * mask[:, None, None, None]
    return TargetTable(classes, strengths, text, image, mask)

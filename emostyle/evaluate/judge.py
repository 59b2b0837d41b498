"""The judge reads the true factors back from a picture. It measures; it never guides an edit."""

from itertools import pairwise

import torch
import torch.nn.functional as functional
from jaxtyping import Float
from torch import Tensor, nn

from emostyle.errors import WeightsError
from emostyle.weights.state import load_exactly
from emostyle.weights.store import bundled_path, load_state
from emostyle.world.domain import get_domain


def _stage(channels_in: int, channels_out: int) -> nn.Sequential:
    """Halve the resolution with a strided convolution, then refine at the new resolution."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


class Judge(nn.Module):
    """A small convolutional regressor from a picture to the factors it was rendered from.

    The last feature map is flattened rather than pooled, so that where a thing is (the side of the
    sun, the height of a brow) can be read. A binary factor is answered with the probability that
    it is above one half.

    Args:
        factor_count: number of factors of the domain (columns of the answer).
        width: channels of the first stage; later stages widen to four times that.
        stages: number of stages, each halving the resolution; the last map is
            `image_size / 2**stages` pixels wide.
        features: length of the penultimate feature vector.
        image_size: pixels each picture is resized to.
    """

    def __init__(
        self,
        factor_count: int,
        width: int = 24,
        stages: int = 5,
        features: int = 256,
        image_size: int = 128,
    ) -> None:
        super().__init__()
        self.arguments = {
            "factor_count": factor_count,
            "width": width,
            "stages": stages,
            "features": features,
            "image_size": image_size,
        }
        self.image_size = image_size
        widths = [min(width * 2**stage, width * 4) for stage in range(stages)]
        stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        self.trunk = nn.Sequential(stem, *(_stage(a, b) for a, b in pairwise(widths)))
        last = image_size // 2**stages
        squeezed = max(1, widths[-1] // 2)
        self.neck = nn.Sequential(
            nn.Conv2d(widths[-1], squeezed, 1),
            nn.Flatten(),
            nn.Linear(squeezed * last * last, features),
            nn.ReLU(),
        )
        self.head = nn.Linear(features, factor_count)

    def features(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B K"]:
        """Penultimate features, used as a perceptual distance between pictures of the world.

        Args:
            images: (B, 3, H, W) in [-1, 1], any size.

        Returns:
            Non-negative features (B, K).
        """
        if images.shape[-2:] != (self.image_size, self.image_size):
            size = (self.image_size, self.image_size)
            images = functional.interpolate(images, size, mode="bilinear", antialias=True)
        features: Tensor = self.neck(self.trunk(images))
        return features

    def logits(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B F"]:
        """The answer before the sigmoid, for training.

        Args:
            images: (B, 3, H, W) in [-1, 1].

        Returns:
            Logits (B, F), one per factor.
        """
        logits: Tensor = self.head(self.features(images))
        return logits

    def forward(self, images: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B F"]:
        """Read the factors of pictures.

        Args:
            images: (B, 3, H, W) in [-1, 1].

        Returns:
            Factors (B, F) in [0, 1], columns in the order of the domain's factor names.
        """
        return self.logits(images).sigmoid()


def load_judge(domain: str) -> Judge:
    """The bundled judge of a domain, frozen and in evaluation mode.

    Args:
        domain: `landscape` or `portrait`.

    Returns:
        The judge, on the CPU.

    Raises:
        StackError: if the domain is unknown.
        WeightsError: if the file does not say how its network is built.
    """
    path = bundled_path(f"judge_{get_domain(domain).name}")
    state, metadata = load_state(path)
    if "arguments" not in metadata:
        raise WeightsError(
            f"{path} does not say how its network is built; train it again (make weights)."
        )
    judge = Judge(**metadata["arguments"])
    load_exactly(judge, state, f"judge that '{path}' says it holds")
    return judge.eval().requires_grad_(False)


@torch.no_grad()
def read_factors(
    judge: Judge, images: Float[Tensor, "B 3 H W"], batch_size: int = 32
) -> tuple[Float[Tensor, "B F"], Float[Tensor, "B K"]]:
    """Read factors and features of many pictures, a few at a time.

    Args:
        judge: a judge in evaluation mode.
        images: (B, 3, H, W) in [-1, 1].
        batch_size: pictures per pass.

    Returns:
        Factors (B, F) in [0, 1] and features (B, K).
    """
    features = torch.cat([judge.features(part) for part in images.split(batch_size)])
    return judge.head(features).sigmoid(), features

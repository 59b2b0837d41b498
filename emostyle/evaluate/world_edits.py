"""What an edit in the bundled world did, in figures. The world knows the truth, so it can be asked.

All functions are pure: pictures, features and factors come in, figures go out. Factors are what the
judge read, in [0, 1]; columns follow `Domain.factor_names`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from scipy.stats import spearmanr
from torch import Tensor

from emostyle.errors import EmoStyleError
from emostyle.world.domain import Domain, Scenes

RISE = 0.5
"""A factor has risen when the judge sees it this much higher, as a share of its range."""
TOLERANCE = 0.15
"""A continuous factor has stayed when the judge sees it within this share of its range."""


def hit(
    before: Float[Tensor, "N F"], after: Float[Tensor, "N F"], column: int, rise: float = RISE
) -> Bool[Tensor, " N"]:
    """Whether the factor that the sound speaks of rose by at least half of its range.

    Args:
        before: factors the judge reads from the starting pictures.
        after: factors the judge reads from the edited pictures.
        column: the sound's factor.
        rise: least rise that counts.

    Returns:
        One truth value per edit.
    """
    return after[:, column] - before[:, column] >= rise


def stayed(
    before: Float[Tensor, "N F"],
    after: Float[Tensor, "N F"],
    domain: Domain,
    factor: str,
    tolerance: float = TOLERANCE,
) -> Bool[Tensor, "N S"]:
    """Which structure factors stayed, of those the sound does not speak of.

    A continuous factor stays within `tolerance` of its range, a binary one in its class.

    Args:
        before: factors the judge reads from the starting pictures.
        after: factors the judge reads from the edited pictures.
        domain: the picture domain.
        factor: the sound's factor; what it may rightly change is left out.
        tolerance: largest change of a continuous factor that counts as staying.

    Returns:
        One truth value per edit and structure factor that was asked; S may be 0.
    """
    asked = [name for name in domain.structure if name not in domain.spoken.get(factor, ())]
    columns = [domain.index(name) for name in asked]
    binary = torch.tensor(
        [name in domain.binary for name in asked], dtype=torch.bool, device=before.device
    )
    start, end = before[:, columns], after[:, columns]
    same_class = (start > 0.5) == (end > 0.5)
    return torch.where(binary, same_class, (end - start).abs() <= tolerance)


def raised(scenes: Scenes, column: int, strength: Float[Tensor, " N"]) -> Float[Tensor, "N F"]:
    """The factors of the same scenes with one factor raised to the sound's strength.

    Args:
        scenes: the starting scenes.
        column: the sound's factor.
        strength: strength of each sound in [0, 1]; a factor already higher is left as it is.

    Returns:
        Factors of the true picture (N, F).
    """
    factors = scenes.factors.clone()
    factors[:, column] = torch.maximum(factors[:, column], strength.to(factors))
    return factors


@dataclass(frozen=True)
class Closeness:
    """Distances of start and end to the world's own picture of what the sound says, per edit.

    Attributes:
        pixels_start: mean absolute pixel difference between start and truth, (N,).
        pixels_end: the same for the edited picture, (N,).
        features_start: distance of the judge's features between start and truth, (N,).
        features_end: the same for the edited picture, (N,).
    """

    pixels_start: Tensor
    pixels_end: Tensor
    features_start: Tensor
    features_end: Tensor

    @property
    def closer(self) -> Bool[Tensor, " N"]:
        """Edits that came closer to the truth in pixels and in features."""
        pixels = self.pixels_end < self.pixels_start
        return pixels & (self.features_end < self.features_start)


def closeness(
    images: tuple[Float[Tensor, "N 3 H W"], Float[Tensor, "N 3 H W"], Float[Tensor, "N 3 H W"]],
    features: tuple[Float[Tensor, "N K"], Float[Tensor, "N K"], Float[Tensor, "N K"]],
) -> Closeness:
    """Distances to the truth, in L1 on pixels and L2 on the judge's penultimate features.

    Args:
        images: starting, edited and true pictures, each (N, 3, H, W) in [-1, 1].
        features: features of the same three.

    Returns:
        The four distances per edit.
    """
    start, end, truth = images
    f_start, f_end, f_truth = features
    return Closeness(
        pixels_start=(start - truth).abs().flatten(1).mean(1),
        pixels_end=(end - truth).abs().flatten(1).mean(1),
        features_start=(f_start - f_truth).norm(dim=1),
        features_end=(f_end - f_truth).norm(dim=1),
    )


def spearman(a: Float[Tensor, " N"], b: Float[Tensor, " N"]) -> float:
    """Spearman's rank correlation; 0 where one side is constant.

    Args:
        a: first variable.
        b: second variable, as long as the first.

    Returns:
        Correlation in [-1, 1].

    Raises:
        EmoStyleError: for fewer than two pairs.
    """
    if len(a) < 2:
        raise EmoStyleError(
            f"Spearman correlation got {len(a)} pair(s) and needs at least 2; use more seeds or"
            " classes (--seeds, --classes)."
        )
    if a.unique().numel() == 1 or b.unique().numel() == 1:
        return 0.0
    return float(spearmanr(a.numpy(), b.numpy()).statistic)


def mean_spearman(pairs: Mapping[str, tuple[Tensor, Tensor]]) -> float:
    """Mean over sound classes of the correlation between strength and the factor after the edit.

    Args:
        pairs: per class, strengths (N,) and the judge's factors (N,).

    Returns:
        Mean correlation in [-1, 1].
    """
    values = [spearman(strength, factor) for strength, factor in pairs.values()]
    return sum(values) / len(values)


def share(truths: Bool[Tensor, " *any"]) -> float:
    """Share of true values; 1 when nothing was asked.

    Args:
        truths: truth values of any shape.

    Returns:
        Share in [0, 1].
    """
    return float(truths.float().mean()) if truths.numel() else 1.0

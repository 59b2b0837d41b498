"""Held-out figures of a judge: error and correlation per factor."""

from collections.abc import Collection

import torch
from jaxtyping import Float
from torch import Tensor


def factor_targets(
    factors: Float[Tensor, "B F"], names: tuple[str, ...], binary: Collection[str]
) -> Float[Tensor, "B F"]:
    """What the judge should answer: the factor itself, or 0 and 1 for a binary factor.

    Args:
        factors: true factors in [0, 1].
        names: factor of each column.
        binary: names of the factors that are drawn as a yes or no around one half.

    Returns:
        Targets (B, F) in [0, 1].
    """
    is_binary = torch.tensor([name in binary for name in names], device=factors.device)
    return torch.where(is_binary, (factors > 0.5).to(factors), factors.clamp(0.0, 1.0))


def mean_absolute_error(
    answers: Float[Tensor, "B F"], targets: Float[Tensor, "B F"]
) -> Float[Tensor, " F"]:
    """Mean absolute error per factor.

    Args:
        answers: what the judge read, in [0, 1].
        targets: the truth, in [0, 1].

    Returns:
        One error per factor.
    """
    return (answers - targets).abs().mean(0)


def correlation(
    answers: Float[Tensor, "B F"], targets: Float[Tensor, "B F"]
) -> Float[Tensor, " F"]:
    """Pearson correlation per factor; 0 where one side does not vary.

    Args:
        answers: what the judge read, in [0, 1].
        targets: the truth, in [0, 1].

    Returns:
        One correlation in [-1, 1] per factor.
    """
    a = answers - answers.mean(0)
    b = targets - targets.mean(0)
    scale = (a.square().sum(0) * b.square().sum(0)).sqrt()
    return torch.where(
        scale > 1e-12, (a * b).sum(0) / scale.clamp_min(1e-12), torch.zeros_like(scale)
    )

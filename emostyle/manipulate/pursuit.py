"""Where an edit goes first: the one axis that alone brings the picture closest to its guides.

The gradient of a quiet scene often does not know the way to an explosion or to waves, and ends at
whatever lies downhill. So every axis is tried once, in both directions, as the first step of
matching pursuit does (Mallat, Zhang 1993, "Matching pursuits with time-frequency dictionaries");
the gradient then starts from the best of them.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from emostyle.manipulate.step import EditTargets

SIZES = (1.5, 3.0)
"""Lengths of the tried steps, in units of the axes; each also backwards."""
BATCH = 16
"""Pictures drawn at a time."""

Score = Callable[[Float[Tensor, "B L D"], EditTargets], Float[Tensor, " B"]]


def candidates(axes: Float[Tensor, "D D"]) -> Float[Tensor, "C D"]:
    """No step at all, then every axis that has a length, by every size and in both directions."""
    rows = axes.norm(dim=1).nonzero()[:, 0]
    units = torch.eye(len(axes)).to(axes)[rows]
    steps = [sign * size * units for size in SIZES for sign in (1, -1)]
    return torch.cat([units.new_zeros(1, len(axes)), *steps])


def item_targets(targets: EditTargets, item: int, copies: int) -> EditTargets:
    """The targets of one item, several times over."""

    def of(rows: Tensor) -> Tensor:
        return rows[item].expand(copies, *rows.shape[1:])

    identity = targets.identity_start
    return replace(
        targets,
        w_start=of(targets.w_start),
        guides={name: of(vectors) for name, vectors in targets.guides.items()},
        image_start=of(targets.image_start),
        identity_start=None if identity is None else of(identity),
    )


@torch.no_grad()
def best_axis(targets: EditTargets, score: Score) -> Float[Tensor, "N D"]:
    """The step along one axis with the least objective, for each item by itself.

    Args:
        targets: of N items, with axes.
        score: latents (B, L, D) and their targets to the objective (B,).

    Returns:
        Steps in units of the axes (N, D): one number of each row is not zero, or none.

    Raises:
        ValueError: the targets have no axes.
    """
    if targets.axes is None:
        raise ValueError("best_axis needs targets with axes.")
    steps = candidates(targets.axes)
    best = []
    for item in range(len(targets.w_start)):
        totals = []
        for part in steps.split(BATCH):
            mine = item_targets(targets, item, len(part))
            totals.append(score(mine.w_start + part[:, None], mine))
        best.append(steps[torch.cat(totals).argmin()])
    return torch.stack(best)

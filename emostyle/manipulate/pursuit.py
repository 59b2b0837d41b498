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

REACH = 3.0
"""Length of the steps by which axes are compared, in their own units; each also backwards."""
SHORTER = 0.5
"""The best steps are also tried at this share of their length."""
KEPT = 8
"""How many steps are tried shorter."""
BATCH = 16
"""Pictures drawn at a time."""

Score = Callable[[Float[Tensor, "B L D"], EditTargets], Float[Tensor, " B"]]


def candidates(axes: Float[Tensor, "D D"]) -> Float[Tensor, "C D"]:
    """No step at all, then every axis that has a length, forwards and backwards."""
    rows = axes.norm(dim=1).nonzero()[:, 0]
    units = REACH * torch.eye(len(axes)).to(axes)[rows]
    return torch.cat([units.new_zeros(1, len(axes)), units, -units])


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
    far = candidates(targets.axes)
    best = []
    for item in range(len(targets.w_start)):
        totals = totals_of(far, targets, item, score)
        near = SHORTER * far[totals.argsort()[:KEPT]]
        steps = torch.cat([far, near])
        best.append(steps[torch.cat([totals, totals_of(near, targets, item, score)]).argmin()])
    return torch.stack(best)


def totals_of(
    steps: Float[Tensor, "C D"], targets: EditTargets, item: int, score: Score
) -> Float[Tensor, " C"]:
    """The objective of one item after each of some steps."""
    totals = []
    for part in steps.split(BATCH):
        mine = item_targets(targets, item, len(part))
        totals.append(score(mine.w_start + part[:, None], mine))
    return torch.cat(totals)

"""Learning rates over a fit, as Lightning wants them from `configure_optimizers`."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, OneCycleLR, SequentialLR

START_SHARE = 0.02
"""Of the learning rate, where a ramp begins."""


def one_cycle(optimizer: Optimizer, steps: float, warm: float = 0.1) -> dict[str, Any]:
    """One cycle (Smith, Topin 2018, "Super-convergence").

    Up to the learning rate that each group of the optimiser was given, then down by a cosine, one
    change per step.

    Args:
        optimizer: its groups' learning rates are the peaks.
        steps: length of the fit (`trainer.estimated_stepping_batches`).
        warm: share of the steps on the way up.
    """
    peaks = [group["lr"] for group in optimizer.param_groups]
    schedule = OneCycleLR(optimizer, peaks, total_steps=max(2, int(steps)), pct_start=warm)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def warmup_cosine(optimizer: Optimizer, steps: float, warmup_steps: int) -> dict[str, Any]:
    """A linear ramp from `START_SHARE` of the learning rate, then a cosine down to zero.

    Args:
        optimizer: its rates are the highest.
        steps: optimiser steps of the whole fit.
        warmup_steps: of the ramp, at most half of all.
    """
    total = max(int(steps), 2)
    warmup = min(warmup_steps, total // 2)
    ramp = LinearLR(optimizer, START_SHARE, 1.0, max(warmup, 1))
    cosine = CosineAnnealingLR(optimizer, total - warmup)
    both = SequentialLR(optimizer, [ramp, cosine], [warmup])
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": both, "interval": "step"}}

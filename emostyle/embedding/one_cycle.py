"""The one-cycle learning rate that the bundled networks are trained with."""

from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


def one_cycle(optimizer: Optimizer, steps: float, warm: float = 0.1) -> dict[str, Any]:
    """An optimiser and its schedule, as Lightning wants them from `configure_optimizers`.

    Smith, Topin 2018, "Super-convergence": up to the learning rate that each group of the
    optimiser was given, then down by a cosine, one change per step.

    Args:
        optimizer: its groups' learning rates are the peaks.
        steps: length of the fit (`trainer.estimated_stepping_batches`).
        warm: share of the steps on the way up.
    """
    peaks = [group["lr"] for group in optimizer.param_groups]
    schedule = OneCycleLR(optimizer, peaks, total_steps=max(2, int(steps)), pct_start=warm)
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

"""Learning-rate ramp of latent optimisation (Karras et al. 2020, projector; StyleCLIP)."""

import math


def learning_rate(
    step: int, steps: int, peak: float, ramp_up: float = 0.05, ramp_down: float = 0.25
) -> float:
    """Linear up over the first share of the steps, half a cosine down over the last.

    Args:
        step: current step, 0 .. steps - 1.
        steps: length of the fit.
        peak: learning rate between the ramps.
        ramp_up: share of the steps that ramp up.
        ramp_down: share of the steps that ramp down.

    Example:
        >>> [round(learning_rate(s, 100, 0.1), 3) for s in (0, 5, 50, 99)]
        [0.0, 0.1, 0.1, 0.0]
    """
    progress = step / max(1, steps)
    down = min(1.0, (1 - progress) / ramp_down)
    down = 0.5 - 0.5 * math.cos(down * math.pi)
    return peak * down * min(1.0, progress / ramp_up)


def noise_scale(step: int, steps: int, start: float, share: float = 0.75) -> float:
    """Noise on the latent that falls quadratically to zero (Karras et al. 2020, appendix D).

    Args:
        step: current step, 0 .. steps - 1.
        steps: length of the fit.
        start: standard deviation at the first step.
        share: share of the steps after which it is gone.

    Example:
        >>> [noise_scale(s, 100, 0.4) for s in (0, 75, 99)]
        [0.4, 0.0, 0.0]
    """
    return start * max(0.0, 1 - step / max(1, steps) / share) ** 2


def walk_steps(steps: int, share: float = 0.2) -> int:
    """Steps over which an edit walks along the axis it begins with (`manipulate.pursuit`).

    Args:
        steps: length of the fit.
        share: share of the steps; at least one step.

    Example:
        >>> [walk_steps(s) for s in (300, 3)]
        [60, 1]
    """
    return max(1, round(share * steps))

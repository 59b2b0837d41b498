"""Fire: short clustered cracks of wood over the flutter of flames."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take


def crackle_bank(take: Take, size: int = 20) -> list[Signal]:
    """Short broadband cracks, 1-40 ms, each with its own colour, peak 1."""
    bank = []
    for _ in range(size):
        time = take.log_uniform(0.0002, 0.004)
        n = int(take.rate_hz * time * 7) + 8
        crack = noise.white(take, n) * noise.decay(n, take.rate_hz, time, 0.0001)
        low = take.log_uniform(400, 5000)
        crack = noise.band(crack, take, low, low * take.log_uniform(6, 40), 1)
        bank.append(noise.peak(crack))
    return bank


def fire(take: Take, strength: float) -> Signal:
    """A fire; strength raises the rate of cracks and the roar of the flames.

    Args:
        take: the take.
        strength: in [0, 1], embers to blaze.

    Returns:
        (T,) float32, any scale.
    """
    rate = 2.0 * 25**strength * take.log_uniform(0.8, 1.25)
    at = noise.onsets(take, rate, take.uniform(0.3, 0.8))
    loud = take.rng.pareto(take.uniform(1.1, 2.4), at.size).clip(0, 30) + 0.1
    cracks = noise.scatter(take, at, loud, crackle_bank(take))
    fine_at = noise.onsets(take, min(rate * take.log_uniform(2, 6), 500), 0.5)
    fine = noise.scatter(
        take, fine_at, take.rng.lognormal(-1, 0.8, fine_at.size), crackle_bank(take)
    )
    flutter = noise.wander(take, take.uniform(5, 14)) * (0.1 + 0.5 * strength)
    flutter += 0.4 * noise.wander(take, take.uniform(0.5, 2))
    roar = noise.band(
        noise.coloured(take, take.uniform(-9, -4), 20),
        take,
        None,
        take.log_uniform(80, 250) * (1 + strength),
        1,
    )
    roar = (roar * np.exp(flutter)).astype(np.float32)
    hiss = noise.band(noise.white(take), take, take.log_uniform(800, 4000), None, 1)
    hiss = (hiss * np.exp(0.4 * flutter)).astype(np.float32)
    parts = [
        (cracks, take.log_uniform(0.5, 1.0)),
        (fine, take.uniform(0.05, 0.3)),
        (roar, take.log_uniform(0.5, 1.2) * (0.1 + 2.4 * strength)),
        (hiss, take.log_uniform(0.04, 0.12) * (0.4 + 1.6 * strength)),
    ]
    return noise.mix(parts)

"""Rain: a hiss of countless far drops, a patter of near ones, and now and then a drip."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take

KINDS = ("open", "leaves", "roof", "window", "downpour", "drips", "umbrella")


def _drop_bank(take: Take, kind: str, bright_hz: float) -> list[Signal]:
    bank = []
    rate = take.rate_hz
    for _ in range(32):
        length = int(rate * take.uniform(0.003, 0.02))
        click = noise.white(take, length) * noise.decay(length, rate, take.uniform(0.0006, 0.004))
        if kind in ("roof", "umbrella", "window"):
            tail = int(rate * take.uniform(0.02, 0.09))
            f = take.log_uniform(200, 1800) * take.rng.uniform(0.7, 4.5, 5)
            ring = noise.modes(f, take.rng.uniform(0.001, 0.009, 5), take.rng.random(5), tail, rate)
            grain = noise.peak(ring) * take.uniform(0.4, 1.0)
            noise.add(grain, 0, noise.peak(click), 0.8)
        else:
            low = take.log_uniform(400, 2500)
            grain = noise.band(click, take, low, low * take.uniform(2, 5) + bright_hz / 3, 1)
        bank.append(noise.peak(grain))
    return bank


def _drips(take: Take, rate_hz: float) -> Signal:
    out = take.silence()
    for at in noise.onsets(take, rate_hz):
        n = int(take.rate_hz * take.uniform(0.02, 0.09))
        f = take.log_uniform(500, 3500)
        sound = noise.tone([f, f * take.uniform(1.02, 1.6)], take, n)
        sound *= noise.decay(n, take.rate_hz, take.uniform(0.006, 0.02))
        noise.add(out, int(at * take.rate_hz), sound, take.log_uniform(0.1, 1.0))
    return out


def rain(take: Take, strength: float) -> Signal:
    """Rain; strength raises drop density, bandwidth and share of the hiss.

    Args:
        take: the take.
        strength: in [0, 1], drizzle to downpour.

    Returns:
        (T,) float32, any scale.
    """
    weights = [3, 2, 2, 1, 3 * strength, 1.5 * (1 - strength), 1]
    kind = take.choice(KINDS, weights)
    bright = take.log_uniform(2500, 6000) * (1 + 2.2 * strength)
    hiss = noise.coloured(take, take.uniform(-4.0, 0.5), take.log_uniform(100, 700))
    hiss = noise.band(hiss, take, take.log_uniform(60, 500), bright, take.integer(1, 2))
    hiss = hiss * (1 + 0.1 * noise.wander(take, take.uniform(0.3, 2))).astype(np.float32)
    density = 20 * 100**strength * take.log_uniform(0.6, 1.6)
    at = noise.onsets(take, min(density, 3000))
    gains = take.rng.lognormal(0, take.uniform(0.5, 1.1), at.size)
    patter = noise.scatter(take, at, gains, _drop_bank(take, kind, bright))
    hiss_share = {"downpour": 1.6, "drips": 0.15, "open": 1.0}.get(kind, 0.6)
    hiss_share *= (0.25 + strength) * take.log_uniform(0.5, 2)
    parts = [(hiss, hiss_share), (patter, 0.7)]
    if kind == "drips" or take.chance(0.25):
        parts.append((_drips(take, take.log_uniform(1, 4) * (0.5 + 2 * strength)), 0.35))
    if take.chance(0.25):
        water = noise.band(noise.white(take), take, 250, take.log_uniform(700, 2000))
        parts.append((water, 0.4 * strength))
    return noise.mix(parts)

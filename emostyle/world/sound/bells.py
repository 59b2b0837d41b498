"""Struck metal: church bells and the escapement of a clock."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take

# Ratios of hum, prime, tierce, quint, nominal and upper partials of a tuned bell.
BELL_RATIOS = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.3, 6.6])


def church_bells(take: Take, strength: float) -> Signal:
    """Church bells; strength raises strike rate and the number of bells."""
    out = take.silence()
    base = take.log_uniform(180, 600)
    bells = 1 + take.count(2.5 * strength)
    for k in range(bells):
        prime = base * take.choice((1.0, 1.125, 1.25, 1.333, 1.5, 1.667)) if k else base
        ratios = BELL_RATIOS * np.exp(0.01 * take.rng.standard_normal(BELL_RATIOS.size))
        lives = take.uniform(1.5, 4) / ratios**0.8
        levels = take.rng.uniform(0.2, 1, ratios.size) * ratios ** -take.uniform(0.2, 0.9)
        n = take.n_samples + take.rate_hz
        strike = noise.peak(noise.modes(prime * ratios, lives, levels, n, take.rate_hz))
        strike *= np.minimum(1, np.arange(n) / (0.002 * take.rate_hz)).astype(np.float32)
        click = noise.white(take, 1500) * noise.decay(1500, take.rate_hz, 0.006)
        noise.add(strike, 0, click, take.uniform(0.02, 0.2))
        period = take.uniform(1.2, 3.2) / (0.6 + 1.2 * strength)
        at = -take.uniform(0, period)
        while at < take.seconds:
            noise.add(out, int(at * take.rate_hz), strike, take.uniform(0.5, 1))
            at += period * take.uniform(0.95, 1.05)
    return out


def clock_tick(take: Take, strength: float) -> Signal:
    """A ticking clock; strength raises the tick rate."""
    rate = take.log_uniform(0.9, 1.5) * 3.2**strength
    bank = []
    for _ in range(2):
        n = int(take.rate_hz * take.uniform(0.02, 0.12))
        f = take.log_uniform(700, 3500) * take.rng.uniform(0.4, 3.5, 8)
        ring = noise.peak(
            noise.modes(f, take.log_uniform(0.001, 0.012), take.rng.random(8), n, take.rate_hz)
        )
        click = noise.white(take, n) * noise.decay(n, take.rate_hz, take.log_uniform(0.0005, 0.003))
        tick = noise.peak(ring + np.float32(take.uniform(0.2, 1.5)) * click)
        second = tick.copy()
        noise.add(second, int(take.rate_hz * take.uniform(0.004, 0.02)), tick, take.uniform(0, 0.8))
        bank.append(second)
    out = take.silence()
    for k, at in enumerate(np.arange(take.uniform(0, 1 / rate), take.seconds, 1 / rate)):
        place = int((at + take.normal(0.002)) * take.rate_hz)
        noise.add(out, place, bank[k % 2], take.uniform(0.8, 1.0))
    bed = noise.band(noise.coloured(take, take.uniform(-5, -1)), take, 60, None, 1)
    return noise.peak(out) + bed * np.float32(take.log_uniform(0.0003, 0.02))

"""Machines: two-stroke saws, electric and pneumatic drills, helicopters."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Curve, Signal, Take


def _engine(take: Take, f0_hz: Curve, tilt: float, noisiness: float) -> Signal:
    """Firing pulses of an engine: harmonics with random levels, and noise gated by the pulses."""
    jitter = 1 + 0.02 * noise.wander(take, 60)
    phase = np.cumsum(f0_hz * jitter) / take.rate_hz
    count = int(np.clip(take.top_hz / f0_hz.max(), 4, 110))
    k = np.arange(1, count + 1)
    levels = k**-tilt * np.exp(0.6 * take.rng.standard_normal(count))
    tones = noise.wavetable(phase, levels, take.rng.uniform(0, 2 * np.pi, count))
    gate = (0.25 + np.maximum(np.cos(2 * np.pi * phase), 0) ** 3).astype(np.float32)
    return noise.mix([(tones, 1.0), (noise.white(take) * gate, noisiness)])


def chainsaw(take: Take, strength: float) -> Signal:
    """A chain saw; strength moves it from idling to cutting at full throttle."""
    idle, full = take.uniform(28, 50), take.log_uniform(90, 190)
    throttle = noise.wander(take, take.log_uniform(0.3, 1.2)) * 1.2 + 2.2 * strength - 0.9
    revving = take.chance(0.4)
    throttle = 1 / (1 + np.exp(-(8 if revving else 3) * throttle))
    cutting = (throttle * (1 + 0.12 * noise.wander(take, 3))).clip(0, 1.2)
    f0 = idle + (full - idle) * cutting
    x = _engine(take, f0, take.uniform(0.7, 1.5), take.uniform(0.4, 1.4))
    x = x * (take.uniform(0.05, 0.3) + throttle * np.exp(0.2 * noise.wander(take, 4))).astype(
        np.float32
    )
    body = take.log_uniform(600, 3000)
    ring = noise.band(x, take, body, body * take.uniform(1.6, 3), 1)
    x = noise.mix([(x, 1.0), (ring, take.uniform(0.1, 0.8))])
    return noise.band(x, take, take.log_uniform(30, 120), take.log_uniform(1500, 9000), 1)


def drill(take: Take, strength: float) -> Signal:
    """A drill or jackhammer; strength raises motor speed and blow rate."""
    if take.chance(0.4):
        rate = take.uniform(9, 16) + 14 * strength
        bank = []
        for _ in range(6):
            n = int(take.rate_hz * take.uniform(0.03, 0.08))
            f = take.rng.uniform(200, 5000, 9)
            hit = noise.peak(
                noise.modes(f, take.uniform(0.004, 0.02), take.rng.random(9), n, take.rate_hz)
            )
            click = noise.white(take, n) * noise.decay(n, take.rate_hz, 0.008)
            bank.append(hit + 0.7 * click)
        at = np.arange(0, take.seconds, 1 / rate)
        on = np.interp(at, np.linspace(0, take.seconds, 30), noise.wander(take, 0.5, 30) > -0.9)
        at = at + take.rng.normal(0, 0.002, at.size)
        hits = noise.scatter(take, at.clip(0), on * take.rng.uniform(0.7, 1, at.size), bank)
        return noise.mix([(hits, 1.0), (noise.coloured(take, -3), take.uniform(0.05, 0.3))])
    motor = take.log_uniform(180, 500) * (1 + 1.5 * strength)
    load = 1 - 0.12 * np.clip(noise.wander(take, take.uniform(0.4, 1.5)), 0, None)
    start = np.clip((noise.times(take) - take.uniform(-0.5, 1)) / take.uniform(0.1, 0.5), 0.02, 1)
    whine = _engine(take, motor * load * start, take.uniform(0.5, 1.2), take.uniform(0.2, 0.8))
    gear = noise.tone((motor * load * take.uniform(3, 9))[::50], take)
    x = noise.mix([(whine, 1.0), (gear, take.uniform(0.1, 0.6))]) * start.astype(np.float32)
    return noise.band(x, take, take.log_uniform(100, 500), None, 1)


def helicopter(take: Take, strength: float) -> Signal:
    """A helicopter; strength raises blade rate and the sharpness of the blade slap."""
    rate = take.uniform(9, 15) + 9 * strength
    phase = np.cumsum(rate * (1 + 0.01 * noise.wander(take, 0.5))) / take.rate_hz
    sharp = 2 + 10 * strength * take.uniform(0.5, 1)
    slap = ((0.5 + 0.5 * np.cos(2 * np.pi * phase)) ** sharp).astype(np.float32)
    floor = np.float32(take.log_uniform(0.25, 2.5) * (1.3 - 0.8 * strength))
    low = noise.band(noise.white(take), take, 25, take.log_uniform(100, 450))
    thump = low * (slap + floor)
    chop = noise.band(noise.white(take), take, 300, take.log_uniform(1500, 6000), 1) * (
        slap + floor
    )
    parts = [(thump, 1.0), (chop, take.uniform(0.2, 1.0))]
    parts.append((noise.tone(take.log_uniform(60, 140), take), take.uniform(0, 0.3)))
    parts.append((noise.tone(take.log_uniform(1500, 7000), take), take.uniform(0, 0.12)))
    steady = noise.coloured(take, take.uniform(-7, -3), 25)
    parts.append((steady, take.uniform(0.2, 1.2)))
    x = noise.mix(parts)
    slow = 0.5 * noise.wander(take, 0.25) + 0.15 * noise.wander(take, 2)
    pass_by = np.exp(slow).astype(np.float32)
    return noise.band(x * pass_by, take, None, take.log_uniform(1200, 10000), 1)

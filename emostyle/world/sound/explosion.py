"""Explosions: one hard onset whose top dies sooner than its boom, then debris."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.fire import crackle_bank
from emostyle.world.sound.take import Signal, Take


def _blast(take: Take, strength: float) -> Signal:
    part = take.part(min(take.uniform(1.2, 2.2) + 4 * strength, take.seconds + 1))
    frames = noise.frame_count(part, 512)
    f = noise.frame_frequencies(part, 512)[None]
    t = (np.arange(frames) * 256 / take.rate_hz)[:, None]
    high_s = take.log_uniform(0.07, 0.15) * (0.4 + 1.6 * strength)
    low_s = take.log_uniform(0.35, 0.9) * (0.4 + 2.6 * strength)
    life = low_s / (1 + (f / take.log_uniform(80, 300)) ** 0.7) + high_s * 0.3
    colour = 1 / (
        1 + (f / (take.log_uniform(300, 1500) * (0.6 + 5 * strength))) ** take.uniform(0.8, 1.6)
    )
    held_s = take.log_uniform(0.01, 0.5) * (0.3 + 1.7 * strength)
    gain = colour * np.exp(-np.maximum(t - held_s, 0) / life)
    gain *= np.exp(0.25 * noise.wander(part, 12, frames))[:, None]
    x = noise.peak(noise.shape_spectrum(noise.coloured(part, take.uniform(-4, 0)), gain, 512))
    n = part.n_samples
    x *= np.minimum(1, np.arange(n) / (take.rate_hz * take.log_uniform(0.001, 0.02))).astype(
        np.float32
    )
    top = take.uniform(35, 120)
    sub = noise.tone(top * np.exp(-np.linspace(0, 1.3, 64)) + 20, take, n)
    x += sub * noise.decay(n, take.rate_hz, low_s * 0.7, 0.005) * np.float32(take.uniform(0.2, 0.9))
    drive = take.log_uniform(1, 6)
    return noise.peak(np.tanh(drive * x).astype(np.float32))


def explosion(take: Take, strength: float) -> Signal:
    """Explosions; strength lengthens and brightens the blast and adds debris and further blasts.

    Args:
        take: the take.
        strength: in [0, 1], a distant thud to a detonation close by.

    Returns:
        (T,) float32, any scale.
    """
    out = take.silence()
    kind = take.choice(("single", "several", "fireworks"), [5, 2 + strength, 1.0])
    first = take.uniform(0.0, 0.3 * take.seconds)
    blasts = [first]
    if kind != "single":
        more = 1 + take.count((1 + 2.5 * strength) * (1.6 if kind == "fireworks" else 0.6))
        blasts += list(take.rng.uniform(first, 0.9 * take.seconds, more))
    for k, at in enumerate(blasts):
        size = strength if k == 0 else strength * take.uniform(0.4, 1)
        size = 0.3 * size if kind == "fireworks" else size
        gain = 1.0 if k == 0 else take.log_uniform(0.3, 1)
        noise.add(out, int(at * take.rate_hz), _blast(take, size), gain)
        if kind == "fireworks" and take.chance(0.4):
            n = int(take.rate_hz * take.uniform(0.3, 0.9))
            f = take.uniform(700, 1500)
            whistle = noise.tone([f, f * 2.2], take, n) * noise.bump(n, 0.3, 0.2)
            noise.add(out, int(at * take.rate_hz) - n, whistle, 0.12)
    debris_at = noise.onsets(take, (4 + 100 * strength) * take.uniform(0.4, 1), 0.4)
    fade = np.exp(-np.abs(debris_at - first - 0.6) / take.uniform(0.5, 1.5)) * (debris_at > first)
    debris = noise.scatter(
        take, debris_at, fade * take.rng.lognormal(-1, 0.7, fade.size), crackle_bank(take)
    )
    out += debris * np.float32(take.uniform(0.1, 0.3))
    ambience = noise.coloured(take, take.uniform(-6, -3))
    return out + ambience * np.float32(take.log_uniform(0.001, 0.02))

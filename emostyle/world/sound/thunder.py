"""Thunder: tearing cracks and a rumble that darkens as it rolls away, often over rain."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.rain import rain
from emostyle.world.sound.take import Curve, Signal, Take
from emostyle.world.sound.wind import wind


def _clap(take: Take, at_s: float, sharpness: float, t: Curve) -> tuple[Curve, Curve]:
    """Level (frames,) and cut-off (frames,) of one clap."""
    since = np.maximum(t - at_s, 0.0)
    length = take.uniform(1.0, 3.5)
    rise = take.log_uniform(0.02, 0.7) * (1.2 - sharpness)
    level = (1 - np.exp(-since / rise)) * np.exp(-since / length)
    for _ in range(take.integer(2, 6)):
        later = np.maximum(since - take.uniform(0.1, 2.8), 0.0)
        echo = (1 - np.exp(-later / 0.06)) * np.exp(-later / take.uniform(0.2, 0.9))
        level += take.uniform(0.2, 0.9) * echo
    level *= np.exp(0.35 * take.rng.standard_normal(t.size)) * (since > 0)
    near = 120 * 40 ** (sharpness * take.uniform(0.75, 1.1))
    fall = take.uniform(0.15, 0.6)
    cutoff = take.log_uniform(70, 200) + near * np.exp(-since / fall)
    return level, cutoff


def _crack(take: Take, sharpness: float) -> Signal:
    part = take.part(take.uniform(0.15, 0.9))
    grains = noise.onsets(part, 30 + 120 * sharpness, 0.8)
    bank = []
    for _ in range(8):
        n = int(take.rate_hz * take.log_uniform(0.004, 0.06))
        bank.append(noise.white(take, n) * noise.decay(n, take.rate_hz, n / take.rate_hz / 3))
    crack = noise.scatter(part, grains, take.rng.lognormal(0, 0.8, grains.size), bank)
    return noise.band(crack, take, take.log_uniform(100, 500), 700 + 8000 * sharpness, 1)


def thunderstorm(take: Take, strength: float) -> Signal:
    """A thunderstorm; strength raises the number, nearness and sharpness of the claps.

    Args:
        take: the take.
        strength: in [0, 1], distant roll to claps overhead.

    Returns:
        (T,) float32, any scale.
    """
    frames = noise.frame_count(take)
    t = np.arange(frames) * 512 / take.rate_hz
    f = noise.frame_frequencies(take)
    claps = 1 + round(strength * take.uniform(1.5, 3.5) * take.seconds / 5)
    gain = np.zeros((frames, f.size))
    cracks = take.silence()
    first = take.uniform(-0.8, 0.35 * take.seconds)
    for k in range(claps):
        at = first if k == 0 else take.uniform(0, 0.85 * take.seconds)
        sharpness = float(np.clip(strength + take.normal(0.1), 0, 1))
        level, cutoff = _clap(take, at, sharpness, t)
        loud = take.log_uniform(0.4, 1.0)
        slope = 1 / (1 + (f[None] / cutoff[:, None]) ** take.uniform(1.5, 3.0))
        gain += loud * level[:, None] * slope * (f[None] / (f[None] + 35))
        if sharpness > 0.35 and take.chance(0.8):
            crack = noise.peak(_crack(take, sharpness))
            noise.add(cracks, int(at * take.rate_hz), crack, loud * 1.25 * (sharpness - 0.2))
    rumble = noise.unit(noise.shape_spectrum(noise.coloured(take, take.uniform(-5, -2)), gain))
    out = noise.peak(rumble) + cracks * np.float32(take.uniform(0.4, 1.2))
    if take.chance(0.55):
        rain_level = take.log_uniform(0.012, 0.035) * (0.3 + 1.7 * strength)
        out = out + np.float32(rain_level) * noise.unit(rain(take, 0.2 + 0.7 * strength))
    elif take.chance(0.4):
        out = out + np.float32(take.log_uniform(0.02, 0.08)) * noise.unit(wind(take, strength))
    return out

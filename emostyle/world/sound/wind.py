"""Wind: dark noise in gusts, with howls and whistles whose pitch follows the gust."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take

KINDS = ("rumble", "howl", "whistle", "blizzard", "leaves", "buffet")


def wind(take: Take, strength: float) -> Signal:
    """Wind; strength raises depth and pace of the gusts, bandwidth and pitch of the howl.

    Args:
        take: the take.
        strength: in [0, 1], breeze to storm.

    Returns:
        (T,) float32, any scale.
    """
    kind = take.choice(KINDS, [3, 4, 1.5, 2, 1.5, 1.5])
    frames = noise.frame_count(take, 2048)
    f = noise.frame_frequencies(take, 2048)[None]
    pace = take.log_uniform(0.25, 0.8) * (0.6 + 1.3 * strength)
    gust = noise.wander(take, pace, frames) + 0.35 * noise.wander(take, 4 * pace, frames)
    gust += 0.2 * noise.wander(take, 14 * pace, frames)
    depth = (0.25 + 0.75 * strength) * take.uniform(0.6, 1.2)
    level = np.exp(depth * gust)[:, None]
    cutoff = take.log_uniform(90, 320) * (1 + 1.6 * strength) * np.exp(0.5 * depth * gust)[:, None]
    gain = level / (1 + (f / cutoff) ** take.uniform(1.6, 3.0))
    gain *= (f / (f + take.uniform(15, 90))) ** 2
    if kind in ("howl", "whistle", "blizzard"):
        base = take.log_uniform(1100, 2800) if kind == "whistle" else take.log_uniform(220, 800)
        for _ in range(take.integer(1, 3)):
            own = 0.7 * gust + 0.5 * noise.wander(take, 0.5 + pace, frames)
            pitch = base * np.exp((0.12 + 0.3 * strength) * own)[:, None]
            narrow = pitch * take.log_uniform(0.03, 0.2)
            share = take.uniform(0.5, 1.6) * (0.5 + strength) * np.exp(0.9 * depth * own)[:, None]
            gain += share / (1 + ((f - pitch) / narrow) ** 2)
            base *= take.uniform(1.3, 2.3)
    if kind in ("leaves", "blizzard"):
        edge = take.log_uniform(1500, 4500)
        hiss = take.uniform(0.03, 0.2) * (0.4 + strength) * np.exp(1.2 * depth * gust)[:, None]
        gain += hiss / (1 + (edge / np.maximum(f, 1)) ** 3) / (1 + (f / (2.2 * edge)) ** 3)
    out = noise.unit(noise.shape_spectrum(noise.white(take), gain, 2048))
    if kind == "buffet" or take.chance(0.15):
        low = noise.band(noise.white(take), take, 15, take.log_uniform(60, 150))
        blow = np.exp(noise.wander(take, take.uniform(2, 7)) * (0.6 + 0.6 * strength))
        out = out + noise.unit((low * blow).astype(np.float32)) * np.float32(take.uniform(0.5, 2))
    return out

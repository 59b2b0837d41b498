"""Birds: songs made of swept whistles, trills and calls, each bird with its own repertoire."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take


def _syllable(take: Take, kind: str, base_hz: float, seconds: float) -> Signal:
    n = max(int(take.rate_hz * seconds), 32)
    u = np.linspace(0, 1, 48)
    if kind == "sweep":
        f = base_hz * (
            1 + take.uniform(-0.5, 0.5) * (u - 0.5) + take.uniform(-0.2, 0.2) * np.sin(np.pi * u)
        )
    elif kind == "trill":
        u = np.linspace(0, 1, 400)
        f = base_hz * (
            1 + take.uniform(0.05, 0.25) * np.sin(2 * np.pi * u * seconds * take.uniform(20, 60))
        )
    elif kind == "arch":
        f = base_hz * (0.75 + take.uniform(0.2, 0.6) * np.sin(np.pi * u))
    else:
        f = base_hz * (1 + 0.03 * np.sin(2 * np.pi * u * take.uniform(0.5, 3)))
    x = noise.tone(f, take, n)
    if kind == "caw":
        x = np.sign(x) * np.abs(x) ** 0.3 + 0.5 * noise.white(take, n)
        x = noise.band(x.astype(np.float32), take, base_hz, base_hz * 4)
    elif take.chance(0.3) and base_hz < 5000:
        x = x + np.float32(take.uniform(0.05, 0.4)) * noise.tone(2 * f, take, n)
    return np.asarray(x * noise.bump(n, take.uniform(0.1, 0.4), take.uniform(0.2, 0.6)), np.float32)


def _song(take: Take) -> list[tuple[float, Signal]]:
    """One phrase of one bird: (start in seconds, syllable) pairs."""
    kind = take.choice(("sweep", "trill", "arch", "whistle", "caw", "coo"), [5, 2, 3, 2, 0.8, 0.6])
    base = take.log_uniform(1800, 7000)
    if kind in ("caw", "coo"):
        base = take.log_uniform(600, 1500) if kind == "caw" else take.log_uniform(350, 700)
    long = {"caw": 0.3, "coo": 0.4, "trill": 0.35, "whistle": 0.25}.get(kind, 0.08)
    length = long * take.log_uniform(0.5, 2.0)
    gap = length * take.uniform(0.15, 1.5)
    palette = []
    for _ in range(take.integer(1, 4)):
        pitch = base * take.log_uniform(0.75, 1.35)
        palette.append(_syllable(take, kind, pitch, length * take.log_uniform(0.7, 1.4)))
    order = take.integer(1, 3) if length > 0.2 else take.integer(2, 12)
    return [(k * (length + gap), palette[k % len(palette)]) for k in range(order)]


def birds(take: Take, strength: float) -> Signal:
    """Bird song; strength raises the number of birds and of calls.

    Args:
        take: the take.
        strength: in [0, 1], one far bird to a dawn chorus.

    Returns:
        (T,) float32, any scale.
    """
    out = take.silence()
    singers = 1 + round(strength * take.uniform(3.0, 6.0))
    for singer in range(singers):
        songs = [_song(take) for _ in range(take.integer(1, 2))]
        near = 1.0 if singer == 0 else take.log_uniform(0.2, 0.9)
        calls = (0.1 + 0.8 * strength) * take.seconds * take.uniform(0.7, 1.3)
        if singer == 0:
            calls = max(calls, 1.5)
        for at in take.rng.uniform(-0.2, 0.9 * take.seconds, max(round(calls), 1)):
            level = near * take.uniform(0.6, 1.0)
            for start, grain in take.choice(songs):
                noise.add(out, int((at + start) * take.rate_hz), grain, level)
    bed = noise.band(noise.coloured(take, take.uniform(-5, -1)), take, 80, None, 1)
    out = noise.peak(out) + bed * np.float32(take.log_uniform(0.002, 0.04))
    if take.chance(0.8 * strength):
        chorus = noise.band(noise.white(take), take, 2500, 6500)
        ripple = np.exp(noise.wander(take, 12)).astype(np.float32)
        out = out + noise.unit(chorus * ripple) * np.float32(0.03 * strength)
    return out

"""Instruments: a note in, a waveform out. Struck and plucked ones are sums of damped modes."""

from collections.abc import Callable

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take

Instrument = Callable[[float, float], Signal]


def _cut(x: Signal, take: Take, seconds: float, release_s: float) -> Signal:
    """Damp a ringing note after `seconds` with an exponential release."""
    t = np.arange(x.size, dtype=np.float32) / take.rate_hz
    return x * np.exp(-np.maximum(t - np.float32(seconds), 0) / np.float32(release_s))


def struck(take: Take, kind: str) -> Instrument:
    """Piano, electric piano, harp, guitar, music box or marimba with a random make.

    The string sounds are the modal solution of the plucked string (Karplus and Strong, 1983):
    harmonics stretched by stiffness, higher ones dying sooner, a comb from the striking point.
    """
    stiff = {"piano": take.log_uniform(5e-5, 8e-4), "guitar": 5e-5, "harp": 2e-5}.get(kind, 0.0)
    life = (
        take.log_uniform(0.8, 3.5)
        if kind in ("piano", "epiano", "harp")
        else take.uniform(0.4, 1.4)
    )
    tilt = take.uniform(0.7, 2.0)
    point = take.uniform(0.07, 0.25)
    release = take.log_uniform(0.05, 0.3)
    detune = take.uniform(0.0002, 0.0018)
    ratios = {
        "box": [1.0, 2.0, 5.4, 8.9],
        "marimba": [1.0, 3.9, 9.2],
        "epiano": [1.0, 2.0, 4.0, 7.0],
    }.get(kind)
    tables = take.rng.uniform(0.5, 1.5, 40)
    knock = noise.white(take, int(0.03 * take.rate_hz))
    knock = noise.band(knock * noise.decay(knock.size, take.rate_hz, 0.006), take, 80, 1500, 1)
    knock_level = take.uniform(0, 0.08)

    def play(f0_hz: float, seconds: float) -> Signal:
        n = int((seconds + 4 * release) * take.rate_hz)
        if ratios is not None:
            r = np.array(ratios)
            a = np.array([1.0, 0.35, 0.15, 0.06][: r.size]) * tables[: r.size]
            d = life * (440 / f0_hz) ** 0.3 / r**0.8
            x = noise.modes(f0_hz * r, d, a, n, take.rate_hz)
        else:
            count = int(np.clip(9000 / f0_hz, 3, 26))
            k = np.arange(1, count + 1)
            f = f0_hz * k * np.sqrt(1 + stiff * k**2)
            a = np.abs(np.sin(np.pi * k * point)) * k**-tilt * tables[:count]
            d = life * (330 / f0_hz) ** 0.5 / (1 + 0.25 * (k - 1))
            x = noise.modes(f, d, a, n, take.rate_hz)
            if kind == "piano":
                x = x + noise.modes(f[:8] * (1 + detune), 1.5 * d[:8], 0.7 * a[:8], n, take.rate_hz)
        attack = int(0.003 * take.rate_hz)
        x[:attack] *= np.linspace(0, 1, attack, dtype=np.float32)[: x[:attack].size]
        noise.add(x, 0, knock, knock_level)
        return _cut(x, take, seconds, release)

    return play


def sustained(take: Take, kind: str) -> Instrument:
    """Strings, organ, pad, flute or brass with a random make."""
    count = 40
    k = np.arange(1, count + 1)
    tilt = {"strings": 1.0, "organ": 1.2, "pad": 1.6, "flute": 2.6, "brass": 0.8}[kind]
    levels = k ** -(tilt + take.uniform(-0.2, 0.3)) * take.rng.uniform(0.4, 1.3, count)
    if kind == "organ":
        levels *= np.isin(k, (1, 2, 3, 4, 6, 8, 12)) + 0.02
    bend = np.exp(-(((np.log2(k * 300) - take.uniform(8.5, 11)) / 1.2) ** 2)) + 0.3
    levels = levels * bend
    attack = {"strings": 0.12, "pad": 0.35, "organ": 0.02, "flute": 0.05, "brass": 0.05}[kind]
    attack *= take.log_uniform(0.6, 1.6)
    release = take.log_uniform(0.06, 0.3) + (0.2 if kind == "pad" else 0)
    vibrato = 0.0 if kind in ("organ", "pad") else take.uniform(0.001, 0.006)
    vibrato_hz = take.uniform(4.5, 6.5)
    spread = take.uniform(0.0005, 0.004)
    voices = 2 if kind in ("strings", "pad") else 1

    def play(f0_hz: float, seconds: float) -> Signal:
        n = int((seconds + 3 * release) * take.rate_hz)
        t = np.arange(n) / take.rate_hz
        top = int(np.clip(0.45 * take.rate_hz / f0_hz, 1, count))
        x = np.zeros(n, np.float32)
        for v in range(voices):
            shift = 1 + spread * (2 * v - 1) * (voices > 1)
            phase = f0_hz * shift * t + f0_hz * vibrato / (2 * np.pi * vibrato_hz) * np.sin(
                2 * np.pi * vibrato_hz * t + v
            )
            x += noise.wavetable(phase, levels[:top], 1.7 * k[:top] ** 2)
        level = np.minimum(1, t / attack).astype(np.float32)
        return _cut(x * level, take, seconds, release)

    return play


STRUCK = ("piano", "epiano", "harp", "guitar", "box", "marimba")
SUSTAINED = ("strings", "organ", "pad", "flute", "brass")


def instrument(take: Take, kind: str) -> Instrument:
    """The instrument of the given kind, one of `STRUCK` or `SUSTAINED`."""
    return struck(take, kind) if kind in STRUCK else sustained(take, kind)

"""The recording itself: room, microphone, noise floor, gain. Nuisance, the same for every class."""

import numpy as np
from scipy import fft

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take


def _response(take: Take) -> Signal:
    """Impulse response of a room: the direct sound, a few reflections, a decaying tail."""
    life = take.log_uniform(0.06, 0.7)
    n = int(take.rate_hz * min(3.0 * life, 1.2))
    tail = noise.white(take, n) * noise.decay(n, take.rate_hz, life / 2.5, 0.01)
    tail = noise.band(tail, take, take.log_uniform(60, 250), take.log_uniform(2000, 12000), 1)
    tail = noise.unit(tail) * np.float32(take.log_uniform(0.05, 1.0) / np.sqrt(n))
    tail[0] = 1.0
    for _ in range(take.integer(0, 4)):
        tail[min(int(take.rate_hz * take.log_uniform(0.002, 0.06)), n - 1)] += np.float32(
            take.normal(0.3)
        )
    return tail


def _microphone(take: Take, f: np.ndarray) -> np.ndarray:
    """Amplitude response of microphone and channel at frequencies f."""
    octave = np.log2(np.maximum(f, 20) / 1000)
    level_db = take.normal(1.5) * octave
    for _ in range(take.integer(1, 4)):
        centre, width = take.uniform(-4, 4), take.uniform(0.3, 1.5)
        level_db = level_db + take.normal(4) * np.exp(-(((octave - centre) / width) ** 2))
    gain = 10 ** (level_db / 20)
    if take.chance(0.45):
        gain = gain / np.sqrt(1 + (f / take.log_uniform(3500, 15000)) ** take.choice((4, 8, 24)))
    low = take.log_uniform(15, 170)
    return np.asarray(gain / np.sqrt(1 + (low / np.maximum(f, 1)) ** take.choice((2, 4))))


def record(take: Take, x: Signal) -> Signal:
    """Place a dry sound in a room and record it with some microphone at some gain.

    Args:
        take: source of the nuisance; it must not depend on class or strength.
        x: dry sound (T,), any scale.

    Returns:
        (T,) float32 with absolute values up to 1.
    """
    n = take.n_samples
    size = fft.next_fast_len(n + int(1.2 * take.rate_hz), real=True)
    f = fft.rfftfreq(size, 1 / take.rate_hz)
    spectrum = fft.rfft(noise.peak(np.asarray(x, np.float32)), size)
    if take.chance(0.6):
        spectrum = spectrum * fft.rfft(_response(take), size)
    spectrum = spectrum * _microphone(take, f).astype(np.float32)
    y = noise.peak(fft.irfft(spectrum, size)[:n])
    if take.chance(0.15):
        y = np.tanh(np.float32(take.log_uniform(1, 5)) * y)
    if take.chance(0.65):
        floor = noise.coloured(take, take.uniform(-9, 1), 25)
        level = float(np.sqrt(np.mean(y**2))) * 10 ** (-take.uniform(20, 75) / 20)
        y = y + np.float32(level) * floor
        if take.chance(0.15):
            hum = take.choice((50.0, 60.0))
            wave = noise.wavetable(np.arange(n) * hum / take.rate_hz, take.rng.random(6))
            y = y + np.float32(level * take.uniform(0.3, 2)) * wave
    if take.chance(0.1):
        stop = take.uniform(0.5, 1.0)
        y[int(stop * n) :] = 0
    return np.asarray(noise.peak(y) * take.log_uniform(0.06, 0.98), np.float32)

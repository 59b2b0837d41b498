"""Primitives of sound synthesis: coloured noise, filters, slow curves, grains, damped modes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, signal

from emostyle.world.sound.take import Curve, Signal, Take


def unit(x: Signal) -> Signal:
    """A signal scaled to RMS 1 (silence stays silence)."""
    rms = float(np.sqrt(np.mean(np.square(x)))) if x.size else 0.0
    return (x / rms).astype(np.float32) if rms > 1e-9 else x


def peak(x: Signal) -> Signal:
    """A signal scaled to absolute peak 1 (silence stays silence)."""
    top = float(np.max(np.abs(x))) if x.size else 0.0
    return (x / top).astype(np.float32) if top > 1e-9 else x


def white(take: Take, n: int | None = None) -> Signal:
    """White Gaussian noise of RMS 1, (n,), by default as long as the take."""
    return take.rng.standard_normal(take.n_samples if n is None else n, dtype=np.float32)


def coloured(take: Take, slope_db: float, low_hz: float = 30.0) -> Signal:
    """Noise whose power changes by `slope_db` dB per octave (-3 pink, -6 brown), RMS 1.

    Args:
        take: the take.
        slope_db: dB per octave.
        low_hz: below this frequency the spectrum falls off.
    """
    n = fft.next_fast_len(take.n_samples, real=True)
    spectrum = fft.rfft(white(take, n))
    f = fft.rfftfreq(n, 1 / take.rate_hz).astype(np.float32)
    gain = np.maximum(f, low_hz) ** np.float32(slope_db / 6.02)
    gain *= np.minimum(1.0, (f / low_hz) ** 2)
    return unit(fft.irfft(spectrum * gain, n)[: take.n_samples])


def band(
    x: Signal, take: Take, low_hz: float | None, high_hz: float | None, order: int = 2
) -> Signal:
    """Butterworth high-pass, low-pass or band-pass; a None edge is left open."""
    top = take.top_hz
    low = None if low_hz is None else min(max(low_hz, 5.0), 0.9 * top)
    high = None if high_hz is None else min(max(high_hz, 10.0), top)
    if low is not None and high is not None:
        sos = signal.butter(
            order, (low, max(high, 1.05 * low)), "band", fs=take.rate_hz, output="sos"
        )
    elif low is not None:
        sos = signal.butter(order, low, "high", fs=take.rate_hz, output="sos")
    elif high is not None:
        sos = signal.butter(order, high, "low", fs=take.rate_hz, output="sos")
    else:
        return x
    return np.asarray(signal.sosfilt(sos, x), np.float32)


def times(take: Take) -> Curve:
    """Time of each sample in seconds, (T,)."""
    return np.arange(take.n_samples) / take.rate_hz


def wander(take: Take, rate_hz: float, points: int | None = None) -> Curve:
    """A smooth random curve of zero mean and unit variance that changes about `rate_hz` times/s.

    Args:
        take: the take.
        rate_hz: random knots per second, joined by a raised cosine.
        points: number of points over the whole take; by default one per sample.
    """
    n = take.n_samples if points is None else points
    knots = take.rng.standard_normal(int(take.seconds * rate_hz) + 3)
    place = np.linspace(0.0, take.seconds * rate_hz, n) + take.uniform(0, 1)
    index = place.astype(int)
    step = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    return np.asarray((knots[index] * (1 - step) + knots[index + 1] * step) * 1.15)


def frame_count(take: Take, n_fft: int = 1024) -> int:
    """How many rows the gain of `shape_spectrum` needs."""
    return take.n_samples // (n_fft // 2) + 2


def frame_frequencies(take: Take, n_fft: int = 1024) -> Curve:
    """Frequency in Hz of each column of the gain of `shape_spectrum`."""
    return np.asarray(np.fft.rfftfreq(n_fft, 1 / take.rate_hz), np.float64)


def shape_spectrum(x: Signal, gain: ArrayLike, n_fft: int = 1024) -> Signal:
    """Time-varying filter: each short-time spectrum is multiplied by its own gain.

    Sine windows at analysis and synthesis with half overlap, so gain 1 returns the input.

    Args:
        x: signal (T,).
        gain: (frames, n_fft // 2 + 1) amplitude factors, frames as told by `frame_count`.
        n_fft: window length in samples.

    Returns:
        (T,) float32.
    """
    hop = n_fft // 2
    frames = x.size // hop + 2
    padded = np.zeros((frames + 1) * hop, np.float32)
    padded[hop : hop + x.size] = x
    window = np.sin(np.pi * (np.arange(n_fft, dtype=np.float32) + 0.5) / n_fft)
    blocks = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop] * window
    spectrum = fft.rfft(blocks, axis=1)
    spectrum *= np.asarray(gain, np.float32)[:frames]
    blocks = fft.irfft(spectrum, n_fft, axis=1) * window
    out = np.zeros((frames + 1, hop), np.float32)
    out[:-1] += blocks[:, :hop]
    out[1:] += blocks[:, hop:]
    return out.reshape(-1)[hop : hop + x.size]


def onsets(take: Take, rate_hz: float, burst: float = 0.0) -> Curve:
    """Random times in seconds of a Poisson process, sorted.

    Args:
        take: the take.
        rate_hz: mean events per second.
        burst: 0 even in time; larger values gather the events in bursts.
    """
    t = np.sort(take.rng.uniform(0, take.seconds, take.count(rate_hz * take.seconds)))
    if burst <= 0 or t.size == 0:
        return t
    density = np.exp(burst * wander(take, take.uniform(1, 4), 400))
    clock = np.concatenate([[0.0], np.cumsum(density)])
    place = np.interp(t / take.seconds * clock[-1], clock, np.linspace(0, take.seconds, 401))
    return np.asarray(place)


def add(out: Signal, start: int, grain: Signal, gain: float = 1.0) -> None:
    """Add a grain into `out` in place, cut to what fits."""
    first, last = max(start, 0), min(start + grain.size, out.size)
    if last > first:
        out[first:last] += np.float32(gain) * grain[first - start : last - start]


def scatter(take: Take, at_s: Curve, gains: Curve, bank: Sequence[Signal]) -> Signal:
    """Grains chosen at random from a bank, laid at the given times with the given gains."""
    out = take.silence()
    if len(bank) == 0:
        return out
    chosen = take.rng.integers(0, len(bank), at_s.size)
    starts = (at_s * take.rate_hz).astype(int)
    for start, k, gain in zip(starts.tolist(), chosen.tolist(), gains.tolist(), strict=True):
        add(out, start, bank[k], gain)
    return out


def decay(n: int, rate_hz: int, time_s: float, attack_s: float = 0.0005) -> Signal:
    """An envelope that rises in `attack_s` and falls by 1/e every `time_s`, (n,)."""
    t = np.arange(n, dtype=np.float32) / rate_hz
    return np.exp(-t / np.float32(time_s)) * np.minimum(1.0, t / np.float32(max(attack_s, 1e-5)))


def bump(n: int, rise: float = 0.3, fall: float = 0.4, power: float = 1.0) -> Signal:
    """An envelope of raised-cosine flanks: the first `rise` and the last `fall` of its length."""
    u = np.linspace(0, 1, max(n, 2), dtype=np.float32)[:n]
    ends = np.minimum(u / max(rise, 1e-3), (1 - u) / max(fall, 1e-3)).clip(0, 1)
    return np.asarray((0.5 - 0.5 * np.cos(np.pi * ends)) ** power, np.float32)


def modes(
    frequencies_hz: ArrayLike,
    decays_s: ArrayLike,
    amplitudes: ArrayLike,
    n: int,
    rate_hz: int,
    phases: ArrayLike = 0.0,
) -> Signal:
    """Sum of exponentially damped sines (bells, strings, struck things), (n,).

    exp(s (aL + b)) = exp(s aL) exp(s b), so the sum over modes is one matrix product of a coarse
    and a fine time grid: far cheaper than evaluating every sine.
    """
    f, d, a = (np.asarray(v, float) for v in (frequencies_hz, decays_s, amplitudes))
    keep = f < 0.47 * rate_hz
    f, d, a = f[keep], np.broadcast_to(d, keep.shape)[keep], np.broadcast_to(a, keep.shape)[keep]
    p = np.broadcast_to(np.asarray(phases, float), keep.shape)[keep]
    if n <= 0 or f.size == 0:
        return np.zeros(max(n, 0), np.float32)
    fine = int(np.ceil(np.sqrt(n)))
    s = (-1 / np.maximum(d, 1e-4) + 2j * np.pi * f) / rate_hz
    coarse_grid = np.exp(np.outer(np.arange(-(-n // fine)) * fine, s) + 1j * p) * a
    fine_grid = np.exp(np.outer(s, np.arange(fine)))
    block = coarse_grid.astype(np.complex64) @ fine_grid.astype(np.complex64)
    return np.ascontiguousarray(block.imag).reshape(-1)[:n]


def tone(frequency_hz: ArrayLike, take: Take, n: int | None = None) -> Signal:
    """A sine of time-varying frequency; a short curve is stretched over `n` samples."""
    n = take.n_samples if n is None else n
    f = np.atleast_1d(np.asarray(frequency_hz, float))
    curve = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, f.size), f)
    phase = np.cumsum(curve) / take.rate_hz
    return np.sin(2 * np.pi * (phase % 1.0), dtype=np.float32)


def wavetable(phase: Curve, harmonics: ArrayLike, phases: ArrayLike = 0.0) -> Signal:
    """A periodic wave of given harmonic amplitudes read at a phase in cycles, (T,)."""
    a = np.asarray(harmonics, float)
    size = 4096
    spectrum = np.zeros(size // 2 + 1, complex)
    spectrum[1 : a.size + 1] = a * np.exp(1j * np.broadcast_to(np.asarray(phases, float), a.shape))
    table = np.asarray(np.fft.irfft(spectrum, size) * size / 2, np.float32)
    return table[(phase * size).astype(np.int64) & (size - 1)]


def mix(parts: Sequence[tuple[Signal, float]]) -> Signal:
    """Weighted sum of signals, each first scaled to RMS 1."""
    out = np.zeros_like(parts[0][0])
    for x, weight in parts:
        out += np.float32(weight) * unit(x)
    return out

"""The sea from the beach (swells and surf) and from below (rumble, bubbles, a diver's breath)."""

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Curve, Signal, Take


def bubbles(take: Take, at_s: Curve, low_hz: float, high_hz: float) -> Signal:
    """Bubbles: damped sines that rise in pitch as the bubble nears the surface."""
    bank = []
    for _ in range(20):
        f = take.log_uniform(low_hz, high_hz)
        time = take.uniform(4, 14) / f + take.uniform(0, 0.012)
        n = int(take.rate_hz * time * 5)
        grain = noise.tone([f, f * (1 + take.uniform(0.05, 0.9))], take, n)
        bank.append(grain * noise.decay(n, take.rate_hz, time, 0.002))
    return noise.scatter(take, at_s, take.rng.lognormal(-0.7, 0.7, at_s.size), bank)


def waves(take: Take, strength: float) -> Signal:
    """Surf; strength deepens and quickens the swells and widens the band of the breaking crest.

    Args:
        take: the take.
        strength: in [0, 1], ripples on a beach to heavy breakers.

    Returns:
        (T,) float32, any scale.
    """
    kind = take.choice(("beach", "rollers", "shingle", "rocks", "lapping"), [4, 3, 1, 2, 1.2])
    frames = noise.frame_count(take)
    t = np.arange(frames) * 512 / take.rate_hz
    f = noise.frame_frequencies(take)[None]
    pink = np.maximum(f, 60) ** -take.uniform(0.25, 0.6)
    gain = np.broadcast_to(pink * take.log_uniform(0.08, 0.25), (frames, f.size)).copy()
    gain *= 1 / (1 + (f / take.log_uniform(1500, 9000)) ** 1.2)
    period = take.uniform(4.5, 9) * (1.35 - 0.75 * strength)
    period = period * 0.35 if kind == "lapping" else period
    at = take.uniform(-period, 0.4 * period)
    depth = (0.15 + 1.3 * strength) * take.uniform(0.75, 1.3)
    while at < take.seconds + 1:
        build, wash = take.uniform(0.5, 2.2), take.uniform(0.8, 3.0)
        if kind == "lapping":
            build, wash = build * 0.25, wash * 0.2
        since = t - at
        swell = np.exp(-np.abs(since) / np.where(since < 0, build, wash))
        crest = 400 + take.log_uniform(2500, 5000) * (0.2 + 1.6 * strength)
        cutoff = 250 + crest * np.exp(np.minimum(since, 0) / (0.6 * build))
        low_cut = 40 + take.uniform(200, 1500) * (1 - np.exp(-np.maximum(since, 0) / wash))
        shape = 1 / (1 + (f / cutoff[:, None]) ** 2) / (1 + (low_cut[:, None] / (f + 1)) ** 1.5)
        gain += depth * take.log_uniform(0.5, 1.4) * swell[:, None] * shape * pink
        at += period * take.uniform(0.5, 1.5)
    texture = noise.wander(take, take.uniform(4, 20), frames)[:, None]
    texture = texture + take.rng.standard_normal((frames, 1))
    gain *= np.exp(take.uniform(0.06, 0.2) * texture)
    out = noise.unit(noise.shape_spectrum(noise.white(take), gain))
    parts = [(out, 1.0)]
    if kind == "rollers":
        boom = noise.band(noise.white(take), take, 30, take.log_uniform(90, 250))
        slow = np.exp(depth * noise.wander(take, 0.5))
        parts.append(((boom * slow).astype(np.float32), 0.3 + 0.5 * strength))
    if kind in ("shingle", "rocks", "lapping"):
        at_s = noise.onsets(take, (20 + 120 * strength) * take.uniform(0.3, 1), 1.0)
        parts.append((bubbles(take, at_s, 300, 2500), take.uniform(0.05, 0.4)))
    return noise.mix(parts)


def underwater(take: Take, strength: float) -> Signal:
    """Below the surface; strength raises bubbles and breath and darkens what comes from above.

    Args:
        take: the take.
        strength: in [0, 1], just under the surface to a deep dive.

    Returns:
        (T,) float32, any scale.
    """
    kind = take.choice(("scuba", "bubbles", "deep", "aquarium"), [4, 3, 2, 1])
    dark = take.log_uniform(250, 500) * (1.6 - 1.2 * strength)
    rumble = noise.band(noise.coloured(take, take.uniform(-6, -2), 25), take, None, dark, 2)
    rumble = rumble * np.exp(0.3 * noise.wander(take, take.uniform(0.4, 3))).astype(np.float32)
    parts = [(rumble, take.log_uniform(0.3, 1.2))]
    rate = {"scuba": 6.0, "bubbles": 12.0, "deep": 4.0, "aquarium": 15.0}[kind]
    at_s = noise.onsets(take, 0.15 * rate * 20**strength * take.log_uniform(0.8, 1.25), 1.0)
    low = take.log_uniform(120, 500)
    parts.append((bubbles(take, at_s, low, low * take.uniform(2.5, 6)), take.uniform(0.4, 1.0)))
    if kind == "scuba":
        parts.append((_scuba(take, strength), 0.3 + 1.4 * strength))
    if kind == "deep" and take.chance(0.5):
        n = take.n_samples
        f = take.log_uniform(80, 400) * np.exp(0.4 * noise.wander(take, 0.8, 40))
        call = noise.tone(f, take) + 0.4 * noise.tone(2 * f, take)
        call = call * np.clip(noise.wander(take, 0.6, n), 0, None).astype(np.float32)
        parts.append((call, take.uniform(0.2, 0.7)))
    muffled = take.log_uniform(2200, 5000) * (1.4 - 0.8 * strength)
    return noise.band(noise.mix(parts), take, None, muffled, 1)


def _scuba(take: Take, strength: float) -> Signal:
    """Breath through a regulator: a tight rising hiss in, a burbling cloud of bubbles out."""
    out = take.silence()
    cycle = take.uniform(3.2, 4.8) * (1.4 - 0.7 * strength)
    at = take.uniform(-0.8 * cycle, 0.4)
    hiss_hz = take.log_uniform(500, 2200)
    low = take.log_uniform(100, 300)
    while at < take.seconds:
        n = int(take.rate_hz * cycle * take.uniform(0.28, 0.4))
        x = noise.band(noise.white(take, n), take, hiss_hz, hiss_hz * take.uniform(1.6, 3.5))
        x = noise.peak(x * noise.bump(n, 0.25, 0.15))
        noise.add(out, int(at * take.rate_hz), x, take.uniform(0.25, 0.7))
        part = take.part(cycle * take.uniform(0.3, 0.45))
        cloud = bubbles(part, noise.onsets(part, take.uniform(50, 140)), low, low * 7)
        gurgle = noise.band(noise.white(part), take, low, low * 5, 1)
        gurgle = gurgle * np.exp(0.8 * noise.wander(part, 18)).astype(np.float32)
        cloud = noise.mix([(cloud, 1.0), (gurgle, take.uniform(0.3, 1))])
        cloud = noise.peak(cloud * noise.bump(part.n_samples, 0.08, 0.5))
        noise.add(out, int((at + 0.45 * cycle) * take.rate_hz), cloud, 1.0)
        at += cycle * take.uniform(0.9, 1.1)
    return out

"""Coughing and its relatives: sneezes, blown noses, cleared throats."""

from collections.abc import Callable

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take
from emostyle.world.sound.voice import Utterance, speaker


def _burst(take: Take, seconds: float, low_hz: float, high_hz: float, sharp_s: float) -> Signal:
    n = int(take.rate_hz * seconds)
    x = noise.band(noise.white(take, n), take, low_hz, high_hz, 1)
    return noise.peak(x * noise.decay(n, take.rate_hz, seconds / 5.5, sharp_s))


def _place(take: Take, into: Signal, at_s: float, what: Signal, level: float) -> None:
    noise.add(into, int(at_s * take.rate_hz), what, level)


def _cough(take: Take, u: Utterance, bursts: Signal, at_s: float, strength: float) -> float:
    length, force = take.uniform(0.15, 0.4), take.uniform(0.7, 1.0)
    edge = take.log_uniform(250, 700)
    x = _burst(take, length, edge, 1500 + 9000 * strength * force, 0.003)
    _place(take, bursts, at_s, x, force)
    vowel = take.choice(("schwa", "a", "o"))
    voiced = force * take.uniform(0.1, 0.9)
    rough = float(np.clip(take.uniform(-0.1, 0.3) + 0.8 * strength, 0, 1))
    pitch = (1 + 0.4 * strength) * np.array([1.4, 1.1, 0.8])
    u.say(at_s + 0.03, length, pitch, vowel, voiced, 0.8 * force, rough=rough, rise=0.1, fall=0.7)
    gap = take.uniform(0.25, 0.5) if take.chance(0.75) else take.uniform(0.6, 1.1)
    return length + gap * (1.6 - 1.1 * strength)


def _sneeze(take: Take, u: Utterance, bursts: Signal, at_s: float, strength: float) -> float:
    inhale = take.uniform(0.2, 0.9)
    gasp = take.choice((0.0, 0.3, 0.7))
    u.say(at_s, inhale, [1.0, 1.5], ("schwa", "a"), gasp, 0.35, rise=0.8, fall=0.1)
    at_s += inhale + take.uniform(0.0, 0.15)
    length = take.uniform(0.15, 0.25) + 0.25 * strength
    low, high = take.log_uniform(300, 1500), take.log_uniform(3000, 5000) * (1 + 2 * strength)
    _place(take, bursts, at_s, _burst(take, length, low, high, 0.006), 1.0)
    vowels = take.choice((("a", "u"), ("i", "u"), ("e", "i"), ("schwa", "schwa")))
    after, voiced = at_s + take.uniform(0, 0.06), take.uniform(0, 0.4) + 0.8 * strength
    pitch = (1 + 0.4 * strength) * np.array([1.6, 1.3, 0.8])
    lasts = take.uniform(0.15, 0.25) + 0.25 * strength
    u.say(after, lasts, pitch, vowels, voiced, 0.6, rise=0.1, fall=0.6)
    return inhale + length + take.uniform(0.4, 1.2) * (1.3 - 0.7 * strength)


def _nose(take: Take, u: Utterance, bursts: Signal, at_s: float, strength: float) -> float:
    length = take.uniform(0.3, 0.6) + 0.7 * strength
    n = int(take.rate_hz * length)
    low = take.log_uniform(200, 600)
    x = noise.band(noise.white(take, n), take, low, low * take.uniform(3, 5) * (1 + strength), 1)
    flutter = 0.5 + 0.5 * noise.tone(take.uniform(18, 70), take, n)
    depth = np.clip(take.uniform(-0.1, 0.2) + 0.8 * strength, 0, 0.95)
    x = x * (1 - depth * flutter) * noise.bump(n, 0.1, 0.4)
    _place(take, bursts, at_s, noise.peak(x.astype(np.float32)), 1.0)
    return length + take.uniform(0.15, 0.6)


def _throat(take: Take, u: Utterance, bursts: Signal, at_s: float, strength: float) -> float:
    length = take.uniform(0.25, 0.35) + 0.3 * strength
    rough = 0.4 + 0.6 * strength
    pitch = (1 + 0.3 * strength) * np.array([0.9, 1.0, 0.7])
    u.say(at_s, length, pitch, "schwa", 0.9, 0.6, rough=rough, rise=0.2, fall=0.3)
    return length + take.uniform(0.1, 0.5)


_KINDS: dict[str, tuple[Callable[[Take, Utterance, Signal, float, float], float], float, float]] = {
    "cough": (_cough, 5.0, 7.0),
    "sneeze": (_sneeze, 3.0, 2.5),
    "nose": (_nose, 1.3, 3.0),
    "throat": (_throat, 0.8, 4.0),
}
"""How each kind is made, how often it is drawn, and how many more of it the strongest has."""


def coughing(take: Take, strength: float) -> Signal:
    """Coughs, sneezes, nose blowing, throat clearing; strength raises number and violence.

    Args:
        take: the take.
        strength: in [0, 1], a small cough to a fit.

    Returns:
        (T,) float32, any scale.
    """
    kind = take.choice(tuple(_KINDS), [weight for _, weight, _ in _KINDS.values()])
    make, _, more = _KINDS[kind]
    u = Utterance(take, speaker(take, (1.2, 1, 0.6, 0)))
    bursts = take.silence()
    at = take.uniform(0.0, 0.25 * take.seconds * (1 - 0.7 * strength))
    left = 1 + round(strength * more * take.uniform(0.7, 1.3))
    while left > 0 and at < take.seconds:
        at += make(take, u, bursts, at, strength)
        left -= 1
    voice = u.render()
    top = float(np.abs(voice).max())
    return bursts + voice * np.float32(take.uniform(0.4, 1.0) / max(top, 1e-6))

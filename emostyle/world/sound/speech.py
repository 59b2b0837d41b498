"""Babbled speech and song: syllables, pauses and melodies, but no words."""

from typing import Literal

import numpy as np

from emostyle.world.sound import noise
from emostyle.world.sound.take import Signal, Take
from emostyle.world.sound.voice import VOWELS, Utterance, speaker

Voice = Literal["spoken", "sung"]
"""How syllables lie over music."""
PENTATONIC = (0, 2, 4, 7, 9, 12)
"""Semitones above the tonic that a voice over music sings."""


def voice_over(take: Take, kind: Voice) -> Signal:
    """Syllables to lie over music; they know nothing of its mood.

    Args:
        take: the take.
        kind: babbled, or sung on the notes of a scale.

    Returns:
        (T,) float32, RMS 1.
    """
    if kind == "spoken":
        return noise.unit(speech(take, take.uniform(0, 1)))
    tonic_hz, at = take.log_uniform(150, 330), take.uniform(-0.5, 0.5)
    line = []
    while at < take.seconds:
        seconds = take.log_uniform(0.25, 1.0)
        line.append((at, seconds, tonic_hz * 2 ** (take.choice(PENTATONIC) / 12)))
        at += seconds + (take.uniform(0.1, 0.8) if take.chance(0.2) else 0.0)
    return sung(take, line)


def speech(take: Take, strength: float) -> Signal:
    """Speech-like babble; strength raises the syllable rate and the range of the melody.

    Args:
        take: the take.
        strength: in [0, 1], measured to excited.

    Returns:
        (T,) float32, any scale.
    """
    out = take.silence()
    vowels = list(VOWELS)
    for person in range(1 if take.chance(0.85) else take.integer(2, 3)):
        u = Utterance(take, speaker(take, (1.5, 1.3, 0.5, 0)))
        rate = (3.2 + 2.2 * strength) * take.uniform(0.85, 1.15)
        at = take.uniform(-1.0, 0.5)
        lively = 0.08 + 0.2 * strength
        last = "schwa"
        while at < take.seconds:
            number = take.integer(3, 14)
            for k in range(number):
                pitch = 1.25 - 0.45 * k / number + take.normal(lively)
                length = take.log_uniform(0.6, 1.5) / rate
                nxt = take.choice(vowels)
                if take.chance(0.45):
                    share = take.uniform(0.2, 0.4) * length
                    u.say(
                        at,
                        share,
                        pitch,
                        nxt,
                        0.0,
                        take.uniform(0, 0.3),
                        take.uniform(0.05, 0.5),
                        rise=0.3,
                    )
                    u.say(
                        at + share,
                        length - share,
                        [pitch, pitch * take.uniform(0.9, 1.1)],
                        (last, nxt),
                        take.uniform(0.5, 1),
                    )
                else:
                    u.say(
                        at,
                        length,
                        [pitch, pitch * take.uniform(0.9, 1.1)],
                        (last, nxt),
                        take.uniform(0.5, 1),
                    )
                last = nxt
                at += length * take.uniform(0.92, 1.02)
            at += take.uniform(0.15, 0.8)
        noise.add(out, 0, noise.unit(u.render()), 1.0 if person == 0 else take.uniform(0.1, 0.6))
    return out


def sung(take: Take, notes: list[tuple[float, float, float]]) -> Signal:
    """Sung syllables on given notes.

    Args:
        take: the take.
        notes: (start in seconds, duration in seconds, pitch in Hz) triples.

    Returns:
        (T,) float32, RMS 1 or silent.
    """
    u = Utterance(take, speaker(take, (1, 1.3, 0.3, 0)))
    vowels = list(VOWELS)
    for start, seconds, pitch_hz in notes:
        factor = pitch_hz / u.who.f0_hz
        wave = 1 + 0.015 * np.sin(np.linspace(0, 2 * np.pi * 5.5 * seconds, 40))
        if take.chance(0.5):
            u.say(start - 0.05, 0.09, factor, "schwa", 0.0, 0.1, take.uniform(0.05, 0.3))
        pair = (take.choice(vowels), take.choice(vowels))
        u.say(start, seconds, factor * wave, pair, take.uniform(0.6, 1), rise=0.08, fall=0.15)
    return noise.unit(u.render())

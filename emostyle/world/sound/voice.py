"""A source-filter voice: glottal pulses and breath noise through four moving formants.

After Fant, Acoustic Theory of Speech Production (1960): a periodic source whose harmonics fall
with frequency is filtered by the resonances of the vocal tract; shorter tracts shift them up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from emostyle.world.sound import noise
from emostyle.world.sound.take import Curve, Signal, Take

CONTROL_HZ = 200
VOWELS: dict[str, tuple[float, float, float, float]] = {
    "a": (760, 1250, 2500, 3500),
    "e": (520, 1850, 2550, 3500),
    "i": (290, 2280, 3000, 3600),
    "o": (520, 880, 2450, 3300),
    "u": (320, 850, 2300, 3300),
    "schwa": (500, 1500, 2500, 3500),
}


@dataclass(frozen=True)
class Speaker:
    """Who speaks.

    Attributes:
        f0_hz: habitual pitch.
        tract: formant scale; 1 for a man, about 1.17 woman, 1.35 child, 1.6 baby.
        tilt: fall of the harmonics, amplitude ~ k^-tilt (1 pressed, 2 breathy).
        breath: level of noise in the voice.
        focus: depth of the formants; 1 as the theory has it, less for a pressed, piercing voice.
    """

    f0_hz: float
    tract: float
    tilt: float
    breath: float
    focus: float = 0.8


_PEOPLE = {
    "man": (85, 150, 1.0),
    "woman": (170, 270, 1.17),
    "child": (240, 400, 1.36),
    "baby": (330, 520, 1.6),
}


def speaker(take: Take, weights: tuple[float, ...] = (1, 1, 0.6, 0.0)) -> Speaker:
    """A random speaker; weights of man, woman, child, baby."""
    low, high, tract = take.choice(list(_PEOPLE.values()), weights)
    scale = tract * take.log_uniform(0.92, 1.09)
    breath, focus = take.log_uniform(0.01, 0.12), take.uniform(0.6, 1.0)
    return Speaker(take.log_uniform(low, high), scale, take.uniform(0.9, 1.8), breath, focus)


class Utterance:
    """Control curves of a voice at 200 Hz, filled segment by segment and then rendered.

    Args:
        take: the take the voice speaks in.
        who: the speaker.
    """

    def __init__(self, take: Take, who: Speaker) -> None:
        self.take, self.who = take, who
        self.fall = take.uniform(0.4, 2.2)
        self.points = int(take.seconds * CONTROL_HZ) + 2
        self.f0 = np.full(self.points, who.f0_hz)
        self.voiced = np.zeros(self.points)
        self.breath = np.zeros(self.points)
        self.hiss = np.zeros(self.points)
        self.rough = np.zeros(self.points)
        self.formants = np.tile(np.array(VOWELS["schwa"]) * who.tract, (self.points, 1))

    def say(
        self,
        start_s: float,
        seconds: float,
        pitch: ArrayLike = 1.0,
        vowel: str | tuple[str, str] = "a",
        voiced: float = 1.0,
        breath: float = 0.0,
        hiss: float = 0.0,
        rough: float = 0.0,
        rise: float = 0.15,
        fall: float = 0.3,
    ) -> None:
        """Add one segment.

        Args:
            start_s: start, may be negative or run over the end.
            seconds: duration.
            pitch: factors on the habitual pitch along the segment.
            vowel: a vowel, or two to glide between.
            voiced: level of the voice.
            breath: level of noise through the formants.
            hiss: level of high noise (fricatives).
            rough: 0 clear, 1 hoarse (period doubling and fast beating).
            rise: share of the segment in which it swells.
            fall: share of the segment in which it fades.
        """
        first = round(start_s * CONTROL_HZ)
        n = max(round(seconds * CONTROL_HZ), 2)
        low, high = max(first, 0), min(first + n, self.points)
        if high <= low:
            return
        cut = slice(low - first, high - first)
        u = np.linspace(0, 1, n)[cut]
        factors = np.atleast_1d(np.asarray(pitch, float))
        self.f0[low:high] = self.who.f0_hz * np.interp(u, np.linspace(0, 1, factors.size), factors)
        shape = noise.bump(n, rise, fall)[cut]
        for curve, level in ((self.voiced, voiced), (self.breath, breath), (self.hiss, hiss)):
            curve[low:high] = np.maximum(curve[low:high], level * shape)
        self.rough[low:high] = rough
        begin, end = (vowel, vowel) if isinstance(vowel, str) else vowel
        a, b = np.array(VOWELS[begin]), np.array(VOWELS[end])
        self.formants[low:high] = (a + (b - a) * u[:, None]) * self.who.tract

    def render(self) -> Signal:
        """The waveform (T,), any scale."""
        take, who = self.take, self.who
        at = noise.times(take) * CONTROL_HZ
        grid = np.arange(self.points)
        f0 = np.interp(at, grid, self.f0)
        f0 *= 1 + take.log_uniform(0.001, 0.01) * noise.wander(take, 25)
        phase = np.cumsum(f0) / take.rate_hz
        count = int(np.clip(take.top_hz / max(float(f0.max()), 40.0), 3, 80))
        k = np.arange(1, count + 1)
        source = noise.wavetable(phase, k ** (1.0 - who.tilt), 0.3 * k)
        rough = np.interp(at, grid, self.rough)
        if rough.max() > 0:
            beat = 0.5 + 0.5 * np.cos(np.pi * phase + 2 * noise.wander(take, 70))
            source = source * (1 - 0.85 * rough * beat).astype(np.float32)
        level = np.interp(at, grid, self.voiced)
        air = np.interp(at, grid, self.breath) + (who.breath + 0.5 * rough) * level
        x = noise.unit(source) * level.astype(np.float32)
        x = x + 0.25 * noise.white(take) * air.astype(np.float32)
        x = noise.shape_spectrum(x.astype(np.float32), self._tract_gain())
        if self.hiss.max() > 0:
            edge = take.uniform(2200, 4500)
            fricative = noise.band(noise.white(take), take, edge, edge * 2.5, 1)
            x = x + 0.3 * fricative * np.interp(at, grid, self.hiss).astype(np.float32)
        return x

    def _tract_gain(self) -> Curve:
        take = self.take
        frames = noise.frame_count(take)
        f = noise.frame_frequencies(take)[None]
        index = np.minimum(np.arange(frames) * 512 / take.rate_hz * CONTROL_HZ, self.points - 1)
        rows = index.astype(int)
        gain = np.ones((frames, f.shape[1]))
        above = 1.1 * self.formants[rows, 3][:, None]
        slope = (np.minimum(f, above) / np.maximum(f, 1.0)) ** self.fall
        f = np.minimum(f, above)
        for k, width in enumerate((90.0, 110.0, 170.0, 250.0)):
            centre = self.formants[rows, k][:, None]
            bandwidth = width * self.who.tract
            gain *= centre**2 / np.sqrt((centre**2 - f**2) ** 2 + (bandwidth * f) ** 2 + 1.0)
        lip = (f + 100) / (f + 3000)
        return np.asarray(gain**self.who.focus * lip ** (1.8 - self.who.focus) * slope)

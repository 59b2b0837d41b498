"""Composition: mood and strength to a list of notes.

The mood is carried by tempo, onset density, mode and articulation alone; register, loudness,
brightness and instrument are drawn independently of it, because real recordings do not tie them.
"""

from dataclasses import dataclass

import numpy as np

from emostyle.world.sound.take import Take

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = {
    "major": ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4), (0, 2, 3, 4), (0, 4, 0, 3), (3, 0, 4, 0)),
    "minor": ((0, 5, 2, 6), (0, 3, 0, 4), (0, 6, 5, 4), (0, 3, 5, 4), (5, 3, 0, 0), (0, 0, 3, 0)),
}
TEXTURES = ("arpeggio", "chords", "alberti", "waltz", "melody", "broken", "stride")


@dataclass(frozen=True)
class Note:
    """One note.

    Attributes:
        start_s: onset, may be negative.
        seconds: how long it is held.
        pitch: MIDI number, 60 is middle C, 69 is A at 440 Hz.
        level: in (0, 1].
        part: `melody`, `chord` or `bass`.
    """

    start_s: float
    seconds: float
    pitch: float
    level: float
    part: str

    @property
    def hz(self) -> float:
        """Pitch in Hz, equal temperament."""
        return float(440 * 2 ** ((self.pitch - 69) / 12))


def degree(scale: tuple[int, ...], step: int) -> int:
    """Semitones above the tonic of the given step of a scale; steps may leave the octave."""
    octave, index = divmod(step, len(scale))
    return 12 * octave + scale[index]


def song(take: Take, bpm: float, major: bool, held: float, busy: float, swing: float) -> list[Note]:
    """A song-like piece: a chord progression under a melody.

    Args:
        take: the take.
        bpm: beats per minute.
        major: mode.
        held: note length over note spacing: 0.3 staccato, 1 legato, 1.6 pedal.
        busy: in [0, 1], share of the possible melody onsets that sound.
        swing: timing spread in seconds.
    """
    scale = MAJOR if major else MINOR
    beat = 60 / bpm
    tonic = take.uniform(43, 58) // 1
    lift = take.choice((12, 12, 24))
    chords = take.choice(PROGRESSIONS["major" if major else "minor"])
    texture = take.choice(TEXTURES)
    per_chord = 3 if texture == "waltz" else take.choice((2, 4, 4))
    figure = [int(v) for v in take.rng.permutation(3)]
    notes: list[Note] = []
    place, clock, bar = int(take.rng.integers(3, 8)), -take.uniform(0, 2 * beat), take.integer(0, 3)
    soft = take.uniform(0.3, 0.8)

    def put(at: float, length: float, step: int, level: float, part: str, octave: int = 0) -> None:
        start = at + take.normal(swing)
        pitch = tonic + octave + degree(scale, step)
        notes.append(Note(start, max(length, 0.06), pitch, level * take.uniform(0.8, 1), part))

    while clock < take.seconds:
        root = chords[bar % len(chords)]
        triad = [root, root + 2, root + 4]
        for b in range(per_chord):
            at = clock + b * beat
            if texture in ("arpeggio", "alberti", "broken"):
                order = {"arpeggio": [0, 1, 2, 1], "alberti": [0, 2, 1, 2], "broken": [*figure, 1]}[
                    texture
                ]
                for h in range(2):
                    step = triad[order[(2 * b + h) % 4]]
                    put(at + h * beat / 2, held * beat / 2 * 1.5, step, soft, "chord")
            elif texture == "chords" and (b % 2 == 0 or take.chance(busy)):
                for step in triad:
                    put(at, held * beat * 1.5, step, soft, "chord")
            elif texture in ("waltz", "stride"):
                if b % (3 if texture == "waltz" else 2) == 0:
                    put(at, held * beat, root, soft, "bass", -12)
                else:
                    for step in triad:
                        put(at, 0.7 * held * beat, step, 0.7 * soft, "chord")
            if b == 0:
                put(at, held * per_chord * beat * 0.8, root, soft, "bass", -12)
            for h in range(2):
                chance = busy * (1.0 if h == 0 else 0.6)
                if take.chance(chance):
                    strong = h == 0 and b % 2 == 0
                    place += take.choice((-2, -1, -1, 0, 1, 1, 2))
                    place = int(np.clip(place, 0, 11))
                    if strong and (place - root) % 7 not in (0, 2, 4):
                        place += 1
                    put(
                        at + h * beat / 2,
                        held * beat * take.choice((0.5, 1.0)),
                        place,
                        1.0,
                        "melody",
                        lift,
                    )
        clock += per_chord * beat
        bar += 1
    return notes


def calm(take: Take, strength: float) -> list[Note]:
    """Sparse, consonant, slow: long open chords and single pentatonic notes."""
    scale = (0, 2, 4, 7, 9)
    tonic = take.uniform(43, 60) // 1
    notes: list[Note] = []
    at = -take.uniform(0, 1.5)
    spacing = take.log_uniform(0.52, 0.68) * (1 + 1.55 * strength)
    place = take.integer(3, 8)
    chordal = take.chance(0.7)
    k = 0
    while at < take.seconds:
        if chordal and k % 4 == 0:
            root = take.choice((0, 0, 3, 1))
            for step in (root, root + 2, root + 4):
                notes.append(Note(at, 5 * spacing, tonic + degree(scale, step), 0.5, "chord"))
        if take.chance(0.92 - 0.4 * strength):
            place = int(np.clip(place + take.integer(-2, 2), 2, 11))
            length = spacing * take.uniform(1.5, 3)
            notes.append(
                Note(
                    at + take.normal(0.02),
                    length,
                    tonic + degree(scale, place),
                    take.uniform(0.5, 0.9),
                    "melody",
                )
            )
        at += spacing * take.uniform(0.9, 1.1)
        k += 1
    return notes


def tense(take: Take, strength: float) -> list[Note]:
    """Dissonant: tremolo on clusters, low drones, irregular stabs, chromatic ostinati."""
    low = take.uniform(31, 55) // 1
    notes: list[Note] = []
    kinds = ("tremolo", "stabs", "ostinato", "cluster")
    chosen = [take.choice(kinds, [2, 2, 2, 1.2])]
    if take.chance(0.1 + 0.8 * strength):
        chosen.append(take.choice(kinds))
    if take.chance(0.75):
        notes.append(Note(-0.5, take.seconds + 1, low - 12 * take.integer(0, 1), 0.6, "bass"))
        if take.chance(strength):
            notes.append(Note(-0.5, take.seconds + 1, low + take.choice((1, 6, 1)), 0.5, "bass"))
    clash = (1, 6, 11, 13, 10, 3)
    for kind in chosen:
        top = low + take.choice((12, 24, 24, 36))
        if kind == "tremolo":
            rate = take.uniform(5, 6) + 8 * strength
            pitches = [top] + [top + take.choice(clash) for _ in range(1 + round(2 * strength))]
            for at in np.arange(0, take.seconds, 1 / rate):
                shift = 3 * strength * at / take.seconds if len(pitches) > 2 else 0
                for p in pitches:
                    notes.append(
                        Note(
                            float(at),
                            0.8 / rate,
                            p + shift // 1,
                            0.4 + 0.4 * at / take.seconds,
                            "chord",
                        )
                    )
        elif kind == "stabs":
            at = take.uniform(0, 0.6)
            while at < take.seconds:
                for p in (0, *(take.choice(clash) for _ in range(2 + round(2 * strength)))):
                    notes.append(Note(at, take.uniform(0.1, 0.35), top + p, 1.0, "melody"))
                at += take.log_uniform(0.35, 1.4) * (1.6 - 1.2 * strength)
        elif kind == "ostinato":
            pattern = [
                low + take.choice((0, 1, 0, 6, 3, 11, 12)) for _ in range(take.integer(2, 5))
            ]
            step = 60 / (take.uniform(80, 100) + 110 * strength) / 2
            for k, at in enumerate(np.arange(-0.1, take.seconds, step)):
                notes.append(Note(float(at), 0.7 * step, pattern[k % len(pattern)], 0.7, "chord"))
        else:
            at = -take.uniform(0, 1)
            while at < take.seconds:
                base = top + take.integer(-3, 3)
                for p in range(2 + round(3 * strength)):
                    notes.append(Note(at, take.uniform(1, 3), base + p, 0.6, "chord"))
                at += take.uniform(1.0, 2.2) * (1.4 - 0.8 * strength)
    return notes

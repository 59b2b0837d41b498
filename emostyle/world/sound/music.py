"""Music of four moods: scores of `score`, instruments of `timbres`, at times a singing voice."""

import numpy as np

from emostyle.world.sound import noise, score
from emostyle.world.sound.score import Note
from emostyle.world.sound.speech import sung
from emostyle.world.sound.take import Signal, Take
from emostyle.world.sound.timbres import Instrument, instrument

_LONGEST_S = 4.0


def _play(take: Take, notes: list[Note], play: Instrument) -> Signal:
    """Render notes; notes of the same pitch and similar length share one waveform."""
    out = take.silence()
    cache: dict[tuple[float, int], Signal] = {}
    for note in notes:
        if note.start_s > take.seconds or note.start_s + note.seconds < 0:
            continue
        length = min(note.seconds, _LONGEST_S if note.seconds < 4.5 else take.seconds + 1)
        bucket = int(np.ceil(4 * np.log2(length / 0.05)))
        key = (note.pitch, bucket)
        if key not in cache:
            cache[key] = play(note.hz, 0.05 * 2 ** (bucket / 4))
        noise.add(out, int(note.start_s * take.rate_hz), cache[key], note.level)
    return out


def _beat(take: Take, bpm: float) -> Signal:
    """A light drum pattern: kick, hat and snare."""
    out = take.silence()
    beat = 60 / bpm
    n = int(0.25 * take.rate_hz)
    kick = noise.tone([140, 60, 45], take, n) * noise.decay(n, take.rate_hz, 0.08)
    hat = noise.band(noise.white(take, n), take, 6000, None) * noise.decay(n, take.rate_hz, 0.02)
    snare = noise.band(noise.white(take, n), take, 300, 6000, 1) * noise.decay(
        n, take.rate_hz, 0.06
    )
    for k, at in enumerate(np.arange(-take.uniform(0, beat), take.seconds, beat / 2)):
        place = int(at * take.rate_hz)
        noise.add(out, place, hat, 0.25)
        if k % 4 == 0:
            noise.add(out, place, kick, 1.0)
        elif k % 4 == 2:
            noise.add(out, place, snare, 0.4)
    return out


def _perform(take: Take, notes: list[Note], beat_bpm: float | None = None) -> Signal:
    """Give the parts to instruments chosen without regard to mood, and mix."""
    lead = take.choice(
        (
            "piano",
            "epiano",
            "harp",
            "guitar",
            "box",
            "marimba",
            "strings",
            "organ",
            "flute",
            "pad",
            "brass",
        ),
        [10, 1.2, 1, 2, 1, 0.8, 1.5, 0.8, 0.8, 0.6, 0.6],
    )
    shift = take.choice((-12, 0, 0, 0, 12))
    notes = [Note(n.start_s, n.seconds, n.pitch + shift, n.level, n.part) for n in notes]
    solo = (lead == "piano" and take.chance(0.8)) or take.chance(0.4)
    first = instrument(take, lead)
    if solo:
        out = noise.unit(_play(take, notes, first))
    else:
        other = instrument(
            take, take.choice(("piano", "guitar", "strings", "pad", "organ", "harp"))
        )
        front = [n for n in notes if n.part == "melody"]
        back = [n for n in notes if n.part != "melody"]
        out = noise.unit(_play(take, front, first)) * np.float32(take.uniform(0.6, 1.2))
        out = out + noise.unit(_play(take, back, other)) * np.float32(take.uniform(0.5, 1.0))
    if beat_bpm is not None:
        out = out + noise.unit(_beat(take, beat_bpm)) * np.float32(take.uniform(0.1, 0.5))
    melody = [n for n in notes if n.part == "melody"]
    if melody and take.chance(0.1):
        line = [(n.start_s, n.seconds, _sing_hz(n.hz)) for n in melody]
        out = out + sung(take, line) * np.float32(take.uniform(0.4, 1.2))
    return noise.band(out, take, None, take.log_uniform(600, 14000), 1)


def _sing_hz(f_hz: float) -> float:
    """A pitch moved by octaves into the range of a voice."""
    while f_hz > 520:
        f_hz /= 2
    while f_hz < 130:
        f_hz *= 2
    return f_hz


def happy_music(take: Take, strength: float) -> Signal:
    """Happy music: quick, dense, major, detached, the more so the stronger."""
    bpm = float(np.clip(74 * 1.9**strength * np.exp(take.normal(0.07)), 66, 150))
    major = take.chance(0.6 + 0.38 * strength)
    held = take.uniform(0.7, 1.1) - 0.45 * strength
    busy = take.uniform(0.35, 0.5) + 0.45 * strength
    notes = score.song(take, bpm, major, held, busy, 0.008)
    return _perform(take, notes, bpm if take.chance(0.12) else None)


def sad_music(take: Take, strength: float) -> Signal:
    """Sad music: slow, thin, minor, held, the more so the stronger."""
    bpm = float(np.clip(68 * 0.58**strength * np.exp(take.normal(0.1)), 34, 72))
    major = take.chance(0.4 - 0.37 * strength)
    held = take.uniform(0.8, 1.3) + 0.45 * strength
    busy = take.uniform(0.45, 0.75) - 0.2 * strength
    notes = score.song(take, bpm, major, held, busy, 0.02)
    return _perform(take, notes, bpm if take.chance(0.04) else None)


def calm_music(take: Take, strength: float) -> Signal:
    """Calm music: consonant, slow, soft in attack, sparser the stronger."""
    notes = score.calm(take, strength)
    pad = instrument(take, take.choice(("pad", "strings", "flute", "organ"), [4, 2, 1, 0.6]))
    lead = instrument(
        take,
        take.choice(
            ("piano", "harp", "box", "epiano", "flute", "guitar", "pad"), [3, 2, 1, 2, 1.5, 1, 1]
        ),
    )
    back = _play(take, [n for n in notes if n.part == "chord"], pad)
    front = _play(take, [n for n in notes if n.part == "melody"], lead)
    out = noise.unit(front) * np.float32(take.uniform(0.4, 1)) + noise.unit(back) * np.float32(
        take.uniform(0.45, 1.2)
    )
    if take.chance(0.2):
        air = noise.coloured(take, -5) * np.exp(0.4 * noise.wander(take, 0.3)).astype(np.float32)
        out = out + air * np.float32(take.uniform(0.01, 0.1))
    return noise.band(out, take, None, take.log_uniform(1800, 12000), 1)


def tense_music(take: Take, strength: float) -> Signal:
    """Tense music: dissonance, tremolo, drones and stabs, denser and harsher the stronger."""
    notes = score.tense(take, strength)
    high = instrument(
        take, take.choice(("strings", "brass", "piano", "organ", "pad"), [5, 2, 2, 0.7, 0.5])
    )
    low = instrument(take, take.choice(("strings", "pad", "brass", "organ"), [3, 2, 1.5, 0.7]))
    front = _play(take, [n for n in notes if n.part != "bass"], high)
    out = noise.unit(front)
    drone = noise.unit(_play(take, [n for n in notes if n.part == "bass"], low))
    out = out + drone * np.float32(take.uniform(0.2, 1.0))
    if take.chance(0.1 + 0.8 * strength):
        n = int(0.5 * take.rate_hz)
        hit = noise.tone([70, 45, 35], take, n) * noise.decay(n, take.rate_hz, 0.15, 0.004)
        beats = take.silence()
        gap = 60 / (take.uniform(60, 90) + 60 * strength)
        for at in np.arange(take.uniform(0, gap), take.seconds, gap):
            noise.add(beats, int(at * take.rate_hz), hit)
            noise.add(beats, int((at + 0.3 * gap) * take.rate_hz), hit, 0.6)
        out = out + noise.unit(beats) * np.float32(take.uniform(0.3, 1))
    return noise.band(out, take, None, take.log_uniform(2500, 14000), 1)
